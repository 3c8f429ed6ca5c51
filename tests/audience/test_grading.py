"""The severity of an incident rises with its audience and its estimate, and the log says why."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import hyderabad
import pytest
from hyderabad import BOOK, FIRST, MINUTE, SECOND, T0, add_customer
from sqlalchemy import Connection, Engine, insert, select, update

from tellfirst.audience.matching import match
from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Occasion
from tellfirst.notices.words import say
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

UPDATE = Take(Step.FOLLOW_UP, "engineers_spoke", Occasion.UPDATE)


@pytest.fixture
def mild(monkeypatch: pytest.MonkeyPatch) -> None:
    """A playbook for a nuisance: no emergency calls, the least severity."""
    plan = replace(BOOK, severity="S4", emergency_calls=False)
    monkeypatch.setitem(hyderabad.BOOKS, "mobile_site_down", plan)


def _town(connection: Connection, *, down: int) -> None:
    """So many customers behind HYD0004, one behind HYD0005, and others elsewhere."""
    hyderabad.build(connection)
    for key in range(1, down + 1):
        add_customer(connection, key, "HYD0004")
    add_customer(connection, 900, "HYD0005")
    add_customer(connection, 901, "HYD0000")


def _graded(connection: Connection) -> list[tuple[Any, ...]]:
    e = t.incident_entry.c
    rows = connection.execute(select(e.reason, e.details).where(e.topic == "severity").order_by(e.id))
    return [(row.reason, row.details["before"], row.details["after"]) for row in rows]


@pytest.mark.usefixtures("mild")
def test_it_rises_with_the_audience_and_the_log_says_why(engine: Engine) -> None:
    with writing(engine) as connection:
        _town(connection, down=249)
        hyderabad.strike(connection, "HYD0004")
        assert hyderabad.incident(connection).severity == "S3"
        hyderabad.tell(connection)
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0005")))
        match(connection, FIRST, T0 + MINUTE)
        assert hyderabad.incident(connection).severity == "S2"
        assert _graded(connection) == [("small", "S4", "S3"), ("medium", "S3", "S2")]


@pytest.mark.usefixtures("mild")
def test_it_does_not_fall_when_half_of_them_are_back(engine: Engine) -> None:
    with writing(engine) as connection:
        _town(connection, down=249)
        hyderabad.strike(connection, "HYD0004", "HYD0005")
        hyderabad.tell(connection)
        hyderabad.mend(connection, "HYD0004", now=T0 + MINUTE)
        hyderabad.all_clear(connection, T0 + MINUTE + BOOK.quiet_for)
        assert hyderabad.incident(connection).severity == "S2"
        assert len(_graded(connection)) == 1


@pytest.mark.usefixtures("mild")
def test_an_estimate_of_more_than_six_hours_raises_it_when_it_is_said(engine: Engine) -> None:
    with writing(engine) as connection:
        _town(connection, down=3)
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        for hours in (5, 7):
            at = T0 + hours * MINUTE
            say(connection, FIRST, author="ravi", now=at, estimate_at=T0 + timedelta(hours=hours))
            hyderabad.speak_next(connection, UPDATE, at)
        assert _graded(connection) == [("small", "S4", "S3"), ("small", "S3", "S2")]


@pytest.mark.usefixtures("mild")
def test_the_second_time_in_thirty_days_is_one_graver(engine: Engine) -> None:
    with writing(engine) as connection:
        _town(connection, down=3)
        hyderabad.strike(connection, "HYD0004")
        connection.execute(update(t.incident).values(stage="closed"))
        later = T0 + timedelta(days=30)
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0004", starts_at=later)), later)
        hyderabad.weigh(connection, SECOND, later)
        match(connection, SECOND, later)
        assert hyderabad.incident(connection, SECOND).severity == "S2"


def test_where_the_playbook_says_so_it_stays(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(hyderabad.BOOKS, "mobile_site_down", replace(BOOK, severity_rises=False))
    with writing(engine) as connection:
        _town(connection, down=3)
        hyderabad.strike(connection, "HYD0004")
        assert hyderabad.incident(connection).severity == "S2"
        assert _graded(connection) == []


def test_where_emergency_calls_may_fail_it_is_one_size_larger(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(hyderabad.BOOKS, "mobile_site_down", replace(BOOK, severity="S4"))
    with writing(engine) as connection:
        _town(connection, down=3)
        hyderabad.strike(connection, "HYD0004")
        assert hyderabad.incident(connection).severity == "S2"


def test_it_counts_only_whom_the_last_look_found(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of those who left the audience stay in the books."""
    monkeypatch.setitem(
        hyderabad.BOOKS, "mobile_site_down", replace(BOOK, severity="S4", emergency_calls=False)
    )
    with writing(engine) as connection:
        _town(connection, down=3)
        hyderabad.strike(connection, "HYD0004")
        stale = dict(connection.execute(select(t.audience).limit(1)).mappings().one())
        for key in range(1000, 1300):
            add_customer(connection, key)
            gone = {"customer_id": key, "over_at": T0, "over": "back", "over_revision": 1}
            connection.execute(insert(t.audience).values({**stale, **gone}))
        connection.execute(update(t.incident).values(footprint_changed=True))
        match(connection, FIRST, T0 + MINUTE)
        assert hyderabad.incident(connection).severity == "S3"
