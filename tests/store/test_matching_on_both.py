"""Matching in SQL: whom it hurts, on which channel, and who is covered by whom."""

from datetime import timedelta

import pytest
import town
from sqlalchemy import Engine, update

from tellfirst.audience.matching import Match, match
from tellfirst.audience.verifying import Verified, verify
from tellfirst.domain.errors import LostRace
from tellfirst.domain.incident import Held
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

SEEN = (
    "customer_id",
    "revision",
    "impact",
    "element_id",
    "cause_element",
    "channel",
    "address",
    "covered_by",
)
AT_RISK, DOWN = 1, 3


def test_everyone_behind_a_failed_hub_is_found_with_reason_and_channel(engine: Engine) -> None:
    with writing(engine) as connection:
        town.build(connection)
        town.strike(connection, "hub-north")
        found = match(connection, town.REFERENCE, town.T0)
    assert found == Match(revision=1, element_count=4, audience_count=10, newly_affected_count=10, held=None)
    phone = {key: known.get("phone") for key, known in town.CUSTOMERS.items()}
    with reading(engine) as connection:
        assert town.rows(connection, t.audience, *SEEN) == [
            (1, 1, DOWN, "north-1", "hub-north", "sms", phone[1], None),
            (2, 1, DOWN, "north-1", "hub-north", "sms", phone[2], 3),
            (3, 1, DOWN, "north-1", "hub-north", "sms", phone[3], None),
            (4, 1, DOWN, "north-1", "hub-north", "sms", phone[4], None),
            (5, 1, DOWN, "north-1", "hub-north", "email", "five@example.org", None),
            (6, 1, DOWN, "north-2", "hub-north", "none", None, None),
            (7, 1, DOWN, "north-2", "hub-north", "email", "seven@example.org", None),
            (8, 1, DOWN, "north-2", "hub-north", "sms", phone[8], None),
            (9, 1, DOWN, "north-2", "hub-north", "sms", phone[9], None),
            (10, 1, AT_RISK, "south-1", "hub-north", "sms", phone[10], None),
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
        entry = {"revision": 1, "element_count": 4, "audience_count": 10, "newly_affected_count": 10}
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
    assert again == Match(revision=2, element_count=2, audience_count=9, newly_affected_count=4, held=None)
    with reading(engine) as connection:
        assert town.rows(connection, t.audience, "customer_id", "revision") == [
            *((key, 1) for key in (1, 2, 3, 4, 5)),
            *((key, 2) for key in (6, 7, 8, 9)),
        ]


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
        assert verify(connection, town.REFERENCE, quiet_for, now) == Verified(5, 4)
    with reading(engine) as connection:
        assert town.rows(connection, t.audience, "customer_id", "over_at") == [
            *((key, now) for key in (1, 2, 3, 4, 5)),
            *((key, None) for key in (6, 7, 8, 9)),
        ]
