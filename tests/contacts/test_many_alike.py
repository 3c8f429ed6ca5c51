"""Customers as sensors: many similar reports from one element or area within minutes are an incident."""

from datetime import datetime, timedelta
from typing import Any

import hyderabad
import pytest
from databases import fixtures
from hyderabad import BOOKS, FIRST, MINUTE, SECOND, T0, add_customer, phone, rows
from sqlalchemy import Connection, Engine

from tellfirst.audience.matching import match
from tellfirst.contacts.inbound import Inbound
from tellfirst.contacts.receiving import Reply, receive
from tellfirst.contacts.words import load_words
from tellfirst.detect.weighing import weigh
from tellfirst.domain.incident import Stage
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

RECEPTION = load_words(hyderabad.CONFIG, books=BOOKS)
SECOND_OF_TIME = timedelta(seconds=1)


def _quiet(engine: Engine) -> Engine:
    """Nothing is wrong. Five customers at one site, three at others of its area, one far away."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        for key in range(1, 6):
            add_customer(connection, key, "HYD0000")
        for key in range(6, 9):
            add_customer(connection, key, f"HYD000{key - 5}")
        add_customer(connection, 9, "HYD0008")
    return engine


quiet, quiet_small = fixtures(_quiet)


def _reports(
    connection: Connection, *keys: int, now: datetime = T0, body: str = "no signal", **more: Any
) -> Reply:
    for key in keys:
        event_id = f"SM{len(rows(connection, t.contact, 'id'))}"
        reply = receive(connection, Inbound(event_id, phone(key), body, **more), RECEPTION, now)
        now += SECOND_OF_TIME
    return reply


def _goes_on(connection: Connection, reference: str) -> list[int]:
    """The incident is weighed and matched; whom it hurts."""
    weigh(connection, reference, T0 + MINUTE)
    match(connection, reference, T0 + MINUTE)
    found = rows(connection, t.audience, "incident_id", "customer_id")
    number = hyderabad.incident(connection, reference).id
    return [customer for incident, customer in found if incident == number]


def test_the_third_report_of_one_element_is_an_incident_in_the_same_transaction(quiet: Engine) -> None:
    with writing(quiet) as connection:
        assert _reports(connection, 1, 2).kind == "opened"
        third = _reports(connection, 3, now=T0 + 2 * SECOND_OF_TIME)
        assert (third.kind, third.moved) == ("noted", (SECOND,))
        assert third.facts is not None
        assert third.facts.reference == SECOND
        assert hyderabad.causes(connection) == {"site:HYD0000": (2, True)}
        it = hyderabad.incident(connection, SECOND)
        assert (it.stage, it.held, it.started_at) == (Stage.OPENED, None, T0)
        assert it.next_due_at is not None
        assert it.next_due_at <= T0 + 2 * SECOND_OF_TIME
        assert _goes_on(connection, SECOND) == [1, 2, 3, 4, 5]


def test_who_reported_before_is_gathered_and_their_own_incident_ends(quiet: Engine) -> None:
    with writing(quiet) as connection:
        _reports(connection, 1, 2, 3)
        assert rows(connection, t.contact, "incident_id", "match") == [(2, "known")] * 3
        own = hyderabad.incident(connection, FIRST)
        assert (own.stage, own.held) == (Stage.CLOSED, None)
        reasons = {reason for (reason,) in rows(connection, t.incident_entry, "reason")}
        assert {"many_report_the_same", "became_part_of_another"} <= reasons


def test_one_customer_who_writes_three_times_is_one_customer(quiet_small: Engine) -> None:
    with writing(quiet_small) as connection:
        assert _reports(connection, 1, 1, 1).kind == "opened"
        assert hyderabad.causes(connection) == {}


def test_reports_that_are_far_apart_are_not_a_signal(quiet_small: Engine) -> None:
    with writing(quiet_small) as connection:
        for number, key in enumerate((1, 2, 3)):
            _reports(connection, key, now=T0 + number * RECEPTION.sensing.window)
        assert hyderabad.causes(connection) == {}


def test_reports_from_several_sites_of_one_area_are_one_and_hit_those_sites_alone(
    quiet_small: Engine,
) -> None:
    with writing(quiet_small) as connection:
        reply = _reports(connection, 6, 7, 8)
        assert reply.moved
        sites = {"site:HYD0001", "site:HYD0002", "site:HYD0003"}
        assert set(hyderabad.causes(connection)) == sites
        assert hyderabad.incident(connection, reply.moved[0]).place == "Kukatpally"
        assert _goes_on(connection, reply.moved[0]) == [6, 7, 8]


def test_reports_from_two_areas_are_not_alike(quiet_small: Engine) -> None:
    with writing(quiet_small) as connection:
        _reports(connection, 1, 2, 9)
        assert hyderabad.causes(connection) == {}


@pytest.mark.parametrize("body", ["my invoice please", "I want to file a complaint", "hello there you"])
def test_other_kinds_are_no_reports(quiet_small: Engine, body: str) -> None:
    with writing(quiet_small) as connection:
        _reports(connection, 1, 2, 3, body=body)
        assert rows(connection, t.incident, "id") == []


def test_what_a_running_incident_of_the_area_says_is_joined(quiet_small: Engine) -> None:
    with writing(quiet_small) as connection:
        hyderabad.strike(connection, "HYD0001")
        reply = _reports(connection, 1, 2, 3)
        assert reply.moved == (FIRST,)
        assert set(hyderabad.causes(connection)) == {"site:HYD0001", "site:HYD0000"}


def test_the_fourth_hears_of_the_same_incident(quiet_small: Engine) -> None:
    with writing(quiet_small) as connection:
        _reports(connection, 1, 2, 3)
        fourth = _reports(connection, 4, now=T0 + MINUTE)
        assert fourth.kind == "noted"
        assert fourth.facts is not None
        assert fourth.facts.reference == SECOND
