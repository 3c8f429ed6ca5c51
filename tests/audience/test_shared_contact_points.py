"""One message per contact point and notice, whoever is behind it, in whatever order trouble comes and goes."""

from datetime import datetime
from typing import Any

import hyderabad
import pytest
from hyderabad import BOOK, FIRST, MINUTE, T0, add_customer, phone, rows, voice
from sqlalchemy import Connection, Engine, insert, select, update

from tellfirst.audience.matching import match
from tellfirst.audience.sharing import mark_shared_contact_points
from tellfirst.detect.causes import open_cause, withdraw_cause
from tellfirst.domain.impact import Impact
from tellfirst.domain.lifecycle import Take
from tellfirst.notices.telling import tell_first
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.surveys.asking import ask
from tellfirst.timelines.situation import next_step

LATER = T0 + MINUTE
CERTAIN = LATER + BOOK.quiet_for
HOME = {"phone": phone(1)}


@pytest.fixture
def city(engine: Engine) -> Engine:
    with writing(engine) as connection:
        hyderabad.build(connection)
    return engine


def _fails(connection: Connection, site: str, now: datetime = LATER) -> None:
    open_cause(connection, 1, f"site:{site}", Impact.DOWN, now, now)
    match(connection, FIRST, now)


def _deliveries(connection: Connection, occasion: str) -> list[tuple[Any, ...]]:
    """Customer, state and who carries it for them, of every notice of this occasion."""
    d = t.delivery.c
    found = select(d.customer_id, d.state, d.covered_by).where(d.occasion == occasion)
    return [row._tuple() for row in connection.execute(found.order_by(d.notice_id, d.customer_id))]


def _next_word(connection: Connection, now: datetime) -> None:
    due = next_step(connection, FIRST, now, now)
    assert isinstance(due, Take), due
    hyderabad.speak_next(connection, due, now)


def test_one_message_leaves_and_everybody_behind_it_keeps_a_row(city: Engine) -> None:
    with writing(city) as connection:
        for key in (1, 2, 3):
            add_customer(connection, key, "HYD0004", **HOME)
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        assert _deliveries(connection, "first_word") == [
            (1, "sent", None),
            (2, "cancelled", 1),
            (3, "cancelled", 1),
        ]


def test_the_worst_hit_carries_the_message_then_priority_then_the_lowest_number(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004", **HOME)
        add_customer(connection, 2, "HYD0004", priority=5, **HOME)
        add_customer(connection, 3, "HYD0005", **HOME)
        hyderabad.strike(connection, "HYD0005")
        open_cause(connection, 1, "site:HYD0004", Impact.DEGRADED, T0, T0)
        match(connection, FIRST, T0)
        hyderabad.tell(connection)
        assert [row[2] for row in _deliveries(connection, "first_word")] == [3, 3, None]


@pytest.mark.parametrize("language", ["te", "en"])
def test_of_several_languages_behind_one_phone_the_carriers_own_is_written(
    city: Engine, language: str
) -> None:
    other = "en" if language == "te" else "te"
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004", language=other, **HOME)
        add_customer(connection, 2, "HYD0004", language=language, priority=1, **HOME)
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        a, d = t.audience.c, t.delivery.c
        written = select(a.language).join(t.delivery, d.customer_id == a.customer_id).where(d.state == "sent")
        assert list(connection.scalars(written)) == [language]


def test_who_came_and_went_unmatched_in_between_is_told_together_with_the_first(city: Engine) -> None:
    """Two revisions before the first word: neither may wait for the other's message, which never comes."""
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004", **HOME)
        add_customer(connection, 2, "HYD0005", priority=9, **HOME)
        hyderabad.strike(connection, "HYD0004")
        _fails(connection, "HYD0005")
        hyderabad.tell(connection, LATER)
        assert _deliveries(connection, "first_word") == [(1, "cancelled", 2), (2, "sent", None)]


def test_a_latecomer_is_covered_by_whoever_carries_the_messages_not_by_who_is_covered_too(
    city: Engine,
) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004", **HOME)
        add_customer(connection, 2, "HYD0004", priority=9, **HOME)
        add_customer(connection, 3, "HYD0005", priority=10, **HOME)
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        _fails(connection, "HYD0005")
        assert hyderabad.tell(connection, LATER) is not None
        assert _deliveries(connection, "first_word") == [
            (1, "cancelled", 2),
            (2, "sent", None),
            (3, "cancelled", 2),
        ]
        _next_word(connection, T0 + BOOK.next_update_every)
        assert [row[1:] for row in _deliveries(connection, "update")] == [
            ("cancelled", 2),
            ("sent", None),
            ("cancelled", 2),
        ]


def test_a_latecomer_behind_a_phone_that_took_no_message_gets_their_own(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004", **HOME)
        add_customer(connection, 2, "HYD0005", **HOME)
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection, lost=(1,))
        _fails(connection, "HYD0005")
        hyderabad.tell(connection, LATER)
        assert _deliveries(connection, "first_word") == [(1, "failed", None), (2, "sent", None)]


def test_a_latecomer_is_told_although_another_at_the_same_phone_is_back_already(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004", **HOME)
        add_customer(connection, 2, "HYD0005", **HOME)
        add_customer(connection, 3, "HYD0006")
        hyderabad.strike(connection, "HYD0004", "HYD0006")
        hyderabad.tell(connection)
        hyderabad.mend(connection, "HYD0004", now=LATER)
        hyderabad.all_clear(connection, CERTAIN)
        _fails(connection, "HYD0005", CERTAIN)
        hyderabad.tell(connection, CERTAIN)
        assert _deliveries(connection, "first_word")[-1] == (2, "sent", None)


def test_nobody_behind_a_contact_point_is_over_before_all_are(city: Engine) -> None:
    """The household would read that service is back while one of them is still without."""
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004", **HOME)
        add_customer(connection, 2, "HYD0005", **HOME)
        add_customer(connection, 3, "HYD0004")
        hyderabad.strike(connection, "HYD0004", "HYD0005")
        hyderabad.tell(connection)
        hyderabad.mend(connection, "HYD0004", now=LATER)
        hyderabad.all_clear(connection, CERTAIN)
        assert rows(connection, t.audience, "customer_id", "over") == [(1, None), (2, None), (3, "back")]
        assert _deliveries(connection, "restored") == [(3, "sent", None)]
        hyderabad.mend(connection, "HYD0005", now=CERTAIN)
        hyderabad.all_clear(connection, CERTAIN + BOOK.quiet_for)
        assert _deliveries(connection, "restored")[1:] == [(1, "sent", None), (2, "cancelled", 1)]


def test_another_contact_point_of_another_kind_holds_nobody_back(city: Engine) -> None:
    """1 is written to by mail; that 2 has the same phone is no reason to keep the good news from 1."""
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004", email="one@example.org", wish="email", **HOME)
        add_customer(connection, 2, "HYD0005", **HOME)
        hyderabad.strike(connection, "HYD0004", "HYD0005")
        hyderabad.tell(connection)
        assert [row[1] for row in _deliveries(connection, "first_word")] == ["sent", "sent"]
        hyderabad.mend(connection, "HYD0004", now=LATER)
        hyderabad.all_clear(connection, CERTAIN)
        assert rows(connection, t.audience, "over") == [("back",), (None,)]


def test_whoever_had_the_beginning_gets_the_end_whatever_their_rank(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004", **HOME)
        add_customer(connection, 2, "HYD0005", priority=9, **HOME)
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        _fails(connection, "HYD0005")
        hyderabad.tell(connection, LATER)
        for site in ("HYD0004", "HYD0005"):
            e = t.incident_element
            gone = update(e).where(e.c.element_id == f"site:{site}").values(until_at=LATER)
            connection.execute(gone)
        hyderabad.all_clear(connection, CERTAIN)
        assert _deliveries(connection, "restored") == [(1, "sent", None), (2, "cancelled", 1)]
        ask(connection, FIRST, voice(CERTAIN))
        assert _deliveries(connection, "survey") == [(1, "pending", None), (2, "cancelled", 1)]


def test_a_household_of_which_one_was_told_wrongly_hears_the_correction_once(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004", **HOME)
        add_customer(connection, 2, "HYD0004", **HOME)
        add_customer(connection, 3, "HYD0005")
        hyderabad.strike(connection, "HYD0004", "HYD0005")
        hyderabad.tell(connection)
        withdraw_cause(connection, 1, "site:HYD0004", LATER, "ravi")
        match(connection, FIRST, LATER)
        _next_word(connection, LATER)
        sent = [row for row in _deliveries(connection, "correction") if row[1] == "sent"]
        assert sent == [(1, "sent", None)]


def test_an_opt_out_of_one_owner_of_a_phone_is_one_of_all_and_each_has_the_reason(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004", **HOME)
        add_customer(connection, 2, "HYD0004", **HOME, email="two@example.org")
        out = {"channel": "sms", "address": phone(1), "at": T0, "source": "reply"}
        connection.execute(insert(t.opt_out).values(**out))
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        d = t.delivery
        assert rows(connection, d, "customer_id", "channel", "state", "reason", "covered_by") == [
            (1, "sms", "cancelled", "opted_out", None),
            (2, "email", "sent", "affected", None),
        ]


def test_a_phone_that_comes_to_be_shared_during_the_incident_is_not_written_to_twice(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004", **HOME)
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        add_customer(connection, 2, "HYD0004", **HOME)
        assert mark_shared_contact_points(connection) == 2
        connection.execute(update(t.incident).values(footprint_changed=True))
        match(connection, FIRST, LATER)
        hyderabad.tell(connection, LATER)
        assert _deliveries(connection, "first_word") == [(1, "sent", None), (2, "cancelled", 1)]


def test_a_notice_leaves_no_contact_point_out_and_none_twice(city: Engine) -> None:
    """Thirty customers behind five phones, four mails and no contact point at all, at two sites in turn."""
    with writing(city) as connection:
        for key in range(1, 31):
            known: dict[str, Any] = {"phone": phone(key % 5), "priority": key % 3}
            if key % 7 == 0:
                known |= {"phone": None, "email": f"{key % 4}@example.org"}
            if key % 11 == 0:
                known |= {"phone": None, "email": None}
            add_customer(connection, key, "HYD0004" if key % 2 else "HYD0005", **known)
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        _fails(connection, "HYD0005")
        tell_first(connection, FIRST, voice(LATER))
        hyderabad.deliver(connection, LATER)
        a, d = t.audience.c, t.delivery.c
        told = select(a.address).join(t.delivery, d.customer_id == a.customer_id).where(d.state == "sent")
        sent = sorted(connection.scalars(told))
        points = select(a.address).where(a.address.is_not(None)).distinct()
        assert sent == sorted(connection.scalars(points))
        carriers = set(connection.scalars(select(d.customer_id).where(d.state == "sent")))
        covered = list(connection.scalars(select(d.covered_by).where(d.covered_by.is_not(None))))
        assert len(covered) + len(carriers) + 2 == 30
        assert set(covered) <= carriers
