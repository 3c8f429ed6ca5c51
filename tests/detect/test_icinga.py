"""Icinga 2, with the lines and listings that a real one sent (samples/icinga)."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hyderabad
import pytest
from hyderabad import rows
from monitors import monitor
from sqlalchemy import Engine

from tellfirst.detect.asking import ask
from tellfirst.detect.correlation import take_signals
from tellfirst.detect.icinga import Look, read_objects, read_stream
from tellfirst.detect.polls import Poll
from tellfirst.detect.sources import AlertMeaning, NamedSource, Sources
from tellfirst.detect.watching import take_answer
from tellfirst.domain.confirmation import Answer
from tellfirst.domain.errors import Refused
from tellfirst.domain.signal import SignalState
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

SAMPLES = Path(__file__).parents[1] / "samples" / "icinga"
STREAM = (SAMPLES / "events-first12.ndjson").read_bytes()
DOWN = (SAMPLES / "objects_hosts_down.json").read_bytes()
STARTED = (SAMPLES / "objects_hosts_up.json").read_bytes()
"""Listed a moment after the start, before any check."""
SERVICES = (SAMPLES / "objects_services_down.json").read_bytes()
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def _line(**values: Any) -> bytes:
    recovered = json.loads(STREAM.splitlines()[7])
    return json.dumps(recovered | values).encode()


def _well() -> bytes:
    """The listing of the hosts that were down, once each has been checked and found well."""
    tree = json.loads(DOWN)
    for one in tree["results"]:
        one["attrs"] |= {"state": 0, "last_hard_state": 0, "last_hard_state_change": 1795319900.5}
    return json.dumps(tree).encode()


def _sources(poll: Poll | None = None) -> Sources:
    alerts = {"HostDown": AlertMeaning(element="site:{host}", cause="host:{host}")}
    return Sources(sources={"icinga": NamedSource(kind="icinga", alerts=alerts, poll=poll)})


def test_only_hard_states_are_signals() -> None:
    signals = read_stream(STREAM, "icinga")
    firing = [
        (one.fingerprint, one.labels["alertname"]) for one in signals if one.state is SignalState.FIRING
    ]
    assert firing == [("site-0", "HostDown"), ("site-0!api-http", "ServiceDown")]


def test_stream_and_listing_speak_of_the_same_episode() -> None:
    [streamed] = [
        one for one in read_stream(STREAM, "i") if one.fingerprint == "site-0" and one.state == "firing"
    ]
    listed = {one.fingerprint: one for one, _ in read_objects(DOWN, "i")}["site-0"]
    assert (listed.starts_at, listed.state) == (streamed.starts_at, SignalState.FIRING)
    assert listed.labels["site_id"] == "MIY0000"


def test_a_recovery_inside_a_downtime_is_a_state_change_alone_and_counts() -> None:
    [back] = read_stream(_line(state=0, state_type=1, downtime_depth=1), "i")
    assert (back.state, back.suppressed) == (SignalState.RESOLVED, False)


def test_a_failure_inside_a_downtime_is_announced_work_and_suppressed() -> None:
    [down] = read_stream(_line(downtime_depth=1), "i")
    assert (down.state, down.suppressed) == (SignalState.FIRING, True)


@pytest.mark.parametrize("kind", ["ACKNOWLEDGEMENT", "DOWNTIMESTART", "DOWNTIMEEND", "PROBLEM", "CUSTOM"])
def test_notifications_that_say_nothing_of_service_are_passed_over(kind: str) -> None:
    noted = json.loads(STREAM.splitlines()[8]) | {"notification_type": kind}
    assert read_stream(json.dumps(noted).encode(), "i") == []


def test_a_host_that_was_never_checked_is_listed_as_down_and_that_says_nothing() -> None:
    assert {one["attrs"]["state"] for one in json.loads(STARTED)["results"]} == {1}
    assert {look for _, look in read_objects(STARTED, "i")} == {Look.NEVER}
    with monitor() as it:
        it.answers = {"/v1/objects/hosts": (200, STARTED), "/v1/objects/services": (200, b'{"results": []}')}
        standing = ask("i", "icinga", Poll(url=it.url), lambda _: "")
    assert standing.signals == ()
    assert standing.answer("site-0", {}) is Answer.SOURCE_SILENT


def test_services_are_read_with_what_their_state_means() -> None:
    services = {one.fingerprint: one.labels["severity"] for one, _ in read_objects(SERVICES, "i")}
    assert set(services.values()) == {"critical"}
    assert "site-2!api-http" in services


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "1 to 10000 lines"),
        (b"not json", "line 1 is no JSON"),
        (STREAM + b"[1]", "line 13 is no event"),
        (_line(state=9), "line 1: StateChange.state"),
        (_line(check_result=None), "line 1: StateChange.check_result"),
        (_line(check_result={"execution_end": float("nan")}), "line 1"),
        (_line(check_result={"execution_end": -1e300}), "line 1"),
        (b"[" * 100_000, "line 1 is no JSON"),
        (b"\xff\xfe", "line 1 is no JSON"),
        (_line(host=7), "line 1: StateChange.host"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_taken(body: bytes, complaint: str) -> None:
    with pytest.raises(Refused, match=complaint) as refused:
        read_stream(body, "i")
    assert refused.value.status == 422


def test_a_silent_downtime_still_ends_when_the_listing_says_so(sqlite_engine: Engine) -> None:
    """Planned work swallows the RECOVERY; the host that was lost sight of is a doubt."""
    with monitor() as it, writing(sqlite_engine) as connection:
        poll = Poll(url=it.url)
        sources = _sources(poll)
        take_signals(connection, read_stream(STREAM, "icinga"), sources, hyderabad.BOOKS, NOW)
        assert hyderabad.causes(connection) == {"site:site-0": (1, True)}
        it.answers = {"/v1/objects/hosts": (200, _well()), "/v1/objects/services": (200, SERVICES)}
        later = NOW + hyderabad.MINUTE
        standing = ask("icinga", "icinga", poll, lambda _: "")
        take_answer(connection, "icinga", (), standing, sources, hyderabad.BOOKS, later, later)
        assert hyderabad.causes(connection) == {"site:site-0": (1, False)}
        assert rows(connection, t.confirmation, "answer") == [(Answer.CONFIRMED_GONE,)]
        assert standing.answer("site-9", {}) is Answer.VANISHED


def test_an_account_is_sent_as_icinga_wants_it() -> None:
    with monitor() as it:
        it.answers = {"/v1/objects/hosts": (200, _well()), "/v1/objects/services": (200, b'{"results": []}')}
        ask(
            "icinga", "icinga", Poll(url=it.url, user="lab", token="ICINGA"), {"ICINGA": "secret"}.__getitem__
        )
        headers = {name.lower(): value for name, value in it.asked[0][1].items()}
        assert headers["authorization"] == "Basic bGFiOnNlY3JldA=="
