"""Whoever was not reached gets the next channel, once each, until they are told or nothing is left to try."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import hyderabad
import pytest
from hyderabad import FIRST, MINUTE, T0, add_customer, phone
from sqlalchemy import Connection, Engine, insert, select, update

from tellfirst.delivery import landlines
from tellfirst.delivery.reaching import (
    Reached,
    due,
    reach,
    told_twice_count,
    waiting_incidents,
)
from tellfirst.domain.incident import Stage
from tellfirst.domain.occasion import Channel
from tellfirst.notices.telling import tell_first
from tellfirst.store import playbook_copy
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

INCIDENT = 1
LANDLINES = {"21614"}


def _mail(key: int) -> str:
    return f"c{key}@example.org"


@pytest.fixture
def told(engine: Engine) -> Engine:
    """1 and 2 have phone and mailbox, 3 only a phone, 4 only a mailbox; a first word to all of them is planned."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        for key in (1, 2):
            add_customer(connection, key, "HYD0004", email=_mail(key))
        add_customer(connection, 3, "HYD0004")
        add_customer(connection, 4, "HYD0004", phone=None, email=_mail(4))
        hyderabad.strike(connection, "HYD0004")
        tell_first(connection, FIRST, hyderabad.voice(T0))
    return engine


def _becomes(connection: Connection, customer_id: int, channel: str, state: str, **more: Any) -> None:
    """What became of a delivery, by the steps that lead there."""
    d = t.delivery
    its = (d.c.customer_id == customer_id) & (d.c.channel == channel)
    connection.execute(update(d).where(its).values(state="sending", carrier="fake", intended_at=T0))
    taken = {"handed_over_at": T0} if state in ("sent", "delivered", "undelivered") else {}
    connection.execute(update(d).where(its).values(state=state, **{**taken, **more}))


def _all(connection: Connection, customer_id: int) -> list[tuple[Any, ...]]:
    d = t.delivery.c
    rows = select(d.channel, d.state, d.reason).where(d.customer_id == customer_id).order_by(d.id)
    return [tuple(row) for row in connection.execute(rows)]


def _receipt(connection: Connection, event: str, at: Any) -> None:
    values = {"carrier": "fake", "event_id": event, "delivery_id": 1, "state": "delivered"}
    more = {"carrier_ref": "", "code": "", "received_at": at, "applied_at": at, "verdict": "applied"}
    connection.execute(insert(t.receipt).values(**values, **more))


def test_a_text_that_did_not_arrive_is_followed_by_a_mail_once(told: Engine) -> None:
    with writing(told) as connection:
        _becomes(connection, 1, "sms", "undelivered", reason="receipt")
        assert due(connection, INCIDENT, T0, T0) == T0
        assert reach(connection, INCIDENT, T0, T0) == Reached(1, 0)
        assert reach(connection, INCIDENT, T0, T0) == Reached(0, 0)
        assert due(connection, INCIDENT, T0, T0) is None
        assert _all(connection, 1) == [
            ("sms", "undelivered", "receipt"),
            ("email", "pending", "next_channel"),
        ]
        chunk = select(t.chunk.c.channel, t.chunk.c.done_at).order_by(t.chunk.c.id.desc()).limit(1)
        assert connection.execute(chunk).one()._tuple() == ("email", None)


@pytest.mark.parametrize("reason", ["contact_point_refused", "refused_by_carrier", "tries_used_up"])
def test_a_final_refusal_is_tried_elsewhere_and_then_declared_unreachable(told: Engine, reason: str) -> None:
    with writing(told) as connection:
        for key in (1, 3):
            _becomes(connection, key, "sms", "failed", reason=reason, final_at=T0)
        assert reach(connection, INCIDENT, T0, T0) == Reached(1, 1)
        _becomes(connection, 1, "email", "failed", reason=reason, final_at=T0)
        assert reach(connection, INCIDENT, T0, T0) == Reached(0, 1)
        assert reach(connection, INCIDENT, T0, T0) == Reached(0, 0)
        for key in (1, 3):
            assert _all(connection, key)[-1] == ("none", "failed", "unreachable")


def test_whoever_opted_out_is_written_to_on_another_channel_but_never_called_unreachable(
    told: Engine,
) -> None:
    with writing(told) as connection:
        for key in (1, 3):
            _becomes(connection, key, "sms", "failed", reason="opted_out", final_at=T0)
        assert reach(connection, INCIDENT, T0, T0) == Reached(1, 0)
        assert _all(connection, 3) == [("sms", "failed", "opted_out")]


def test_no_next_channel_is_one_they_opted_out_of(told: Engine) -> None:
    with writing(told) as connection:
        connection.execute(insert(t.opt_out).values(channel="email", address=_mail(1), at=T0, source="reply"))
        _becomes(connection, 1, "sms", "undelivered", reason="receipt")
        assert reach(connection, INCIDENT, T0, T0) == Reached(0, 1)
        assert _all(connection, 1)[-1] == ("none", "failed", "unreachable")


def test_a_silent_carrier_makes_nobody_be_told_twice(told: Engine) -> None:
    """It gives no receipts, or they do not reach us: its silence about one message says nothing."""
    with writing(told) as connection:
        for key in (1, 2):
            _becomes(connection, key, "sms", "sent", reason="affected")
        late = T0 + 11 * MINUTE
        assert due(connection, INCIDENT, late, late) is None
        assert reach(connection, INCIDENT, late, late) == Reached(0, 0)


def test_one_missing_receipt_among_others_is_waited_for_and_then_counted_if_both_arrive(told: Engine) -> None:
    with writing(told) as connection:
        _becomes(connection, 1, "sms", "sent", reason="affected")
        _becomes(connection, 2, "sms", "delivered", reason="receipt")
        _becomes(connection, 3, "sms", "sent", reason="affected")
        _receipt(connection, "of 2", T0 + MINUTE)
        early, late = T0 + 9 * MINUTE, T0 + 10 * MINUTE
        assert due(connection, INCIDENT, early, early) == late
        assert reach(connection, INCIDENT, early, early) == Reached(0, 0)
        assert reach(connection, INCIDENT, late, late) == Reached(1, 0), "3 has no other channel"
        assert told_twice_count(connection, INCIDENT) == 0
        _becomes(connection, 1, "email", "delivered", reason="receipt")
        assert told_twice_count(connection, INCIDENT) == 1
        assert due(connection, INCIDENT, late, late) is None


def test_a_notice_that_is_not_true_any_more_reaches_for_nobody(told: Engine) -> None:
    with writing(told) as connection:
        _becomes(connection, 1, "sms", "undelivered", reason="receipt")
        lapsed = T0 + timedelta(hours=1)
        assert reach(connection, INCIDENT, lapsed, lapsed) == Reached(0, 0)
        connection.execute(update(t.incident).values(stage=Stage.CLOSED))
        assert reach(connection, INCIDENT, T0, T0) == Reached(0, 0)


def test_nobody_is_reached_for_while_a_person_has_stopped_sending(told: Engine) -> None:
    with writing(told) as connection:
        _becomes(connection, 1, "sms", "undelivered", reason="receipt")
        connection.execute(insert(t.stop).values(effect="hold", reason="drill", actor="asha", at=T0))
        assert due(connection, INCIDENT, T0, T0) is None


def test_everybody_behind_a_phone_that_failed_gets_a_channel_of_their_own(engine: Engine) -> None:
    with writing(engine) as connection:
        hyderabad.build(connection)
        for key in (1, 2, 3):
            email = {1: _mail(1), 2: _mail(2), 3: _mail(2)}[key]
            add_customer(connection, key, "HYD0004", phone=phone(1), email=email)
        hyderabad.strike(connection, "HYD0004")
        tell_first(connection, FIRST, hyderabad.voice(T0))
        _becomes(connection, 1, "sms", "undelivered", reason="receipt")
        assert reach(connection, INCIDENT, T0, T0) == Reached(3, 0)
        assert [_all(connection, key)[-1] for key in (1, 2, 3)] == [
            ("email", "pending", "next_channel"),
            ("email", "pending", "next_channel"),
            ("email", "cancelled", "covered_by_shared_contact"),
        ]
        assert reach(connection, INCIDENT, T0, T0) == Reached(0, 0)


def test_a_mailbox_that_has_the_notice_already_gets_it_no_second_time(engine: Engine) -> None:
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004", email=_mail(9))
        add_customer(connection, 2, "HYD0004", phone=None, email=_mail(9))
        hyderabad.strike(connection, "HYD0004")
        tell_first(connection, FIRST, hyderabad.voice(T0))
        _becomes(connection, 2, "email", "delivered", reason="receipt")
        _becomes(connection, 1, "sms", "undelivered", reason="receipt")
        reach(connection, INCIDENT, T0, T0)
        assert _all(connection, 1)[-1] == ("email", "cancelled", "covered_by_shared_contact")


def test_the_next_word_goes_at_once_where_the_last_one_arrived(told: Engine) -> None:
    with writing(told) as connection:
        _becomes(connection, 1, "sms", "undelivered", reason="receipt")
        reach(connection, INCIDENT, T0, T0)
        _becomes(connection, 1, "email", "delivered", reason="receipt")
        hyderabad.deliver(connection, T0)
        later = T0 + 5 * MINUTE
        hyderabad.speak_next(
            connection, hyderabad.Take(hyderabad.Step.FOLLOW_UP, "test", hyderabad.Occasion.UPDATE), later
        )
        reach(connection, INCIDENT, later, later)
        assert _all(connection, 1)[2:] == [
            ("sms", "cancelled", "contact_point_refused"),
            ("email", "pending", "next_channel"),
        ]


def test_the_carriers_word_for_a_landline_is_remembered(told: Engine) -> None:
    with writing(told) as connection:
        _becomes(connection, 1, "sms", "failed", reason="contact_point_refused", carrier_code="21614")
        _becomes(connection, 2, "sms", "failed", reason="contact_point_refused", carrier_code="21211")
        assert landlines.mark(connection, INCIDENT, LANDLINES) == 1
        assert landlines.mark(connection, INCIDENT, LANDLINES) == 0
        assert hyderabad.rows(connection, t.customer, "id", "phone_landline")[:2] == [(1, True), (2, False)]


def test_the_clock_finds_whom_a_late_receipt_shows_to_be_unreached(told: Engine) -> None:
    with writing(told) as connection:
        connection.execute(update(t.incident).values(next_due_at=T0 + 20 * MINUTE))
        assert waiting_incidents(connection, T0, T0) == []
        _becomes(connection, 1, "sms", "undelivered", reason="receipt")
        assert waiting_incidents(connection, T0, T0) == [INCIDENT]


ENDS = (
    ("delivered", {"reason": "receipt"}),
    ("undelivered", {"reason": "receipt"}),
    ("failed", {"reason": "contact_point_refused"}),
    ("failed", {"reason": "opted_out"}),
    ("unconfirmed", {"reason": "no_receipt"}),
)


@pytest.mark.parametrize("seed", range(12))
def test_everybody_ends_told_cancelled_or_unreachable_and_nobody_is_told_twice(
    engine: Engine, seed: int
) -> None:
    chance = Random(seed)
    order = tuple(chance.sample([Channel.SMS, Channel.EMAIL, Channel.VOICE, Channel.FAX], 4))
    with writing(engine) as connection:
        hyderabad.build(connection)
        keys = range(1, 31)
        for key in keys:
            home = chance.choice([key, 1, 2])
            known = {
                "phone": chance.choice([None, phone(home)]),
                "email": chance.choice([None, _mail(home)]),
                "wish": chance.choice([None, *order]),
            }
            add_customer(connection, key, "HYD0004", **known)
            if chance.random() < 0.3:
                fax = {"channel": "fax", "address": f"+9140777{home:05d}"}
                connection.execute(insert(t.contact_point).values(customer_id=key, **fax))
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0004")))
        book = replace(hyderabad.BOOK, channels=order)
        connection.execute(update(t.incident).values(playbook=playbook_copy.to_json(book)))
        hyderabad.strike(connection, "HYD0004")
        tell_first(connection, FIRST, hyderabad.voice(T0))
        for _ in range(10):
            _carriers_answer(connection, chance)
            if reach(connection, INCIDENT, T0, T0) == Reached(0, 0):
                break
        else:
            pytest.fail("reaching never comes to an end")
        for key in keys:
            ends = _all(connection, key)
            assert ends, f"{key} was forgotten"
            told = [end for end in ends if end[1] in ("delivered", "unconfirmed")]
            assert len(told) <= 1, ends
            last = ends[-1]
            reasoned = last[1] == "cancelled" or last[2] in ("unreachable", "no_contact_point", "opted_out")
            assert told or reasoned, ends


def _carriers_answer(connection: Connection, chance: Random) -> None:
    d = t.delivery
    for row in connection.execute(select(d.c.id).where(d.c.state == "pending")).all():
        state, more = chance.choice(ENDS)
        taken = {"handed_over_at": T0} if state != "failed" else {}
        its = d.c.id == row.id
        connection.execute(update(d).where(its).values(state="sending", intended_at=T0, **taken))
        if state == "unconfirmed":
            connection.execute(update(d).where(its).values(state="sent"))
        connection.execute(update(d).where(its).values(state=state, final_at=T0, **more))
