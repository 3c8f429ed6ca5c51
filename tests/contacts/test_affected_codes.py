"""A code proves who holds a number: once, for ten minutes, five tries; and nobody is flooded or found out by it."""

from datetime import timedelta

import hyderabad
import pytest
from hyderabad import FIRST, MINUTE, T0, phone
from sqlalchemy import Engine, func, insert, select, update

from tellfirst.contacts import provoked
from tellfirst.contacts.affected import asking
from tellfirst.contacts.affected.codes import Codes, network_of, whole_number
from tellfirst.contacts.affected.standing import Affected, standing
from tellfirst.domain.errors import Refused
from tellfirst.domain.occasion import Locale
from tellfirst.domain.one_time_code import TRIES, WORKS_FOR, Limits
from tellfirst.domain.provoked import CEILINGS, Purpose
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

CODES = Codes("the secret of the tests")
KNOWN, STRANGER = phone(1), "+60123456789"
HERE = "203.0.113.7"
LIMITS = Limits()
KEY = b"key"


@pytest.fixture
def told(city: Engine) -> Engine:
    """Miyapur is down; customer 1 was told and customer 2 lives elsewhere."""
    with writing(city) as connection:
        hyderabad.add_customer(connection, 1, "HYD0004")
        hyderabad.add_customer(connection, 2, "HYD0008")
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
    return city


def ask(engine: Engine, number: str = KNOWN, network: str = HERE, now=T0, limits: Limits = LIMITS):
    with writing(engine) as connection:
        return asking.ask(connection, CODES, number, network, now, limits)


def send(engine: Engine, asked: asking.Question, now=T0) -> int | None:
    with writing(engine) as connection:
        return asking.send(connection, asked, f"Your code is {asked.code}.", "en", KEY, now)


def check(engine: Engine, asked: asking.Question, code: str, now=T0 + MINUTE):
    with writing(engine) as connection:
        return asking.check(connection, CODES, CODES.form(asked.id, asked.number), code, now)


def count(engine: Engine, table=t.affected_question) -> int:
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def wrong(asked: asking.Question) -> str:
    return f"{(int(asked.code) + 1) % 1_000_000:06}"


def test_the_right_code_proves_the_number_once(told: Engine) -> None:
    asked = ask(told)
    contact_id = send(told, asked)
    assert check(told, asked, asked.code) == (KNOWN, contact_id)
    assert check(told, asked, asked.code) is None


def test_a_code_works_for_ten_minutes(told: Engine) -> None:
    asked = ask(told)
    assert check(told, asked, asked.code, T0 + WORKS_FOR) is None
    assert check(told, asked, asked.code, T0 + WORKS_FOR - timedelta(seconds=1)) is not None


def test_after_five_wrong_tries_the_right_code_works_no_more(told: Engine) -> None:
    asked = ask(told)
    for _ in range(TRIES):
        assert check(told, asked, wrong(asked)) is None
    assert check(told, asked, asked.code) is None


def test_four_wrong_tries_leave_one(told: Engine) -> None:
    asked = ask(told)
    for _ in range(TRIES - 1):
        check(told, asked, wrong(asked))
    assert check(told, asked, asked.code) is not None


def test_the_books_hold_neither_number_nor_code_of_a_stranger(told: Engine) -> None:
    asked = ask(told, STRANGER)
    send(told, asked)
    with reading(told) as connection:
        row = connection.execute(select(t.affected_question)).one()
    kept = " ".join(str(value) for value in row)
    for secret in (STRANGER, STRANGER[1:], asked.code, HERE):
        assert secret not in kept
    assert count(told, t.contact) == 0


def test_a_code_is_kept_as_a_contact_with_an_answer_that_waits_to_be_sent(told: Engine) -> None:
    asked = ask(told)
    contact_id = send(told, asked)
    with reading(told) as connection:
        kept = connection.execute(select(t.contact).where(t.contact.c.id == contact_id)).one()
        answer = connection.execute(select(t.contact_answer)).one()
    assert (kept.channel, kept.address, kept.customer_id, kept.state) == ("web", KNOWN, 1, "answered")
    assert (answer.channel, answer.state, answer.try_at, answer.sent_at) == ("sms", "pending", None, None)
    assert asked.code in answer.body


@pytest.mark.parametrize("why", ["stranger", "opted out", "landline"])
def test_nothing_is_sent_where_nobody_we_know_takes_texts(told: Engine, why: str) -> None:
    with writing(told) as connection:
        if why == "opted out":
            connection.execute(
                insert(t.opt_out).values(channel="sms", address=KNOWN, at=T0, source="customer")
            )
        if why == "landline":
            connection.execute(update(t.customer).values(phone_landline=True))
    asked = ask(told, STRANGER if why == "stranger" else KNOWN)
    assert send(told, asked) is None
    assert count(told, t.contact_answer) == 0


@pytest.mark.parametrize("number", [KNOWN, STRANGER])
def test_a_number_is_asked_for_three_times_an_hour_known_or_not(told: Engine, number: str) -> None:
    for _ in range(LIMITS.by_number):
        ask(told, number)
    with pytest.raises(Refused) as refused:
        ask(told, number)
    assert (refused.value.reason, refused.value.status) == ("number_asked_too_often", 429)
    assert ask(told, number, now=T0 + timedelta(hours=1))


def test_an_address_asks_for_no_more_numbers_than_it_may(told: Engine) -> None:
    limits = Limits(by_address=4)
    for number in range(4):
        ask(told, phone(100 + number), limits=limits)
    with pytest.raises(Refused, match="too often") as refused:
        ask(told, phone(200), limits=limits)
    assert refused.value.reason == "address_asked_too_often"
    assert ask(told, phone(200), "198.51.100.1", limits=limits)


def test_all_together_get_no_more_codes_in_an_hour_than_we_would_pay_for(told: Engine) -> None:
    send(told, ask(told))
    with pytest.raises(Refused) as refused:
        ask(told, STRANGER, limits=Limits(sent=1))
    assert refused.value.reason == "too_many_codes_sent"


def test_a_number_gets_no_more_texts_than_it_may_however_many_questions_were_taken_at_once(
    told: Engine,
) -> None:
    taken = [ask(told, limits=Limits(by_number=9)) for _ in range(6)]
    sent = [send(told, one) for one in taken]
    assert sum(one is not None for one in sent) == LIMITS.by_number


def test_whoever_has_texted_us_much_still_gets_a_code(told: Engine) -> None:
    with writing(told) as connection:
        for _ in range(CEILINGS[Purpose.ANSWER].number + 1):
            provoked.withheld(connection, Purpose.ANSWER, KNOWN, KEY, T0)
    assert send(told, ask(told)) is not None


def test_a_strangers_number_counts_for_nothing_and_pages_nobody(told: Engine) -> None:
    """No text would leave, so nobody could make money of it."""
    for number in range(CEILINGS[Purpose.CODE].prefix + 5):
        send(told, ask(told, f"+882133{number:05d}", f"198.51.100.{number}"))
    assert count(told, t.provoked_text) == count(told, t.provoked_alarm) == 0


def test_a_code_that_works_no_more_is_hidden_and_one_that_waits_is_not_sent_any_more(told: Engine) -> None:
    asked = ask(told)
    send(told, asked)
    with writing(told) as connection:
        assert asking.hide_old(connection, T0 + WORKS_FOR - MINUTE) == 0
        assert asking.hide_old(connection, T0 + WORKS_FOR) == 1
        assert asking.hide_old(connection, T0 + WORKS_FOR) == 0
        answer = connection.execute(select(t.contact_answer)).one()
    assert (answer.state, answer.reason, answer.body) == ("failed", "code_works_no_more", asking.HIDDEN)


def test_questions_are_forgotten_after_a_day(told: Engine) -> None:
    ask(told)
    ask(told, STRANGER, now=T0 + timedelta(days=1, minutes=1))
    assert count(told) == 1


def test_a_form_that_was_changed_or_is_of_another_house_is_refused(told: Engine) -> None:
    asked = ask(told)
    for form in ("", "x", CODES.form(asked.id, KNOWN)[:-1], Codes("another").form(asked.id, KNOWN)):
        with writing(told) as connection, pytest.raises(Refused):
            asking.check(connection, CODES, form, asked.code, T0)


def test_the_code_of_one_number_proves_no_other(told: Engine) -> None:
    asked = ask(told, STRANGER)
    with writing(told) as connection:
        form = CODES.form(asked.id, KNOWN)
        assert asking.check(connection, CODES, form, asked.code, T0) is None


@pytest.mark.parametrize(
    ("number", "how", "reference"),
    [(phone(1), Affected.HIT, FIRST), (phone(2), Affected.NOT_HIT, ""), (STRANGER, Affected.NOT_HIT, "")],
)
def test_the_holder_of_a_number_reads_what_hits_their_services(
    told: Engine, number: str, how: Affected, reference: str
) -> None:
    with reading(told) as connection:
        found = standing(connection, number, Locale.URDU, T0)
    assert (found.how, found.reference, found.reader.locale) == (how, reference, "ur")


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+91 40 5555 0001", "+914055550001"),
        ("0091-40-5555-0001", "+914055550001"),
        ("  +60 12-345 6789 ", "+60123456789"),
        ("+౯౧ ౪౦ ౫౫౫౫ ౦౦౦౧", "+914055550001"),
        ("040 5555 0001", None),
        ("", None),
        ("<script>", None),
        ("+1", None),
        ("+" + "9" * 40, None),
    ],
)
def test_a_number_is_understood_as_people_write_it_and_only_when_it_is_whole(
    written: str, number: str | None
) -> None:
    assert whole_number(written) == number


def test_a_household_cannot_go_around_its_limit_with_the_many_addresses_of_ipv6() -> None:
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2:ffff::1")
    assert network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")
    assert network_of("203.0.113.7") == "203.0.113.7"
