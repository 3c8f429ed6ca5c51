"""What the suite demands of the ledger, each as one run on the bench: it raises AssertionError when it is not so.

tests/delivery/test_demands.py runs each on the real code, tests/delivery/test_mutants.py on code with a known fault.
"""

from collections import deque
from datetime import timedelta

from bench import LEASE_IS_OVER, Bench, Fate
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from tellfirst.carriers.port import Outbound, ReceiptState
from tellfirst.delivery import leasing, planning, pumping
from tellfirst.delivery.intending import intend
from tellfirst.delivery.terms import TERMS
from tellfirst.detect.causes import clear_cause
from tellfirst.domain.audience import Whom
from tellfirst.domain.delivery import Doubt, StopEffect
from tellfirst.domain.facts import Cause
from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.promise import PromiseState
from tellfirst.notices.following import follow_up
from tellfirst.notices.words import say
from tellfirst.proof import town
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.surveys.asking import ask


def what_was_fetched_before_a_kill_is_sent_after_it(bench: Bench) -> None:
    bench.killed_at("lease: committed")
    bench.turn(LEASE_IS_OVER)
    bench.assert_sound()
    assert sum(bench.account.accepted.values()) == town.FEW


def a_living_worker_is_not_rescued(bench: Bench) -> None:
    held, ids = _window(bench)
    with writing(bench.engine) as connection:
        leasing.reap(connection, bench.now() + timedelta(seconds=10))
    assert all(bench.states()[key][0] == "sending" for key in ids)
    assert held.fence == 1


def only_the_refused_of_a_window_are_sent_again(bench: Bench) -> None:
    bench.account.fates = deque([Fate.ACCEPTED, Fate.ACCEPTED, Fate.AGAIN])
    bench.assert_sound()


def a_chunk_has_one_holder(bench: Bench) -> None:
    with writing(bench.engine) as connection:
        assert leasing.lease(connection, _chunk(bench), bench.now()) is not None
    with writing(bench.engine) as connection:
        assert leasing.lease(connection, _chunk(bench), bench.now()) is None


def what_a_dead_worker_held_is_not_swept_away(bench: Bench) -> None:
    bench.killed_at("intend: judged, not committed")
    bench.turn(LEASE_IS_OVER)
    bench.assert_sound()
    assert sum(bench.account.accepted.values()) == town.FEW


def a_message_counts_as_sent_only_when_a_carrier_took_it(bench: Bench) -> None:
    bench.account.fates = deque([Fate.AGAIN, Fate.REFUSED])
    bench.assert_sound()


def a_lost_answer_is_looked_up_before_anything_is_sent_again(bench: Bench) -> None:
    bench.account.fates = deque([Fate.ACCEPTED_AND_LOST])
    bench.assert_sound()


def a_worker_that_was_stopped_past_its_lease_calls_nobody(bench: Bench) -> None:
    """Stopped between intent and call: another takes over, asks, sends again; then the first goes on."""

    def stop(_: Outbound) -> None:
        bench.account.before_call = lambda _: None
        bench.turn(LEASE_IS_OVER)
        bench.run_until_done_in_another_thread()

    bench.account.before_call = stop
    bench.assert_sound()


def a_notice_planned_twice_is_one_message_each(bench: Bench) -> None:
    with reading(bench.engine) as connection:
        notice = connection.execute(select(t.notice)).one()
    again = (
        notice.id,
        notice.incident_id,
        Occasion.FIRST_WORD,
        Whom.NEWLY_AFFECTED,
        bench.now(),
        bench.now(),
    )
    try:
        with writing(bench.engine) as connection:
            planning.plan(connection, *again)
    except IntegrityError:
        pass
    d = t.delivery.c
    with reading(bench.engine) as connection:
        counts = connection.execute(select(d.customer_id, func.count()).group_by(d.customer_id))
        assert {row[1] for row in counts} == {1}


def a_receipt_never_lowers_a_state(bench: Bench) -> None:
    bench.round()
    key = min(bench.states())
    bench.receive(key, ReceiptState.DELIVERED)
    bench.receive(key, ReceiptState.SENT)
    assert bench.states()[key][0] == "delivered"


def no_word_of_the_outage_leaves_after_the_all_clear(bench: Bench) -> None:
    _restore(bench)
    bench.assert_sound()
    first = bench.states(Occasion.FIRST_WORD)
    assert not any(bench.account.accepted[key] for key in first)
    assert {state for state, _ in first.values()} == {"cancelled"}


def a_word_that_is_hours_late_is_not_sent(bench: Bench) -> None:
    bench.turn(town.BOOK.next_update_every + timedelta(hours=1))
    bench.assert_sound()
    assert sum(bench.account.accepted.values()) == 0
    assert set(bench.states().values()) == {("cancelled", "stale")}


def nobody_is_asked_who_was_not_told(bench: Bench) -> None:
    """The survey is planned while the all-clear is still in the books and no carrier has it."""
    bench.run_until_done()
    _restore(bench)
    with writing(bench.engine) as connection:
        ask(connection, town.REFERENCE, bench.voice())
    bench.assert_sound()
    asked = bench.states(Occasion.SURVEY)
    assert asked
    assert not any(bench.account.accepted[key] for key in asked)


def a_word_that_came_late_is_recorded_as_late(bench: Bench) -> None:
    bench.run_until_done()
    bench.turn(town.BOOK.next_update_every + timedelta(minutes=10))
    with writing(bench.engine) as connection:
        say(connection, town.REFERENCE, author="asha", now=bench.now(), cause=Cause.FIBRE_CUT)
        due = Take(Step.FOLLOW_UP, "engineers_spoke", Occasion.UPDATE)
        follow_up(connection, town.REFERENCE, due, bench.voice())
    bench.run_until_done()
    p = t.promise.c
    with reading(bench.engine) as connection:
        first = connection.execute(select(p.state, p.late_by_seconds).order_by(p.id)).first()
    assert first is not None
    assert first.state == PromiseState.BROKEN
    assert first.late_by_seconds >= 600


def whoever_dies_while_asking_is_followed_by_another_who_asks(bench: Bench) -> None:
    bench.account.fates = deque([Fate.LOST])
    bench.round()
    bench.turn(TERMS.look_up_after + timedelta(seconds=1))
    bench.killed_at("reconcile: asked, not written")
    bench.assert_sound()
    assert sum(bench.account.accepted.values()) == town.FEW


def what_a_dead_worker_was_sending_is_in_doubt_for_the_next_one(bench: Bench) -> None:
    bench.killed_at("intend: committed")
    bench.turn(LEASE_IS_OVER)
    with writing(bench.engine) as connection:
        assert leasing.lease(connection, _first_chunk(bench), bench.now()) is not None
    assert "sending" not in {state for state, _ in bench.states().values()}


def absence_speaks_only_of_the_call_that_was_asked_about(bench: Bench) -> None:
    """Stopped after asking; meanwhile another sends again, and that answer is lost too, though it was accepted."""
    bench.account.fates = deque([Fate.LOST])
    bench.round()
    bench.turn(TERMS.look_up_after + timedelta(seconds=1))

    def stop() -> None:
        bench.account.after_asking = lambda: None
        bench.account.fates = deque([Fate.ACCEPTED_AND_LOST])
        bench.round_in_another_thread()
        bench.round_in_another_thread()

    bench.account.after_asking = stop
    bench.round()
    bench.assert_sound()


def a_message_sent_again_in_doubt_is_not_called_unsent_when_it_is_stopped(bench: Bench) -> None:
    """Its first call may have been accepted: whoever has it must still hear that it is over."""
    _at_least_once(bench)
    bench.account.fates = deque([Fate.ACCEPTED_AND_LOST])
    bench.account.answers_lookups = False
    bench.round()
    bench.turn(TERMS.look_up_after + timedelta(seconds=1))
    pumping.settle_doubts(bench.pump(), 1)
    key = next(iter(bench.account.accepted))
    assert bench.states()[key] == ("pending", "sent_again_in_doubt")
    with writing(bench.engine) as connection:
        stop = {"effect": StopEffect.CANCEL, "reason": "test", "actor": "asha", "at": bench.now()}
        connection.execute(insert(t.stop).values(**stop))
    bench.run_until_done()
    assert bench.states()[key] == ("unconfirmed", "stopped")


def a_message_sent_again_in_doubt_is_not_called_failed_when_it_is_refused(bench: Bench) -> None:
    _at_least_once(bench)
    bench.account.fates = deque([Fate.ACCEPTED_AND_LOST])
    bench.account.answers_lookups = False
    bench.round()
    bench.turn(TERMS.look_up_after + timedelta(seconds=1))
    bench.account.fates = deque([Fate.REFUSED])
    bench.run_until_done()
    key = next(iter(bench.account.accepted))
    assert bench.states()[key] == ("unconfirmed", "contact_point_refused")


def _at_least_once(bench: Bench) -> None:
    with writing(bench.engine) as connection:
        connection.execute(update(t.notice).values(doubt=Doubt.AT_LEAST_ONCE))


def _window(bench: Bench) -> tuple[leasing.Lease, list[int]]:
    with writing(bench.engine) as connection:
        held = leasing.lease(connection, _chunk(bench), bench.now())
        assert held is not None
        window = intend(connection, held, 2, bench.now(), bench.now(), "bench")
    return held, [one.delivery_id for one in window]


def _chunk(bench: Bench) -> int:
    """The texts'."""
    c = t.chunk.c
    with reading(bench.engine) as connection:
        return int(connection.execute(select(func.min(c.id)).where(c.channel == "sms")).scalar_one())


def _first_chunk(bench: Bench) -> int:
    with reading(bench.engine) as connection:
        return int(connection.execute(select(func.min(t.chunk.c.id))).scalar_one())


def _restore(bench: Bench) -> None:
    with writing(bench.engine) as connection:
        it = incidents.by_reference(connection, town.REFERENCE)
        gone_at = bench.now() - town.QUIET_FOR
        clear_cause(connection, it.id, town.SITE, gone_at, reason="engineer_says_so", actor="asha")
        due = Take(Step.FOLLOW_UP, "quiet_long_enough", Occasion.RESTORED)
        follow_up(connection, town.REFERENCE, due, bench.voice())
