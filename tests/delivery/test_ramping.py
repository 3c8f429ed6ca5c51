"""A large notice leaves in waves; one that fails too much waits for a person, and not for ever."""

from dataclasses import replace
from datetime import datetime, timedelta

import hyderabad
import pytest
from hyderabad import FIRST, MINUTE, T0, add_customer, phone
from sqlalchemy import Connection, Engine, func, insert, select, update

from tellfirst.delivery import halting, ramping
from tellfirst.delivery.intending import intend
from tellfirst.delivery.leasing import lease
from tellfirst.delivery.readying import ready
from tellfirst.delivery.standing import open_chunks, standing
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.ramp import Canary
from tellfirst.notices.concluding import conclude_all
from tellfirst.notices.telling import tell_first
from tellfirst.store import playbook_copy
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

INCIDENT, COUNT = 1, 2_300
SECOND = timedelta(seconds=1)


@pytest.fixture
def large(engine: Engine) -> Engine:
    """A first word to 2 300 phones, with a canary above 1 000."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004", priority=5)
        for key in range(2, COUNT + 1):
            row = {"id": key, "reference": f"C{key}", "status": "active", "language": "en"}
            connection.execute(
                insert(t.customer).values(**row, zone="Asia/Kolkata", phone=phone(key), priority=key == COUNT)
            )
        service = {"element_id": "site:HYD0004", "kind": "mobile", "status": "active"}
        rows = [{"customer_id": key, **service} for key in range(2, COUNT + 1)]
        connection.execute(insert(t.service), rows)
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0004")))
        book = replace(hyderabad.BOOK, canary=Canary(1_000, 0.05))
        connection.execute(update(t.incident).values(playbook=playbook_copy.to_json(book)))
        hyderabad.strike(connection, "HYD0004")
        tell_first(connection, FIRST, hyderabad.voice(T0))
    return engine


def _chunks(connection: Connection) -> list[tuple[int, int, int]]:
    """Wave, part and number of messages of each chunk."""
    c, d = t.chunk.c, t.delivery.c
    rows = select(c.wave, c.part, func.count()).join(t.delivery, d.chunk_id == c.id)
    return [tuple(row) for row in connection.execute(rows.group_by(c.id).order_by(c.id))]


def _send(connection: Connection, wave: int, at: datetime, *, failed: int = 0, receipts: bool = True) -> None:
    """All of a wave is offered at `at`; the first `failed` of it are refused."""
    c, d = t.chunk.c, t.delivery
    ids = list(connection.scalars(select(c.id).where(c.wave == wave)))
    mine = d.c.chunk_id.in_(ids)
    bad = list(connection.scalars(select(d.c.id).where(mine).order_by(d.c.id).limit(failed)))
    connection.execute(update(d).where(mine).values(state="sending", try_count=1))
    refused = {"state": "failed", "reason": "refused_by_carrier", "final_at": at}
    connection.execute(update(d).where(d.c.id.in_(bad)).values(refused))
    connection.execute(update(d).where(mine, d.c.state == "sending").values(state="sent", handed_over_at=at))
    if receipts:
        connection.execute(update(d).where(mine, d.c.state == "sent").values(state="delivered"))
    connection.execute(update(t.chunk).where(c.id.in_(ids)).values(done_at=at))


def _open_waves(connection: Connection, wall: datetime) -> set[int]:
    ids = [chunk for chunk, _ in open_chunks(connection, INCIDENT, wall)]
    return set(connection.scalars(select(t.chunk.c.wave).where(t.chunk.c.id.in_(ids))))


def test_one_in_a_hundred_comes_first_then_ten_times_as_many_and_priority_before_all(large: Engine) -> None:
    with writing(large) as connection:
        assert _chunks(connection) == [(0, 1, 23), (1, 2, 230), (2, 3, 1_000), (2, 4, 1_000), (2, 5, 47)]
        d, c = t.delivery.c, t.chunk.c
        wave = select(d.id, c.wave).join(t.chunk, c.id == d.chunk_id).where(d.customer_id.in_((1, COUNT)))
        assert [tuple(row) for row in connection.execute(wave.order_by(d.id))] == [(1, 0), (2, 0)]


def test_each_wave_waits_until_the_one_before_is_settled(large: Engine) -> None:
    with writing(large) as connection:
        assert _open_waves(connection, T0) == {0}
        _send(connection, 0, T0)
        assert _open_waves(connection, T0) == {1}
        _send(connection, 1, T0 + MINUTE, receipts=False)
        assert _open_waves(connection, T0 + MINUTE + 59 * SECOND) == set()
        assert standing(connection, INCIDENT, T0 + MINUTE).sends_in == MINUTE
        assert _open_waves(connection, T0 + 2 * MINUTE) == {2}


def test_while_the_canary_is_put_off_nothing_of_the_rest_leaves(large: Engine) -> None:
    with writing(large) as connection:
        connection.execute(update(t.chunk).where(t.chunk.c.wave == 0).values(due_at=T0 + 2 * MINUTE, fence=1))
        assert _open_waves(connection, T0 + MINUTE) == set()


def test_a_canary_that_fails_halts_the_rest_and_says_why(large: Engine) -> None:
    with writing(large) as connection:
        _send(connection, 0, T0, failed=5)
        assert ready(connection, INCIDENT, T0, T0) == []
        [halt] = halting.halted(connection, INCIDENT)
        assert (halt.sequence, halt.reason, halt.ends_at) == (1, "failure_rate", T0 + 30 * MINUTE)
        e = t.incident_entry.c
        noted = connection.execute(select(e.reason, e.details).where(e.topic == "halt")).one()
        assert noted.reason == "failure_rate"
        assert noted.details["tally"] == {"offered": 23, "failed": 5, "unwritable": 0}
        assert standing(connection, INCIDENT, T0).sends_in is None


@pytest.mark.parametrize(("failed", "stops"), [(115, False), (120, True)])
def test_the_failure_rate_is_watched_to_the_end(large: Engine, failed: int, stops: bool) -> None:
    with writing(large) as connection:
        for wave in (0, 1):
            _send(connection, wave, T0)
        _send(connection, 2, T0, failed=failed)
        connection.execute(update(t.chunk).where(t.chunk.c.part == 5).values(done_at=None))
        chunk = connection.execute(select(t.chunk.c.id).where(t.chunk.c.part == 3)).scalar_one()
        assert ramping.watch_chunk(connection, chunk, T0) == stops


def test_a_worker_in_the_middle_of_a_chunk_leaves_the_rest_of_it_when_the_notice_is_halted(
    large: Engine,
) -> None:
    with writing(large) as connection:
        held = lease(connection, 1, T0)
        assert held is not None
        assert len(intend(connection, held, 5, T0, T0)) == 5
        connection.execute(update(t.notice).values(halted_at=T0, halted_reason="failure_rate"))
        assert intend(connection, held, 5, T0, T0) == []
        d = t.delivery.c
        states = select(d.state, func.count()).where(d.chunk_id == 1).group_by(d.state)
        assert dict(connection.execute(states).tuples().all()) == {"pending": 18, "sending": 5}


def test_a_person_lets_it_go_on_and_the_same_failures_stop_it_no_second_time(large: Engine) -> None:
    with writing(large) as connection:
        _send(connection, 0, T0, failed=5)
        ready(connection, INCIDENT, T0, T0)
        assert halting.resume(connection, FIRST, T0 + MINUTE, "asha") == [1]
        assert _open_waves(connection, T0 + MINUTE) == {1}
        assert ramping.watch(connection, INCIDENT, T0 + MINUTE) == []
        with pytest.raises(RuleBroken, match="no notice of INC-2026-0001 is halted"):
            halting.resume(connection, FIRST, T0 + MINUTE, "asha")


def test_a_person_cancels_it_and_what_was_promised_before_is_still_owed(large: Engine) -> None:
    with writing(large) as connection:
        _send(connection, 0, T0, failed=5)
        ready(connection, INCIDENT, T0, T0)
        assert halting.cancel(connection, FIRST, T0 + MINUTE, T0 + MINUTE, "asha") == [1]
        d = t.delivery.c
        left = select(d.state, d.reason, func.count()).where(d.state.in_(("pending", "cancelled")))
        assert [tuple(row) for row in connection.execute(left.group_by(d.state, d.reason))] == [
            ("cancelled", "halted", COUNT - 23)
        ]
        assert conclude_all(connection, INCIDENT, T0 + MINUTE) == 1
        assert list(connection.scalars(select(t.promise.c.state))) == ["open"]


def test_when_nobody_comes_the_rest_is_cancelled_as_its_word_is_due_and_the_next_one_is_said(
    large: Engine,
) -> None:
    with writing(large) as connection:
        _send(connection, 0, T0, failed=5)
        ready(connection, INCIDENT, T0, T0)
        due = T0 + 30 * MINUTE
        assert len(ready(connection, INCIDENT, due, due)) == 4
        held = lease(connection, 2, due)
        assert held is not None
        assert intend(connection, held, 50, due, due) == []
        d = t.delivery.c
        reasons = select(d.reason, func.count()).where(d.chunk_id == 2).group_by(d.reason)
        assert dict(connection.execute(reasons).tuples().all()) == {"halted": 230}


def test_an_all_clear_goes_on_when_nobody_comes(large: Engine) -> None:
    with writing(large) as connection:
        words = {"occasion": "restored", "whom": "back", "next_update_at": None}
        connection.execute(update(t.notice).values(**words, halted_at=T0, halted_reason="failure_rate"))
        assert ready(connection, INCIDENT, T0 + 29 * MINUTE, T0) == []
        ready(connection, INCIDENT, T0 + 30 * MINUTE, T0)
        assert halting.halted(connection, INCIDENT) == []
        assert _open_waves(connection, T0) == {0}


def test_fifty_one_texts_that_cannot_be_written_halt_even_a_small_notice(engine: Engine) -> None:
    with writing(engine) as connection:
        hyderabad.build(connection)
        for key in range(1, 61):
            add_customer(connection, key, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
        tell_first(connection, FIRST, hyderabad.voice(T0))
        d = t.delivery
        some = select(d.c.id).order_by(d.c.id).limit(51)
        unwritable = {"state": "failed", "reason": "unwritable", "final_at": T0}
        connection.execute(update(d).where(d.c.id.in_(some)).values(unwritable))
        assert ramping.watch(connection, INCIDENT, T0) == [1]
