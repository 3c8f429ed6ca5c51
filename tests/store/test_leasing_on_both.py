"""Leases in SQL: one holder at a time, a fence that only rises, and nothing lost with a dead worker."""

from datetime import timedelta

import pytest
import town
from sqlalchemy import Engine, insert, update

from tellfirst.delivery.leasing import lease, reap, release, renew
from tellfirst.delivery.terms import TERMS
from tellfirst.domain.occasion import Occasion
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

WALL = town.T0
CHUNK = 1
LATER = timedelta(minutes=1)


@pytest.fixture
def chunked(engine: Engine) -> Engine:
    """One chunk with deliveries 1 (pending) and 2 (sending, under a fence before it)."""
    with writing(engine) as connection:
        town.build(connection)
        town.strike(connection, "north-1")
        notice_id = town.add_notice(connection, 1, Occasion.FIRST_WORD)
        connection.execute(insert(t.chunk).values(notice_id=notice_id, channel="sms", due_at=WALL))
        for customer_id, state in ((1, "pending"), (2, "sending")):
            town.add_delivery(connection, notice_id, customer_id, Occasion.FIRST_WORD, state, chunk_id=CHUNK)
    return engine


def _states(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as connection:
        return town.rows(connection, t.delivery, "state", "reason")


def test_a_chunk_has_one_holder_until_its_lease_and_the_clocks_difference_have_passed(
    chunked: Engine,
) -> None:
    ends_at = WALL + TERMS.lease_for
    with writing(chunked) as connection:
        held = lease(connection, CHUNK, WALL)
        assert held is not None
        assert (held.chunk_id, held.channel, held.fence, held.until) == (CHUNK, "sms", 1, ends_at)
        assert lease(connection, CHUNK, ends_at + TERMS.skew) is None
        taken_over = lease(connection, CHUNK, ends_at + TERMS.skew + timedelta(microseconds=1))
        assert taken_over is not None
        assert taken_over.fence == 2


def test_only_the_present_holder_can_renew_or_give_back(chunked: Engine) -> None:
    with writing(chunked) as connection:
        old = lease(connection, CHUNK, WALL)
        new = lease(connection, CHUNK, WALL + timedelta(hours=1))
        assert old is not None
        assert new is not None
        assert renew(connection, old, WALL) is None
        release(connection, old, WALL, LATER)
        renewed = renew(connection, new, WALL + timedelta(hours=2))
        assert renewed is not None
        assert renewed.until == WALL + timedelta(hours=2) + TERMS.lease_for
    with reading(chunked) as connection:
        assert town.rows(connection, t.chunk, "fence", "lease_until") == [(2, renewed.until)]


def test_a_chunk_given_back_with_something_pending_is_due_again(chunked: Engine) -> None:
    with writing(chunked) as connection:
        held = lease(connection, CHUNK, WALL)
        assert held is not None
        assert release(connection, held, WALL, LATER) is False
    with reading(chunked) as connection:
        assert town.rows(connection, t.chunk, "lease_until", "due_at", "done_at") == [
            (None, WALL + LATER, None)
        ]


def test_a_chunk_with_nothing_pending_is_done_and_cannot_be_leased_again(chunked: Engine) -> None:
    with writing(chunked) as connection:
        held = lease(connection, CHUNK, WALL)
        assert held is not None
        connection.execute(update(t.delivery).values(state="sent"))
        assert release(connection, held, WALL, LATER) is True
        assert lease(connection, CHUNK, WALL + timedelta(days=1)) is None
    with reading(chunked) as connection:
        assert town.rows(connection, t.chunk, "lease_until", "due_at", "done_at") == [(None, WALL, WALL)]


def test_what_a_dead_worker_may_have_sent_is_unknown_and_the_rest_stays_pending(chunked: Engine) -> None:
    with writing(chunked) as connection:
        until = WALL + TERMS.lease_for
        connection.execute(update(t.chunk).values(fence=1, lease_until=until))
        assert reap(connection, until + TERMS.skew) == 0
        assert reap(connection, until + TERMS.skew + timedelta(microseconds=1)) == 1
    assert _states(chunked) == [("pending", "affected"), ("unknown", "worker_lost")]


def test_whoever_takes_a_chunk_over_doubts_the_calls_of_the_holder_before(chunked: Engine) -> None:
    with writing(chunked) as connection:
        assert lease(connection, CHUNK, WALL) is not None
    assert _states(chunked) == [("pending", "affected"), ("unknown", "worker_lost")]
    with reading(chunked) as connection:
        assert town.rows(connection, t.delivery, "look_up_at")[1] == (WALL + TERMS.look_up_after,)


def test_a_chunk_is_not_done_while_a_call_of_it_is_open(chunked: Engine) -> None:
    with writing(chunked) as connection:
        held = lease(connection, CHUNK, WALL)
        assert held is not None
        connection.execute(update(t.delivery).where(t.delivery.c.id == 1).values(state="sending"))
        assert release(connection, held, WALL, LATER) is False


def test_a_lease_that_a_clock_set_back_made_long_is_cut_to_its_full_length(chunked: Engine) -> None:
    hour_ahead = WALL + timedelta(hours=1)
    with writing(chunked) as connection:
        held = lease(connection, CHUNK, hour_ahead)
        assert held is not None
        reap(connection, WALL)
        assert lease(connection, CHUNK, WALL + TERMS.lease_for) is None
        later = WALL + TERMS.lease_for + 2 * TERMS.skew + timedelta(microseconds=1)
        assert lease(connection, CHUNK, later) is not None
