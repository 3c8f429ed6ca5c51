"""What must hold, whatever happened: I1 to I8 of the ledger."""

from bench import LEASE_IS_OVER
from hypothesis.stateful import invariant
from sqlalchemy import Engine, func, select

from ledger_machine.hands import Hands
from tellfirst.delivery.intending import Addressed
from tellfirst.domain.delivery import MOVES, DeliveryReason, DeliveryState
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.promise import PromiseState
from tellfirst.proof.schedule import Policy
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.timelines.promises import lapse_all


class Invariants(Hands):
    """Looked at after every rule."""

    @invariant()
    def everybody_stays_in_the_books(self) -> None:
        """I1, and I8: each row stands where some move of the table leads, for a reason of that move."""
        reached = {(state, reason) for (_, state), reasons in MOVES.items() for reason in reasons}
        born = {("pending", "affected"), ("failed", "no_contact_point")}
        d = t.delivery.c
        with reading(self.bench.engine) as connection:
            per_notice = connection.execute(
                select(d.notice_id, func.count(), func.count(d.customer_id.distinct())).group_by(d.notice_id)
            ).all()
            rows = connection.execute(select(d.state, d.reason).where(d.try_count > 0)).all()
        assert per_notice
        assert per_notice[0][1] == self.members
        assert all(row[1] == row[2] for row in per_notice)
        for row in rows:
            place = (DeliveryState(row.state), DeliveryReason(row.reason))
            assert place in reached or (row.state, row.reason) in born, f"I8: {place}"

    @invariant()
    def nobody_is_told_twice_uncounted(self) -> None:
        """I2 and I3."""
        d = t.delivery.c
        with reading(self.bench.engine) as connection:
            rows = connection.execute(select(d.id, d.occasion, d.resend_count)).all()
        for row in rows:
            accepted = self.bench.account.accepted[row.id]
            assert accepted <= 1 + row.resend_count, "I2: told twice, uncounted"
            if self.bench.policy is not Policy.AT_LEAST_ONCE or row.occasion == Occasion.SURVEY:
                assert accepted <= 1, "I3: told twice"

    @invariant()
    def nobody_is_asked_before_being_told(self) -> None:
        """I4: by the carrier's account, not by ours."""
        d, accepted = t.delivery.c, self.bench.account.accepted
        with reading(self.bench.engine) as connection:
            rows = connection.execute(select(d.id, d.customer_id, d.occasion)).all()
        told = {(row.customer_id, row.occasion) for row in rows if accepted[row.id]}
        for row in rows:
            if row.occasion == Occasion.SURVEY and accepted[row.id]:
                assert (row.customer_id, Occasion.FIRST_WORD) in told
                assert (row.customer_id, Occasion.RESTORED) in told

    @invariant()
    def no_promise_is_open_past_its_time(self) -> None:
        """I5: the clock looks every half minute."""
        p = t.promise.c
        with writing(self.bench.engine) as connection:
            lapse_all(connection, self.bench.now())
            late = select(func.count()).where(p.state == PromiseState.OPEN, p.due_at < self.bench.now())
            assert connection.scalar(late) == 0

    def teardown(self) -> None:
        """In peace all comes to an end, and the oracle finds nothing."""
        if hasattr(self, "bench"):
            try:
                self.bench.turn(LEASE_IS_OVER)
                self.bench.assert_sound()
            finally:
                self.bench.close()


def nothing_overtaken_is_offered(engine: Engine, window: list[Addressed]) -> None:
    """I6: of what was just marked as leaving, nothing had been stopped, opted out of or overtaken."""
    ids = [one.delivery_id for one in window]
    d, later = t.delivery.c, t.delivery.alias("later")
    newer = select(later.c.id).where(
        later.c.customer_id == d.customer_id,
        later.c.notice_id > d.notice_id,
        later.c.state != DeliveryState.CANCELLED,
    )
    addresses = [one.address for one in window]
    with reading(engine) as connection:
        overtaken = select(func.count()).where(d.id.in_(ids), newer.exists())
        assert connection.scalar(overtaken) == 0, "I6: overtaken"
        out = select(func.count()).where(t.opt_out.c.address.in_(addresses))
        assert connection.scalar(out) == 0, "I6: opted out"
        stopped = connection.scalar(select(func.count()).select_from(t.stop))
        assert not (stopped and ids), "I6: stopped"
