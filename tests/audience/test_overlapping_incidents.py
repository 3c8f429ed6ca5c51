"""Redundancy, and incidents that overlap in time: what none of them breaks alone, two may break together."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import hyderabad
import pytest
from hyderabad import BOOK, FIRST, MINUTE, SECOND, T0, add_customer, add_service, rows, voice
from sqlalchemy import Connection, Engine, insert, select, update

from tellfirst.audience.matching import match
from tellfirst.audience.topology import touch
from tellfirst.audience.verifying import verify
from tellfirst.detect.causes import clear_cause, open_cause, withdraw_cause
from tellfirst.detect.opening import open_by_hand
from tellfirst.detect.weighing import weigh
from tellfirst.domain.audience import BITS, mask
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Held, Step
from tellfirst.domain.lifecycle import Take
from tellfirst.notices.concluding import conclude_all
from tellfirst.notices.following import follow_up
from tellfirst.notices.telling import tell_first
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.timelines.situation import next_step

AT_RISK, DEGRADED, DOWN = Impact.AT_RISK, Impact.DEGRADED, Impact.DOWN
LATER = T0 + MINUTE
CERTAIN = LATER + BOOK.quiet_for
MOBILE, BROADBAND = ServiceKind.MOBILE, ServiceKind.BROADBAND


@pytest.fixture
def city(engine: Engine) -> Engine:
    """Customer 1 is in Miyapur, 2 in Kukatpally; each area's hub works while one of the two cores does."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        add_customer(connection, 2, "HYD0000")
    return engine


def fail(connection: Connection, *elements: str, impact: Impact = DOWN, now: datetime = T0) -> str:
    """An incident of its own, matched and told."""
    reference = open_by_hand(connection, elements, BOOK, impact, now, now, "ravi")
    run(connection, reference, now)
    return reference


def run(connection: Connection, reference: str, now: datetime) -> list[str]:
    """Everything one incident asks for at `now`, done; the reasons."""
    done: list[str] = []
    while isinstance(due := next_step(connection, reference, now, now), Take):
        assert len(done) < 20, done
        done.append(due.reason)
        if due.step is Step.DETECT:
            weigh(connection, reference, now)
        elif due.step is Step.MATCH:
            match(connection, reference, now)
        elif due.step is Step.NOTIFY:
            tell_first(connection, reference, voice(now))
        else:
            follow_up(connection, reference, due, voice(now))
        d, c = t.delivery, t.chunk
        pending = update(d).where(d.c.state == "pending").values(state="sent", handed_over_at=now)
        connection.execute(pending)
        connection.execute(update(c).where(c.c.done_at.is_(None)).values(done_at=now))
        conclude_all(connection, incidents.by_reference(connection, reference).id, now)
    return done


def impacts(connection: Connection, reference: str) -> dict[int, int]:
    """By customer, as of the latest revision."""
    it = incidents.by_reference(connection, reference)
    a = t.audience.c
    found = select(a.customer_id, a.impact).where(
        a.incident_id == it.id, a.revision == it.audience_revision, a.over.is_(None)
    )
    return dict(connection.execute(found.order_by(a.customer_id)).tuples().all())


def heard(connection: Connection, key: int) -> list[tuple[int, str]]:
    """By which incident, and what."""
    d = t.delivery.c
    found = select(d.incident_id, d.occasion).where(d.customer_id == key).order_by(d.id)
    return [row._tuple() for row in connection.execute(found)]


def gone(connection: Connection, reference: str, element: str, now: datetime) -> None:
    it = incidents.by_reference(connection, reference)
    clear_cause(connection, it.id, element, now, reason="engineer_says_so")


# Two incidents at once


def test_two_works_that_each_spare_a_path_take_service_down_together(city: Engine) -> None:
    with writing(city) as connection:
        fail(connection, "core:A")
        fail(connection, "core:B", now=LATER)
        assert impacts(connection, FIRST) == {1: AT_RISK, 2: AT_RISK}
        assert impacts(connection, SECOND) == {1: DOWN, 2: DOWN}
        assert heard(connection, 1) == [(2, "first_word")]


def test_works_that_do_not_overlap_in_time_take_nothing_down(city: Engine) -> None:
    with writing(city) as connection:
        fail(connection, "core:A")
        gone(connection, FIRST, "core:A", LATER)
        run(connection, FIRST, CERTAIN)
        fail(connection, "core:B", now=CERTAIN)
        assert impacts(connection, SECOND) == {1: AT_RISK, 2: AT_RISK}
        assert heard(connection, 1) == []


def test_when_the_earlier_one_ends_the_later_one_looks_again_and_says_so(city: Engine) -> None:
    """Nothing of the later incident is repaired, and its customers are back."""
    with writing(city) as connection:
        fail(connection, "core:A")
        fail(connection, "core:B", now=LATER)
        gone(connection, FIRST, "core:A", LATER)
        run(connection, FIRST, CERTAIN)
        assert incidents.by_reference(connection, SECOND).footprint_changed
        assert run(connection, SECOND, CERTAIN) == ["footprint_changed", "no_longer_hit"]
        assert impacts(connection, SECOND) == {}
        assert heard(connection, 1) == [(2, "first_word"), (2, "restored")]
        facts = select(t.notice.c.facts).where(t.notice.c.occasion == "restored")
        assert connection.scalars(facts).one()["ended_at"] == CERTAIN.isoformat()


@pytest.mark.parametrize("how", ["withdrawn", "verified"])
def test_a_later_one_feels_each_change_of_an_earlier_one(city: Engine, how: str) -> None:
    with writing(city) as connection:
        fail(connection, "core:A")
        fail(connection, "core:B", now=LATER)
        if how == "withdrawn":
            withdraw_cause(connection, 1, "core:A", LATER, "ravi")
            match(connection, FIRST, LATER)
        else:
            gone(connection, FIRST, "core:A", LATER)
            verify(connection, FIRST, BOOK.quiet_for, CERTAIN)
        match(connection, SECOND, CERTAIN)
        stored = select(t.impact_element.c.impact).where(
            t.impact_element.c.incident_id == 2,
            t.impact_element.c.revision == 2,
            t.impact_element.c.element_id == "site:HYD0004",
        )
        assert connection.scalar(stored) == AT_RISK


def test_an_earlier_one_is_not_moved_by_a_later_one(city: Engine) -> None:
    with writing(city) as connection:
        fail(connection, "core:A")
        before = incidents.by_reference(connection, FIRST)
        fail(connection, "core:B", now=LATER)
        assert incidents.by_reference(connection, FIRST) == before


def test_a_later_one_that_shares_nothing_is_left_alone(city: Engine) -> None:
    with writing(city) as connection:
        fail(connection, "site:HYD0004")
        fail(connection, "site:HYD0000", now=LATER)
        before = incidents.by_reference(connection, SECOND)
        open_cause(connection, 1, "site:HYD0005", DOWN, LATER, LATER)
        match(connection, FIRST, LATER)
        assert incidents.by_reference(connection, SECOND) == before


def test_what_the_earlier_one_alone_hits_stays_its_own(city: Engine) -> None:
    with writing(city) as connection:
        fail(connection, "site:HYD0004")
        fail(connection, "site:HYD0000", now=LATER)
        assert impacts(connection, FIRST) == {1: DOWN}
        assert impacts(connection, SECOND) == {2: DOWN}


def test_who_is_hit_by_two_incidents_hears_of_each(city: Engine) -> None:
    with writing(city) as connection:
        add_service(connection, 1, "site:HYD0008", kind="broadband")
        fail(connection, "site:HYD0004")
        fail(connection, "site:HYD0008", now=LATER)
        assert heard(connection, 1) == [(1, "first_word"), (2, "first_word")]
        services = rows(connection, t.audience, "incident_id", "services")
        assert services == [(1, BITS[MOBILE]), (2, BITS[BROADBAND])]


# Redundancy


def test_two_logical_paths_through_one_physical_element_are_one_risk(city: Engine) -> None:
    """Both cores hang on one duct: only the network shows it, no flag on a service would."""
    with writing(city) as connection:
        where = {"kind": "duct", "name": "duct", "area": "Hyderabad"}
        connection.execute(insert(t.element).values(id="duct", **where))
        for core in ("core:A", "core:B"):
            edge = {"child": core, "grp": "duct", "need": 1, "parent": "duct"}
            connection.execute(insert(t.edge).values(**edge))
        fail(connection, "duct")
        assert impacts(connection, FIRST) == {1: DOWN, 2: DOWN}


@pytest.mark.parametrize("impact", [AT_RISK, DEGRADED, DOWN])
def test_an_impact_is_handed_down_as_itself(city: Engine, impact: Impact) -> None:
    with writing(city) as connection:
        open_by_hand(connection, ["hub:Hyderabad-Miyapur"], BOOK, impact, T0, T0, "ravi")
        run(connection, FIRST, T0)
        assert impacts(connection, FIRST) == {1: impact}


def test_a_redundant_element_of_which_one_half_is_degraded_and_one_down_is_degraded(city: Engine) -> None:
    with writing(city) as connection:
        fail(connection, "core:A")
        fail(connection, "core:B", impact=DEGRADED, now=LATER)
        assert impacts(connection, SECOND) == {1: DEGRADED, 2: DEGRADED}


def test_redundancy_far_above_counts_too(city: Engine) -> None:
    """Seven levels, of which only the topmost is redundant: 2 of 3 are needed."""
    with writing(city) as connection:
        chain = [f"level:{number}" for number in range(6)]
        tops = ["top:1", "top:2", "top:3"]
        where = {"kind": "node", "area": "Hyderabad"}
        connection.execute(insert(t.element), [{"id": one, "name": one, **where} for one in chain + tops])
        edges = [("level:0", "tops", 2, top) for top in tops]
        edges += [(below, "up", 1, above) for above, below in pairwise(chain)]
        columns = ("child", "grp", "need", "parent")
        connection.execute(insert(t.edge), [dict(zip(columns, one, strict=True)) for one in edges])
        add_customer(connection, 3)
        add_service(connection, 3, chain[-1])
        fail(connection, "top:1")
        assert impacts(connection, FIRST) == {3: AT_RISK}
        fail(connection, "top:3", now=LATER)
        assert impacts(connection, SECOND) == {3: DOWN}


def test_a_text_names_only_what_is_really_affected_and_not_what_has_lost_its_reserve(city: Engine) -> None:
    with writing(city) as connection:
        add_service(connection, 1, "site:HYD0008", kind="broadband")
        fail(connection, "site:HYD0004", "core:A")
        services = dict(rows(connection, t.audience, "customer_id", "services"))
        assert services == {1: BITS[MOBILE], 2: BITS[MOBILE]}
        open_cause(connection, 1, "core:B", DOWN, LATER, LATER)
        match(connection, FIRST, LATER)
        assert dict(rows(connection, t.audience, "customer_id", "services"))[1] == mask((MOBILE, BROADBAND))


def test_services_elsewhere_stay_out(city: Engine) -> None:
    with writing(city) as connection:
        add_service(connection, 1, "site:HYD0008", kind="broadband")
        add_service(connection, 1, "site:HYD0004", kind="voice", status="suspended")
        fail(connection, "site:HYD0004")
        assert rows(connection, t.audience, "customer_id", "services") == [(1, BITS[MOBILE])]


# Time


BEGUN = T0 - timedelta(hours=1)
INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("known", "hit"),
    [
        ({}, True),
        ({"valid_from": T0}, True),
        ({"valid_from": T0 + INSTANT}, False),
        ({"valid_to": BEGUN}, False),
        ({"valid_to": BEGUN + INSTANT}, True),
        ({"valid_from": BEGUN + 10 * MINUTE, "valid_to": BEGUN + 20 * MINUTE}, True),
        ({"status": "suspended"}, False),
        ({"status": "ported_out"}, False),
    ],
    ids=[
        *("always", "from this moment", "from the next", "until it began", "until a moment later"),
        *("within it", "suspended", "ported out"),
    ],
)
def test_a_service_counts_by_when_it_was_valid_during_the_incident(
    city: Engine, known: dict[str, Any], hit: bool
) -> None:
    with writing(city) as connection:
        add_customer(connection, 3)
        add_service(connection, 3, "site:HYD0005", **known)
        add_customer(connection, 4, "HYD0005")
        open_by_hand(connection, ["site:HYD0005"], BOOK, DOWN, BEGUN, T0, "ravi")
        run(connection, FIRST, T0)
        assert (3 in impacts(connection, FIRST)) is hit


def test_a_network_that_changes_during_the_incident_counts_from_the_next_revision_on(city: Engine) -> None:
    with writing(city) as connection:
        touch(connection)
        fail(connection, "hub:Hyderabad-Miyapur")
        e = t.edge
        moved = update(e).where(e.c.child == "site:HYD0000").values(parent="hub:Hyderabad-Miyapur")
        connection.execute(moved)
        touch(connection)
        assert impacts(connection, FIRST) == {1: DOWN}
        connection.execute(update(t.incident).values(footprint_changed=True))
        run(connection, FIRST, LATER)
        assert impacts(connection, FIRST) == {1: DOWN, 2: DOWN}
        versions = rows(connection, t.audience_revision, "revision", "topology_version")
        assert versions == [(1, 1), (2, 2)]


def test_a_part_that_is_repaired_shrinks_the_audience_and_does_not_end_the_incident(city: Engine) -> None:
    with writing(city) as connection:
        fail(connection, "site:HYD0004", "site:HYD0000")
        gone(connection, FIRST, "site:HYD0004", LATER)
        run(connection, FIRST, CERTAIN)
        assert impacts(connection, FIRST) == {2: DOWN}
        assert heard(connection, 1)[-1] == (1, "restored")
        assert heard(connection, 2) == [(1, "first_word")]


def test_an_element_nobody_knows_is_a_mistake_and_not_an_empty_audience(city: Engine) -> None:
    with writing(city) as connection:
        with pytest.raises(RuleBroken, match="the network does not know site:HYD9999"):
            open_by_hand(connection, ["site:HYD9999"], BOOK, DOWN, T0, T0, "ravi")
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD9999", area="Nowhere")))
        assert weigh(connection, FIRST, T0) is Held.UNKNOWN_ELEMENT


def test_customers_without_a_contact_point_are_not_taken_for_one_household(city: Engine) -> None:
    with writing(city) as connection:
        for key in (3, 4):
            add_customer(connection, key, "HYD0004", phone=None)
        add_service(connection, 4, "site:HYD0004", kind="voice")
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        assert rows(connection, t.audience, "customer_id", "channel", "address", "shared") == [
            (1, "sms", hyderabad.phone(1), False),
            (3, "none", None, False),
            (4, "none", None, False),
        ]
        reasons = rows(connection, t.delivery, "customer_id", "state", "reason", "covered_by")
        assert reasons[1:] == [(key, "failed", "no_contact_point", None) for key in (3, 4)]
