"""Answers that could not be given in the same breath: each is sent once, or ends with a reason before a person."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import hyderabad
import pytest
from hyderabad import MINUTE, T0, phone, rows
from sqlalchemy import Connection, Engine, insert, update

from tellfirst.carriers.answering import Written
from tellfirst.carriers.port import Outcome, Verdict
from tellfirst.contacts import replying
from tellfirst.contacts.replying import HELD_FOR, TRIES, Post, Sent, promise, send_answers
from tellfirst.contacts.to_a_person import to_a_person
from tellfirst.domain.occasion import Channel
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

MAILBOX = "asha@customers.example"
LATER = timedelta(days=2)


class Carrier:
    """Takes whatever it is told to take, and looks whether anybody holds a transaction meanwhile."""

    channel = Channel.EMAIL

    def __init__(self, engine: Engine, name: str, how: Callable[[Written], Outcome]) -> None:
        self.engine, self.name, self.how = engine, name, how
        self.got: list[Written] = []

    async def answer(self, written: Written) -> Outcome:
        with writing(self.engine) as connection:
            # It waits for ever, on SQLite, where the sender still holds one.
            connection.execute(update(t.contact_answer).values(kind=t.contact_answer.c.kind))
        self.got.append(written)
        return self.how(written)

    async def close(self) -> None:
        pass


def accepted(written: Written) -> Outcome:
    return Outcome(written.answer_id, Verdict.ACCEPTED, carrier_ref=f"ref-{written.answer_id}")


def ends(verdict: Verdict, reason: str) -> Callable[[Written], Outcome]:
    return lambda written: Outcome(written.answer_id, verdict, reason=reason)


def breaks(_written: Written) -> Outcome:
    raise ZeroDivisionError("asha@customers.example")


class House:
    """Carriers by channel, each known by its name."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.carriers: dict[Channel, list[Carrier]] = {}

    def has(self, channel: Channel, how: Callable[[Written], Outcome] = accepted) -> Carrier:
        made = Carrier(self.engine, f"{channel}-{len(self.carriers.get(channel, ()))}", how)
        self.carriers.setdefault(channel, []).append(made)
        return made

    @property
    def post(self) -> Post:
        by_name: dict[str, Any] = {one.name: one for some in self.carriers.values() for one in some}
        return Post(self._names, by_name.__getitem__)

    def _names(self, channel: Channel) -> Sequence[str]:
        return [one.name for one in self.carriers.get(channel, ())]

    def tick(self, after: timedelta = timedelta(0)) -> Sent:
        return send_answers(self.engine, self.post, T0 + after, T0 + after)


@pytest.fixture
def house(city: Engine) -> House:
    return House(city)


@pytest.fixture
def small_house(small_city: Engine) -> House:
    return House(small_city)


def contact(connection: Connection, door: str = "email", address: str = MAILBOX, **known: Any) -> int:
    values = {"carrier_event": f"{door}:{address}", "intent": "other", "body": "no signal", "received_at": T0}
    made = connection.execute(
        insert(t.contact).values(channel=door, address=address, **{**values, **known})
    ).inserted_primary_key
    assert made is not None
    return int(made[0])


def promised(engine: Engine, door: str = "email", address: str = MAILBOX, **known: Any) -> int:
    """A contact with an answer that waits."""
    with writing(engine) as connection:
        key = contact(connection, door, address, **known)
        promise(connection, key, "known", "we know", T0, subject="Re: No signal")
    return key


def answers(engine: Engine, *columns: str) -> list[tuple[Any, ...]]:
    with reading(engine) as connection:
        return rows(connection, t.contact_answer, *columns)


def contacts(engine: Engine, *columns: str) -> list[tuple[Any, ...]]:
    with reading(engine) as connection:
        return rows(connection, t.contact, *columns)


def test_an_answer_is_sent_once_and_the_contact_is_answered_when_it_is(house: House) -> None:
    carrier = house.has(Channel.EMAIL)
    key = promised(house.engine)
    with writing(house.engine) as connection:
        mail = {"contact_id": key, "message_id": "<2@x>", "thread": "<1@x> <2@x>"}
        connection.execute(insert(t.contact_mail).values(**mail))
    assert contacts(house.engine, "state", "answered_at", "answer") == [("received", None, "we know")]
    assert house.tick(MINUTE) == Sent(taken=1)
    assert house.tick(2 * MINUTE) == Sent()
    [written] = carrier.got
    assert (written.address, written.text, written.subject) == (MAILBOX, "we know", "Re: No signal")
    assert written.headers == {
        "Auto-Submitted": "auto-replied",
        "In-Reply-To": "<2@x>",
        "References": "<1@x> <2@x>",
    }
    assert answers(house.engine, "state", "carrier", "carrier_reference", "try_count", "sent_at") == [
        ("sent", "email-0", f"ref-{written.answer_id}", 1, T0 + MINUTE)
    ]
    assert contacts(house.engine, "state", "answered_at") == [("answered", T0 + MINUTE)]


def test_what_is_refused_for_now_is_tried_again_at_the_next_carrier_until_it_ends_before_a_person(
    house: House,
) -> None:
    carriers = [house.has(Channel.EMAIL, ends(Verdict.REFUSED_AGAIN, "throttled")) for _ in range(2)]
    promised(house.engine)
    waited = timedelta(0)
    for _ in range(20):
        house.tick(waited)
        waited += 5 * MINUTE
    assert [len(one.got) for one in carriers] == [TRIES // 2, TRIES // 2]
    assert answers(house.engine, "state", "reason", "try_at") == [("failed", "throttled", None)]
    [(state, reason, queue, answered_at)] = contacts(
        house.engine, "state", "state_reason", "queue", "answered_at"
    )
    assert (state, reason, answered_at) == ("waiting", "answer_not_sent", None)
    assert queue


@pytest.mark.parametrize(
    "how", [ends(Verdict.UNKNOWN, "answer_lost"), breaks], ids=["answer lost", "carrier breaks"]
)
def test_an_answer_in_doubt_is_sent_again_a_bounded_number_of_times(
    small_house: House, how: Callable[[Written], Outcome], caplog: pytest.LogCaptureFixture
) -> None:
    carrier = small_house.has(Channel.EMAIL, how)
    promised(small_house.engine)
    for number in range(10):
        small_house.tick(number * 10 * MINUTE)
    assert len(carrier.got) == TRIES
    assert [state for (state,) in answers(small_house.engine, "state")] == ["failed"]
    assert MAILBOX not in caplog.text


def test_what_can_never_arrive_is_not_tried_again(small_house: House) -> None:
    carrier = small_house.has(Channel.EMAIL, ends(Verdict.REFUSED_FINALLY, "contact_point_refused"))
    promised(small_house.engine)
    assert small_house.tick() == Sent(failed=1)
    small_house.tick(60 * MINUTE)
    assert len(carrier.got) == 1
    assert answers(small_house.engine, "state", "reason") == [("failed", "contact_point_refused")]


def test_one_that_breaks_does_not_hold_up_the_others(small_house: House) -> None:
    def moody(written: Written) -> Outcome:
        return breaks(written) if written.address == MAILBOX else accepted(written)

    small_house.has(Channel.EMAIL, moody)
    for address in (MAILBOX, "ravi@customers.example"):
        promised(small_house.engine, address=address)
    assert small_house.tick() == Sent(taken=1)


def test_an_answer_that_somebody_holds_is_not_sent_by_another(house: House) -> None:
    carrier = house.has(Channel.EMAIL)
    promised(house.engine)
    with writing(house.engine) as connection:
        assert len(replying._claim(connection, T0, T0)) == 1
    assert house.tick() == Sent()
    assert house.tick(HELD_FOR + MINUTE) == Sent(taken=1)
    assert len(carrier.got) == 1


def test_without_a_carrier_or_a_way_it_ends_with_that_reason(small_house: House) -> None:
    promised(small_house.engine, "fax", "unknown")
    promised(small_house.engine, "fax", phone(2))
    small_house.tick()
    assert answers(small_house.engine, "state", "reason") == [
        ("failed", "no_way_to_reach_them"),
        ("failed", "no_carrier"),
    ]


@pytest.mark.parametrize(
    ("door", "address", "later", "channel", "reason"),
    [
        ("sms", phone(1), timedelta(0), Channel.SMS, None),
        ("voice", phone(1), timedelta(0), Channel.SMS, None),
        ("whatsapp", phone(1), timedelta(hours=23), Channel.WHATSAPP, None),
        ("whatsapp", phone(1), LATER, Channel.SMS, "whatsapp_window_over"),
        ("fax", phone(1), timedelta(0), Channel.FAX, None),
        ("web", MAILBOX, timedelta(0), Channel.EMAIL, None),
        ("web", phone(1), timedelta(0), Channel.SMS, None),
    ],
)
def test_an_answer_goes_back_the_way_they_came_or_the_nearest(
    small_house: House, door: str, address: str, later: timedelta, channel: Channel, reason: str | None
) -> None:
    carriers = {
        one: small_house.has(one) for one in (Channel.SMS, Channel.WHATSAPP, Channel.EMAIL, Channel.FAX)
    }
    promised(small_house.engine, door, address)
    small_house.tick(later)
    assert {one for one, carrier in carriers.items() if carrier.got} == {channel}
    assert answers(small_house.engine, "state", "reason") == [("sent", reason)]


def test_what_an_agent_brought_is_answered_at_the_customers_own_mailbox(small_house: House) -> None:
    carrier = small_house.has(Channel.EMAIL)
    with writing(small_house.engine) as connection:
        hyderabad.add_customer(connection, 1, "HYD0004", email=MAILBOX, language="te")
    promised(small_house.engine, "agent", "unknown", customer_id=1)
    small_house.tick()
    assert [(one.address, one.language) for one in carrier.got] == [(MAILBOX, "te")]


def test_nobody_is_texted_who_has_said_stop(house: House) -> None:
    carrier = house.has(Channel.SMS)
    with writing(house.engine) as connection:
        connection.execute(
            insert(t.opt_out).values(channel="sms", address=phone(1), at=T0, source="customer")
        )
    promised(house.engine, "sms", phone(1))
    house.tick()
    assert carrier.got == []
    assert answers(house.engine, "state", "reason") == [("failed", "opted_out")]
    assert contacts(house.engine, "state") == [("waiting",)]


def test_a_contact_that_waits_for_a_person_goes_on_waiting_when_its_answer_has_left(house: House) -> None:
    house.has(Channel.EMAIL)
    key = promised(house.engine)
    with writing(house.engine) as connection:
        to_a_person(connection, key, "files_left_out", T0)
    house.tick(MINUTE)
    assert contacts(house.engine, "state", "state_reason", "answered_at") == [
        ("waiting", "files_left_out", T0 + MINUTE)
    ]


def test_a_later_answer_does_not_replace_the_first(house: House) -> None:
    house.has(Channel.EMAIL)
    key = promised(house.engine)
    house.tick(MINUTE)
    with writing(house.engine) as connection:
        promise(connection, key, "agent", "a crew is with you", T0 + MINUTE, author="lata")
    house.tick(2 * MINUTE)
    assert [state for (state,) in answers(house.engine, "state")] == ["sent", "sent"]
    assert contacts(house.engine, "answer", "answered_at") == [("we know", T0 + MINUTE)]


def test_no_more_than_a_turns_answers_leave_at_once(small_house: House) -> None:
    small_house.has(Channel.EMAIL)
    for number in range(replying.AT_ONCE + 3):
        promised(small_house.engine, address=f"c{number}@customers.example")
    assert small_house.tick() == Sent(taken=replying.AT_ONCE)
    assert small_house.tick() == Sent(taken=3)


def test_a_turn_ends_in_time_and_what_it_did_not_reach_was_not_tried(house: House) -> None:
    carrier = house.has(Channel.EMAIL)
    for address in (MAILBOX, "ravi@customers.example"):
        promised(house.engine, address=address)
    assert send_answers(house.engine, house.post, T0, T0, turn=-1) == Sent()
    assert answers(house.engine, "state", "try_count", "try_at") == [("pending", 0, None)] * 2
    assert house.tick() == Sent(taken=2)
    assert len(carrier.got) == 2
