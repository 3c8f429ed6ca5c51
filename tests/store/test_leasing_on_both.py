"""Leases in SQL: one holder at a time, a fence that only rises, and nothing lost with a dead worker."""

from datetime import timedelta

import pytest
import town
from sqlalchemy import Engine, insert, update

from tellfirst.delivery.leasing import LEASE_FOR, SKEW, lease, reap, release, renew
from tellfirst.domain.occasion import Occasion
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

WALL = town.T0
CHUNK = 1
LATER = timedelta(minutes=1)


@pytest.fixture
def chunked(engine: Engine) -> Engine:
    """One chunk with deliveries 1 (pending) and 2 (sending)."""
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
    ends_at = WALL + LEASE_FOR
    with writing(chunked) as connection:
        held = lease(connection, CHUNK, WALL)
        assert held is not None
        assert (held.chunk_id, held.channel, held.fence, held.until) == (CHUNK, "sms", 1, ends_at)
        assert lease(connection, CHUNK, ends_at + SKEW) is None
        taken_over = lease(connection, CHUNK, ends_at + SKEW + timedelta(microseconds=1))
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
        assert renewed.until == WALL + timedelta(hours=2) + LEASE_FOR
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
        held = lease(connection, CHUNK, WALL)
        assert held is not None
        assert reap(connection, held.until + SKEW) == 0
        assert reap(connection, held.until + SKEW + timedelta(microseconds=1)) == 1
    assert _states(chunked) == [("pending", "affected"), ("unknown", "worker_lost")]
