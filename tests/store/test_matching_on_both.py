"""Matching in SQL: whom it hurts, why, and on which channel."""

from datetime import timedelta

import pytest
import town
from sqlalchemy import Engine, update

from tellfirst.audience.matching import match
from tellfirst.audience.revising import Revised
from tellfirst.audience.verifying import Verified, verify
from tellfirst.domain.errors import LostRace
from tellfirst.domain.incident import Held
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

SEEN = (
    "customer_id",
    "revision",
    "impact",
    "services",
    "basis",
    "channel",
    "address",
    "shared",
    "affected_revision",
)
AT_RISK, DOWN, MOBILE = 1, 3, 1


def test_everyone_behind_a_failed_hub_is_found_with_reason_and_channel(engine: Engine) -> None:
    with writing(engine) as connection:
        town.build(connection)
        town.strike(connection, "hub-north")
        found = match(connection, town.REFERENCE, town.T0)
    assert (found.revision, found.held) == (1, None)
    assert found.revised == Revised(
        topology_version=0,
        element_count=4,
        affected_count=9,
        at_risk_count=1,
        uncertain_count=0,
        newly_affected_count=9,
        worse_count=0,
        back_count=0,
        wrongly_told_count=0,
    )
    phone = {key: known.get("phone") for key, known in town.CUSTOMERS.items()}
    with reading(engine) as connection:
        assert town.rows(connection, t.audience, *SEEN) == [
            (1, 1, DOWN, MOBILE, "service", "sms", phone[1], False, 1),
            (2, 1, DOWN, MOBILE, "service", "sms", phone[2], True, 1),
            (3, 1, DOWN, MOBILE, "service", "sms", phone[3], True, 1),
            (4, 1, DOWN, MOBILE, "service", "sms", phone[4], False, 1),
            (5, 1, DOWN, MOBILE, "service", "email", "five@example.org", False, 1),
            (6, 1, DOWN, MOBILE, "service", "none", None, False, 1),
            (7, 1, DOWN, MOBILE, "service", "email", "seven@example.org", False, 1),
            (8, 1, DOWN, MOBILE, "service", "sms", phone[8], False, 1),
            (9, 1, DOWN, MOBILE, "service", "sms", phone[9], False, 1),
            (10, 1, AT_RISK, MOBILE, "service", "sms", phone[10], False, None),
        ]
        hit, e = town.rows(connection, t.audience, "hit"), t.impact_element
        found = town.rows(connection, e, "number", "element_id", "impact", "cause_element")
        elements = {number: rest for number, *rest in found}
        assert [elements[number] for (number,) in hit] == [
            *[["north-1", DOWN, "hub-north"]] * 5,
            *[["north-2", DOWN, "hub-north"]] * 4,
            ["south-1", AT_RISK, "hub-north"],
        ]


def test_matching_moves_the_incident_on_and_writes_down_why(engine: Engine) -> None:
    with writing(engine) as connection:
        town.build(connection)
        town.strike(connection, "hub-north")
        match(connection, town.REFERENCE, town.T0)
    with reading(engine) as connection:
        assert town.rows(connection, t.incident, "stage", "held", "version", "audience_revision") == [
            ("matched", None, 2, 1)
        ]
        counts = {"element_count": 4, "audience_count": 9, "newly_affected_count": 9, "at_risk_count": 1}
        entry = {"revision": 1, **counts}
        assert town.rows(connection, t.incident_entry, "at", "topic", "reason", "details") == [
            (town.T0, "audience", "matched", entry)
        ]


def test_a_second_match_without_a_change_loses_the_race(engine: Engine) -> None:
    with writing(engine) as connection:
        town.build(connection)
        town.strike(connection, "hub-north")
        match(connection, town.REFERENCE, town.T0)
    with writing(engine) as connection, pytest.raises(LostRace):
        match(connection, town.REFERENCE, town.T0)


def test_a_wider_footprint_adds_customers_and_leaves_those_already_there_alone(engine: Engine) -> None:
    with writing(engine) as connection:
        town.build(connection)
        town.strike(connection, "north-1")
        assert match(connection, town.REFERENCE, town.T0).audience_count == 5
        town.add_cause(connection, "north-2")
        connection.execute(update(t.incident).values(footprint_changed=True))
        again = match(connection, town.REFERENCE, town.T0)
    assert (again.revision, again.held, again.revised.element_count) == (2, None, 2)
    assert (again.audience_count, again.newly_affected_count) == (9, 4)
    with reading(engine) as connection:
        assert town.rows(connection, t.audience, "customer_id", "affected_revision") == [
            *((key, 1) for key in (1, 2, 3, 4, 5)),
            *((key, 2) for key in (6, 7, 8, 9)),
        ]
        assert set(town.rows(connection, t.audience, "revision")) == {(2,)}


def test_an_incident_that_hurts_nobody_is_held_for_a_person(engine: Engine) -> None:
    with writing(engine) as connection:
        town.build(connection)
        town.strike(connection, "nowhere")
        assert match(connection, town.REFERENCE, town.T0).held is Held.EMPTY_AUDIENCE
    with reading(engine) as connection:
        assert town.rows(connection, t.incident, "stage", "held") == [("detected", "empty_audience")]


def test_customers_are_back_when_nothing_hits_them_any_more(engine: Engine) -> None:
    quiet_for = timedelta(minutes=30)
    now = town.T0 + timedelta(hours=2)
    with writing(engine) as connection:
        town.build(connection)
        town.strike(connection, "north-1", "north-2")
        match(connection, town.REFERENCE, town.T0)
        connection.execute(
            update(t.incident_element)
            .where(t.incident_element.c.element_id == "north-1")
            .values(until_at=now - quiet_for)
        )
        assert verify(connection, town.REFERENCE, quiet_for, now) == Verified(5, 4, 1)
    with reading(engine) as connection:
        assert town.rows(connection, t.audience, "customer_id", "over_at", "over", "over_revision") == [
            *((key, now, "back", 2) for key in (1, 2, 3, 4, 5)),
            *((key, None, None, None) for key in (6, 7, 8, 9)),
        ]
