"""The ledger of promises: of an incident, and of one customer with how the word that settled each came to them."""

from datetime import timedelta

import hyderabad
import pytest
from databases import fixtures
from hyderabad import BOOK, FIRST, MINUTE, T0, add_customer
from sqlalchemy import Engine, update

from tellfirst.domain.errors import NotFound
from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Occasion
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.timelines.promised import Which, promised
from tellfirst.timelines.promises import lapse_all

HOLDING = Take(Step.FOLLOW_UP, "promised_word_nearly_due", Occasion.UPDATE)
DUE = T0 + BOOK.next_update_every
LATE = DUE + 7 * MINUTE


def _told(engine: Engine) -> Engine:
    """Customers 1 to 3 were told at T0, 2 shares the phone of 1; a holding word came 7 minutes late, which reached
    3 and not 1."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        add_customer(connection, 2, "HYD0004", phone=hyderabad.phone(1))
        add_customer(connection, 3, "HYD0004")
        add_customer(connection, 4, "HYD0000")
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        lapse_all(connection, DUE + MINUTE)
        hyderabad.speak_next(connection, HOLDING, LATE, lost=[1])
    return engine


told, told_small = fixtures(_told)


def test_every_promise_says_what_became_of_it_by_how_much_and_why(told: Engine) -> None:
    with reading(told) as connection:
        first, second = promised(connection, incident=FIRST)
    assert (first.kind, first.made_in, first.due_at, first.state) == ("next_update", 1, DUE, "broken")
    assert (first.late_by, first.reason, first.answered_by) == (7 * MINUTE, "spoken_late", 2)
    assert (second.state, second.due_at, second.answered_by) == ("open", LATE + BOOK.next_update_every, None)


def test_what_is_due_and_what_was_broken_can_be_asked_for(told: Engine) -> None:
    with reading(told) as connection:
        assert [one.made_in for one in promised(connection, which=Which.DUE)] == [2]
        assert [one.made_in for one in promised(connection, which=Which.BROKEN)] == [1]


def test_a_customers_ledger_holds_the_promises_of_what_was_handed_over_to_them(told: Engine) -> None:
    with reading(told) as connection:
        made = {
            who: [one.made_in for one in promised(connection, customer=who)] for who in ("C1", "C3", "C4")
        }
    assert made == {"C1": [1], "C3": [1, 2], "C4": []}


def test_it_says_whether_the_word_that_settled_a_promise_came_to_them(told: Engine) -> None:
    with reading(told) as connection:
        [given] = promised(connection, customer="C1")
    assert (given.answered_by, given.heard.split(":")[0]) == (2, "failed")
    with writing(told) as connection:
        connection.execute(update(t.delivery).where(t.delivery.c.notice_id == 2).values(reason="no_receipt"))
        assert promised(connection, customer="C1")[0].heard == "failed: no_receipt"


def test_whoever_shares_the_phone_was_given_the_same_promises(told: Engine) -> None:
    with reading(told) as connection:
        [given] = promised(connection, customer="C2")
    assert given.made_in == 1


def test_a_customer_who_heard_the_word_sees_when(told: Engine) -> None:
    with writing(told) as connection:
        hyderabad.speak_next(connection, HOLDING, LATE + timedelta(minutes=20))
        given = promised(connection, customer="C3")
    heard = [LATE, LATE + timedelta(minutes=20)]
    assert [one.heard for one in given] == [*(f"sms {at:%Y-%m-%d %H:%M} UTC" for at in heard), ""]


@pytest.mark.parametrize("asked", [{"incident": "INC-2026-0099"}, {"customer": "C99"}])
def test_nobodys_promises_are_not_found(told_small: Engine, asked: dict[str, str]) -> None:
    with reading(told_small) as connection, pytest.raises(NotFound):
        promised(connection, **asked)  # type: ignore[arg-type]
