"""Who is back for certain, part by part; the incident is over only when nobody waits any more."""

from datetime import timedelta

import hyderabad
import pytest
from hyderabad import BOOK, FIRST, MINUTE, T0, rows
from sqlalchemy import Engine, update

from tellfirst.audience.verifying import Verified, verify
from tellfirst.domain.incident import Stage
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

BACK = T0 + MINUTE
CERTAIN = BACK + BOOK.quiet_for


def test_a_part_that_is_back_frees_only_those_nothing_else_still_hits(told: Engine) -> None:
    with writing(told) as connection:
        hyderabad.mend(connection, "HYD0004", now=BACK)
        assert verify(connection, FIRST, BOOK.quiet_for, CERTAIN) == Verified(1, 2, 1)
        assert rows(connection, t.audience, "customer_id", "over_at") == [(1, CERTAIN), (2, None), (3, None)]
        hyderabad.mend(connection, "HYD0005", now=CERTAIN)
        later = CERTAIN + BOOK.quiet_for
        assert verify(connection, FIRST, BOOK.quiet_for, later) == Verified(2, 0, 0)
        assert rows(connection, t.audience, "customer_id", "over_at") == [
            (1, CERTAIN),
            (2, later),
            (3, later),
        ]


def test_the_all_clear_for_a_part_goes_to_that_part_and_does_not_end_the_incident(told: Engine) -> None:
    with writing(told) as connection:
        hyderabad.mend(connection, "HYD0004", now=BACK)
        spoken = hyderabad.all_clear(connection, CERTAIN)
        assert spoken is not None
        d = t.delivery
        restored = rows(connection, d, "customer_id", "occasion")
        assert [customer for customer, occasion in restored if occasion == "restored"] == [1]
        assert hyderabad.incident(connection).stage is Stage.TOLD
        hyderabad.mend(connection, "HYD0005", now=CERTAIN)
        hyderabad.all_clear(connection, CERTAIN + BOOK.quiet_for)
        assert hyderabad.incident(connection).stage is Stage.VERIFIED
        restored = rows(connection, d, "customer_id", "occasion")
        assert [customer for customer, occasion in restored if occasion == "restored"] == [1, 2, 3]


@pytest.mark.parametrize(
    ("short_of", "expected"),
    [(timedelta(0), Verified(1, 2, 1)), (timedelta(microseconds=1), Verified(0, 3, 2))],
)
def test_a_cause_counts_as_gone_when_it_was_quiet_for_the_whole_span(
    told_small: Engine, short_of: timedelta, expected: Verified
) -> None:
    with writing(told_small) as connection:
        hyderabad.mend(connection, "HYD0004", now=BACK)
        assert verify(connection, FIRST, BOOK.quiet_for, CERTAIN - short_of) == expected


def test_a_cause_that_fired_again_in_between_is_not_gone(told_small: Engine) -> None:
    with writing(told_small) as connection:
        hyderabad.mend(connection, "HYD0004", now=BACK)
        again = hyderabad.alert("HYD0004", starts_at=BACK + MINUTE)
        hyderabad.post(connection, hyderabad.body(again), BACK + MINUTE)
        assert verify(connection, FIRST, BOOK.quiet_for, CERTAIN + MINUTE) == Verified(0, 3, 2)


def test_verifying_twice_frees_nobody_twice(told_small: Engine) -> None:
    with writing(told_small) as connection:
        hyderabad.mend(connection, "HYD0004", now=BACK)
        verify(connection, FIRST, BOOK.quiet_for, CERTAIN)
        assert verify(connection, FIRST, BOOK.quiet_for, CERTAIN + MINUTE) == Verified(0, 2, 1)
        assert rows(connection, t.audience, "over_at")[0] == (CERTAIN,)


def test_who_gave_up_the_service_meanwhile_waits_for_nothing(told_small: Engine) -> None:
    with writing(told_small) as connection:
        connection.execute(update(t.service).where(t.service.c.customer_id == 2).values(status="ended"))
        hyderabad.mend(connection, "HYD0004", now=BACK)
        assert verify(connection, FIRST, BOOK.quiet_for, CERTAIN) == Verified(2, 1, 1)


def test_what_was_verified_is_written_down_in_numbers(told_small: Engine) -> None:
    with writing(told_small) as connection:
        hyderabad.mend(connection, "HYD0004", now=BACK)
        verify(connection, FIRST, BOOK.quiet_for, CERTAIN)
        assert rows(connection, t.incident_entry, "at", "topic", "reason", "details")[-1] == (
            CERTAIN,
            "verified",
            "quiet_long_enough",
            {"cause_count": 1, "restored_count": 1, "waiting_count": 2},
        )
