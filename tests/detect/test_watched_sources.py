"""Which sources are asked, when, and what their silence or an answer that cannot be read does."""

from collections.abc import Iterator
from datetime import timedelta

import hyderabad
import pytest
from hyderabad import MINUTE, T0, rows
from monitors import Monitor, monitor
from sqlalchemy import Engine, select
from watched import Watched, sources

from tellfirst.detect.asking import Targets, Unanswered, ask, read_up
from tellfirst.detect.polls import Poll
from tellfirst.detect.watching import due_sources
from tellfirst.domain.confirmation import Answer, waits_for_person
from tellfirst.domain.errors import Refused
from tellfirst.store import tables as t
from tellfirst.store.engine import reading

UP = [({"job": "cell-site", "instance": "a:1"}, True), ({"job": "cell-site", "instance": "a:2"}, False)]


@pytest.fixture
def asked() -> Iterator[Monitor]:
    with monitor() as it:
        yield it


def test_a_source_is_due_at_first_and_then_every_time_its_span_has_passed(
    small_city: Engine, asked: Monitor
) -> None:
    asked.lists()
    asked.knows()
    watched = Watched(small_city, asked)
    known = sources(asked)

    def due(after: timedelta) -> list[str]:
        with reading(small_city) as connection:
            return due_sources(connection, known, T0 + after)

    assert due(timedelta(0)) == ["alertmanager"]
    watched.asks(T0)
    assert (due(timedelta(seconds=59)), due(MINUTE)) == ([], ["alertmanager"])
    with reading(small_city) as connection:
        assert due_sources(connection, hyderabad.SOURCES, T0) == []


@pytest.mark.parametrize(
    ("status", "listing", "up", "word"),
    [
        (503, b"[]", b"{}", "http_503"),
        (302, b"[]", b"{}", "http_302"),
        (200, b"<html>", b"{}", "an_answer_that_cannot_be_read"),
        (200, b"[]", b'{"status":"error"}', "an_answer_that_cannot_be_read"),
        (200, b"[]", b'{"status":"success","data":{"resultType":"matrix","result":[]}}', "an_answer_that"),
        (200, b"[" * 100_000, b"{}", "an_answer_that_cannot_be_read"),
    ],
)
def test_half_an_answer_is_none(asked: Monitor, status: int, listing: bytes, up: bytes, word: str) -> None:
    asked.answers = {"/api/v2/alerts": (status, listing), "/api/v1/query": (200, up)}
    with pytest.raises(Unanswered, match=word):
        ask("a", "alertmanager", Poll(url=asked.url, targets=asked.url), lambda _: "")


def test_nobody_at_the_door_is_silence() -> None:
    with monitor() as gone:
        pass
    with pytest.raises(Unanswered):
        ask("a", "alertmanager", Poll(url=gone.url, targets=gone.url), lambda _: "")


def test_a_secret_is_taken_from_its_variable_and_without_it_nothing_is_asked(asked: Monitor) -> None:
    asked.lists()
    asked.knows()
    poll = Poll(url=asked.url, targets=asked.url, token="AM_TOKEN")
    ask("a", "alertmanager", poll, {"AM_TOKEN": "s3cret"}.__getitem__)
    assert {dict(headers)["Authorization"] for _, headers in asked.asked} == {"Bearer s3cret"}
    with pytest.raises(Unanswered, match="variable"):
        ask("a", "alertmanager", poll, lambda _: "")


@pytest.mark.parametrize(
    ("labels", "answer"),
    [
        ({"job": "cell-site", "instance": "a:1"}, Answer.CONFIRMED_GONE),
        ({"job": "cell-site", "instance": "a:2"}, Answer.STILL_FIRING),
        ({"job": "cell-site", "instance": "a:3"}, Answer.VANISHED),
        ({"instance": "a:1"}, Answer.CONFIRMED_GONE),
        ({"job": "cell-site"}, Answer.STILL_FIRING),
        ({"area": "Miyapur"}, Answer.VANISHED),
    ],
)
def test_a_target_is_found_by_the_labels_it_has_in_common_with_the_alert(
    labels: dict[str, str], answer: Answer
) -> None:
    assert Targets(UP, ("job", "instance")).answer("", labels) is answer


def test_an_instant_vector_is_read() -> None:
    body = (
        b'{"status":"success","data":{"resultType":"vector","result":['
        b'{"metric":{"__name__":"up","job":"j","instance":"i"},"value":[1795319818.1,"1"]}]}}'
    )
    assert read_up(body) == [({"__name__": "up", "job": "j", "instance": "i"}, True)]
    with pytest.raises(Refused):
        read_up(b"[]")


def test_a_source_has_its_time_before_a_person_is_needed() -> None:
    patience = 15 * MINUTE
    assert not waits_for_person(Answer.VANISHED, T0, patience, T0 + 14 * MINUTE)
    assert waits_for_person(Answer.SOURCE_SILENT, T0, patience, T0 + patience)
    assert not waits_for_person(Answer.CONFIRMED_GONE, T0, patience, T0 + 60 * MINUTE)


def test_what_came_after_the_question_is_no_part_of_its_answer(small_city: Engine, asked: Monitor) -> None:
    """A webhook that overtakes the answer: its alert is not listed yet, and has not gone."""
    asked.lists()
    asked.knows(("127.0.0.1:29400", True))
    watched = Watched(small_city, asked)
    watched.hears("003_grouped_firing_1alerts.json", T0)
    assert watched.asks(T0).judgements == {}
    with reading(small_city) as connection:
        assert hyderabad.causes(connection) == {"site:HYD0000": (1, True)}


def test_a_confirmation_is_withdrawn_when_the_target_vanishes_before_the_quiet_time_is_over(
    small_city: Engine, asked: Monitor
) -> None:
    watched = Watched(small_city, asked)
    watched.hears("003_grouped_firing_1alerts.json", T0)
    asked.lists()
    asked.knows(("127.0.0.1:29400", True))
    watched.asks(T0 + MINUTE)
    assert watched.answers() == {"site:HYD0000": (Answer.CONFIRMED_GONE, None)}
    asked.knows()
    watched.asks(T0 + 2 * MINUTE)
    assert watched.answers() == {"site:HYD0000": (Answer.VANISHED, None)}
    with reading(small_city) as connection:
        c = t.confirmation.c
        assert connection.scalar(select(c.since_at)) == T0 + 2 * MINUTE
        assert rows(connection, t.source_standing, "fault") == [(None,)]
