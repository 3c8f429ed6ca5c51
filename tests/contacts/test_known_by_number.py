"""Who writes from this number, and what hits them: shared phones, old numbers, several incidents."""

import hyderabad
from hyderabad import BOOK, MINUTE, SECOND, T0, add_customer, all_clear, phone
from sqlalchemy import Engine

from tellfirst.audience.matching import match
from tellfirst.contacts.callers import By, Caller
from tellfirst.contacts.standing import Known, known_to
from tellfirst.detect.causes import open_cause
from tellfirst.detect.opening import open_by_hand
from tellfirst.detect.weighing import weigh
from tellfirst.domain.impact import Impact
from tellfirst.notices.telling import tell_first
from tellfirst.store.engine import writing

CERTAIN = T0 + MINUTE + BOOK.quiet_for
SHARED = phone(1)


def by_number(number: str) -> Caller:
    return Caller(By.TELEPHONE, number)


def test_a_number_nobody_has_is_nobodys(small_city: Engine) -> None:
    with writing(small_city) as connection:
        assert known_to(connection, by_number("+15005550006"), T0) == Known()


def test_of_a_shared_phone_the_one_who_is_hit_is_meant_even_if_another_comes_first(
    small_city: Engine,
) -> None:
    """Answering "we know of nothing" to the household of a customer without service would be untrue."""
    with writing(small_city) as connection:
        add_customer(connection, 1, "HYD0000", phone=SHARED, priority=5)
        add_customer(connection, 2, "HYD0004", phone=SHARED, language="te")
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        known = known_to(connection, by_number(SHARED), T0)
        assert (known.customer_id, known.incident_id, known.language) == (2, 1, "te")
        assert known.facts is not None


def test_of_a_shared_phone_whose_owners_are_all_hit_the_first_is_meant(small_city: Engine) -> None:
    with writing(small_city) as connection:
        for key, priority in ((1, 0), (2, 5), (3, 5)):
            add_customer(connection, key, "HYD0004", phone=SHARED, priority=priority)
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        assert known_to(connection, by_number(SHARED), T0).customer_id == 2


def test_a_number_passed_on_is_its_new_owners(small_city: Engine) -> None:
    with writing(small_city) as connection:
        add_customer(connection, 1, "HYD0000", phone=SHARED, status="left", language="ur", priority=9)
        add_customer(connection, 2, "HYD0000", phone=SHARED, language="te")
        known = known_to(connection, by_number(SHARED), T0)
        assert (known.customer_id, known.language) == (2, "te")


def test_the_worst_trouble_comes_first(small_city: Engine) -> None:
    """A household with one phone, on two sites; the newer incident is the lesser one."""
    with writing(small_city) as connection:
        add_customer(connection, 1, "HYD0004", phone=SHARED)
        add_customer(connection, 2, "HYD0000", phone=SHARED)
        hyderabad.strike(connection, "HYD0004")
        open_by_hand(connection, ["site:HYD0000"], BOOK, Impact.DEGRADED, T0, T0, "ravi")
        weigh(connection, SECOND, T0)
        match(connection, SECOND, T0)
        known = known_to(connection, by_number(SHARED), T0)
        assert (known.customer_id, known.incident_id, known.impact) == (1, 1, "down")


def test_what_goes_on_comes_before_what_is_over_even_if_that_was_worse(small_city: Engine) -> None:
    with writing(small_city) as connection:
        add_customer(connection, 1, "HYD0004", "HYD0000")
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        hyderabad.mend(connection, "HYD0004", now=T0 + MINUTE)
        all_clear(connection, CERTAIN)
        assert known_to(connection, by_number(phone(1)), T0).over is True
        open_by_hand(connection, ["site:HYD0000"], BOOK, Impact.DEGRADED, CERTAIN, CERTAIN, "ravi")
        weigh(connection, SECOND, CERTAIN)
        match(connection, SECOND, CERTAIN)
        tell_first(connection, SECOND, hyderabad.voice(CERTAIN))
        known = known_to(connection, by_number(phone(1)), T0)
        assert (known.incident_id, known.over, known.impact) == (2, False, "degraded")
        assert known.facts is not None
        assert known.facts.reference == SECOND


def test_the_impact_is_the_customers_own(small_city: Engine) -> None:
    with writing(small_city) as connection:
        add_customer(connection, 1, "HYD0000")
        add_customer(connection, 2, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
        open_cause(connection, 1, "hub:Hyderabad-Kukatpally", Impact.DEGRADED, T0, T0)
        match(connection, hyderabad.FIRST, T0)
        assert [known_to(connection, by_number(phone(key)), T0).impact for key in (1, 2)] == [
            "degraded",
            "down",
        ]


def test_who_is_only_at_risk_has_nothing_to_be_told(small_city: Engine) -> None:
    with writing(small_city) as connection:
        add_customer(connection, 1, "HYD0000")
        add_customer(connection, 2, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
        open_cause(connection, 1, "core:A", Impact.DOWN, T0, T0)
        match(connection, hyderabad.FIRST, T0)
        known = [known_to(connection, by_number(phone(key)), T0) for key in (1, 2)]
        assert [(one.customer_id, one.incident_id) for one in known] == [(1, None), (2, 1)]
