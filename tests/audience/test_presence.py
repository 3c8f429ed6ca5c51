"""A tower hits whoever is there: at home behind it, or seen in it lately; wherever their service hangs."""

from datetime import timedelta
from typing import Any

import hyderabad
import pytest
from hyderabad import BOOK, FIRST, MINUTE, T0, add_customer, add_service, phone, rows
from sqlalchemy import Connection, Engine, insert, update

from tellfirst.audience.matching import match
from tellfirst.audience.verifying import verify
from tellfirst.detect.causes import open_cause
from tellfirst.domain.audience import BITS, mask
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Held
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

MOBILE, BROADBAND = BITS[ServiceKind.MOBILE], BITS[ServiceKind.BROADBAND]
HERE, ELSEWHERE = "site:HYD0004", "HYD0000"
INSTANT = timedelta(microseconds=1)
STALE = T0 - BOOK.seen_within - INSTANT
LATER = T0 + MINUTE


@pytest.fixture
def city(engine: Engine) -> Engine:
    """Customer 99 hangs on the tower itself, so that there always is somebody."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 99, "HYD0004")
    return engine


def seen(connection: Connection, key: int, at: Any, element: str = HERE, role: str = "recent") -> None:
    known = {"customer_id": key, "element_id": element, "role": role, "seen_at": at}
    connection.execute(insert(t.presence).values(**known))


def _found(connection: Connection) -> list[tuple[Any, ...]]:
    known = rows(connection, t.audience, "customer_id", "basis", "services")
    return [row for row in known if row[0] != 99]


@pytest.mark.parametrize(
    ("role", "at", "basis"),
    [
        ("home", None, "home_cell"),
        ("home", STALE, "home_cell"),
        ("recent", T0, "recent_cell"),
        ("recent", STALE + INSTANT, "recent_cell"),
        ("recent", STALE, None),
        ("recent", LATER, "recent_cell"),
    ],
    ids=["at home", "at home for years", "now", "just fresh enough", "too long ago", "since it fell"],
)
def test_a_visitor_counts_when_seen_lately_and_a_home_always(
    city: Engine, role: str, at: Any, basis: str | None
) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, ELSEWHERE)
        seen(connection, 1, at, role=role)
        hyderabad.strike(connection, "HYD0004")
        assert _found(connection) == ([(1, basis, MOBILE)] if basis else [])


def test_a_visitor_stays_affected_while_the_tower_is_down_however_long_that_takes(city: Engine) -> None:
    """Nobody is seen in a fallen cell: that their last sighting grows old does not mean that service is back."""
    two_days = T0 + timedelta(days=2)
    with writing(city) as connection:
        add_customer(connection, 1, ELSEWHERE)
        seen(connection, 1, T0 - timedelta(hours=23))
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        verify(connection, FIRST, BOOK.quiet_for, two_days)
        assert rows(connection, t.audience, "customer_id", "over") == [(1, None), (99, None)]


@pytest.mark.parametrize(
    "known",
    [
        {"kind": "broadband"},
        {"status": "suspended"},
        {"valid_to": T0},
        {"valid_from": T0 + INSTANT},
    ],
    ids=["no mobile service", "suspended", "ended", "not yet begun"],
)
def test_only_who_has_a_running_mobile_service_is_hit_where_they_are(
    city: Engine, known: dict[str, Any]
) -> None:
    with writing(city) as connection:
        add_customer(connection, 1)
        add_service(connection, 1, f"site:{ELSEWHERE}", **known)
        seen(connection, 1, T0)
        hyderabad.strike(connection, "HYD0004")
        assert _found(connection) == []


def test_who_has_left_is_not_there_any_more(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, ELSEWHERE, status="left")
        seen(connection, 1, None, role="home")
        hyderabad.strike(connection, "HYD0004")
        assert _found(connection) == []


def test_who_is_hit_at_home_on_the_way_and_by_service_has_one_row_with_the_surest_reason(
    city: Engine,
) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004")
        add_service(connection, 1, HERE, kind="broadband")
        add_customer(connection, 2, ELSEWHERE)
        for key in (1, 2):
            seen(connection, key, T0)
            seen(connection, key, None, role="home")
        hyderabad.strike(connection, "HYD0004")
        assert _found(connection) == [
            (1, "service", MOBILE | BROADBAND),
            (2, "home_cell", MOBILE),
        ]


def test_the_worse_of_where_they_are_and_what_they_have_counts(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1)
        add_service(connection, 1, "site:HYD0005", kind="broadband")
        add_service(connection, 1, f"site:{ELSEWHERE}")
        seen(connection, 1, T0)
        hyderabad.strike(connection, "HYD0004")
        open_cause(connection, 1, "site:HYD0005", Impact.DEGRADED, T0, T0)
        match(connection, FIRST, T0)
        both = mask((ServiceKind.MOBILE, ServiceKind.BROADBAND))
        assert _found(connection) == [(1, "recent_cell", both)]
        assert rows(connection, t.audience, "impact")[0] == (Impact.DOWN,)


def test_a_tower_with_nothing_but_visitors_is_no_empty_audience(engine: Engine) -> None:
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, ELSEWHERE, phone=phone(1))
        seen(connection, 1, T0)
        found = hyderabad.strike(connection, "HYD0004")
        assert (found.held, found.audience_count) == (None, 1)


def test_a_visitor_seen_too_long_ago_leaves_the_audience_empty(engine: Engine) -> None:
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, ELSEWHERE)
        seen(connection, 1, STALE)
        assert hyderabad.strike(connection, "HYD0004").held is Held.EMPTY_AUDIENCE


def test_a_cell_whose_neighbour_takes_over_leaves_its_visitors_degraded(city: Engine) -> None:
    """Configured as a composite of two sectors of which both are needed in full, one at least."""
    sector = "any1:site:HYD0004+site:HYD0005"
    with writing(city) as connection:
        where = {"kind": "composite", "name": sector, "area": "Hyderabad-Miyapur"}
        connection.execute(insert(t.element).values(id=sector, **where))
        edges = [
            {"child": sector, "grp": "members", "need": 1, "parent": f"site:{one}"}
            for one in ("HYD0004", "HYD0005")
        ]
        connection.execute(insert(t.edge), edges)
        add_customer(connection, 1, ELSEWHERE)
        seen(connection, 1, T0, element=sector)
        hyderabad.strike(connection, "HYD0004")
        assert rows(connection, t.audience, "customer_id", "impact")[0] == (1, Impact.AT_RISK)
        open_cause(connection, 1, "site:HYD0005", Impact.DEGRADED, LATER, LATER)
        connection.execute(update(t.incident).values(footprint_changed=True))
        match(connection, FIRST, LATER)
        assert rows(connection, t.audience, "customer_id", "impact")[0] == (1, Impact.DEGRADED)
