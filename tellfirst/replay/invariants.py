"""The four invariants, asked of the books and of the carriers after a lifecycle has ended."""

from collections import Counter
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, and_, func, select

from tellfirst.domain.delivery import FINAL, HANDED_OVER
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.promise import PromiseState
from tellfirst.replay.theatre import OPEN_AT_MOST, ReplayStage
from tellfirst.simulator.fake_carrier import FakeCarrier
from tellfirst.store import tables as t
from tellfirst.store.engine import reading


def violations(stage: ReplayStage) -> list[str]:
    """In sentences; empty when all four hold."""
    with reading(stage.engine) as connection:
        return [
            *_forgotten(connection),
            *_told_twice(connection, list(stage.carriers.values())),
            *_words_not_kept(connection),
            *(f"the promise {one} was open {OPEN_AT_MOST} after its time" for one in sorted(stage.overdue)),
            *_asked_before_told(connection),
        ]


def _forgotten(connection: Connection) -> Iterator[str]:
    """Everybody affected has a delivery of a first word, and every delivery has ended."""
    a, d = t.audience.c, t.delivery.c
    first = select(d.id).where(
        d.incident_id == a.incident_id, d.customer_id == a.customer_id, d.occasion == Occasion.FIRST_WORD
    )
    affected = a.affected_revision.is_not(None)
    missing = connection.execute(select(func.count()).where(affected, ~first.exists())).scalar_one()
    if missing:
        yield f"{missing} affected customers have no first word in the books"
    running = connection.execute(select(func.count()).where(d.state.not_in(FINAL))).scalar_one()
    if running:
        yield f"{running} deliveries have not ended"
    nobody = connection.execute(select(func.count()).select_from(t.audience).where(affected)).scalar_one()
    if not nobody:
        yield "nobody was affected, so nothing was shown"


def _told_twice(connection: Connection, carriers: Sequence[FakeCarrier]) -> Iterator[str]:
    """What the carriers took against what the books say was sent, and sent again."""
    taken = Counter(one.delivery_id for carrier in carriers for one in carrier.sent)
    d = t.delivery.c
    resent = {
        row.id: row.resend_count
        for row in connection.execute(select(d.id, d.resend_count).where(d.id.in_(list(taken))))
    }
    for delivery_id, times in taken.items():
        if delivery_id not in resent:
            yield f"a carrier took delivery {delivery_id}, which is not in the books"
        elif times > 1 + resent[delivery_id]:
            yield f"delivery {delivery_id} was taken {times} times and resent {resent[delivery_id]} times"


def _words_not_kept(connection: Connection) -> Iterator[str]:
    """No promise is open at the end, and none that was late is called kept; every time that was given is one."""
    p, n = t.promise.c, t.notice.c
    for row in connection.execute(select(p.id, p.kind, p.due_at, p.settled_at, p.state)):
        if row.state == PromiseState.OPEN:
            yield f"the promise {row.id} ({row.kind}) is open at the end"
        elif row.state != PromiseState.BROKEN and row.settled_at > row.due_at:
            yield f"the promise {row.id} ({row.kind}) was settled as {row.state} after its time"
    made = select(p.id).where(p.notice_id == n.id, p.kind == "next_update").exists()
    promising = and_(n.next_update_at.is_not(None), ~made)
    if count := connection.execute(select(func.count()).where(promising)).scalar_one():
        yield f"{count} notices give a time that is no promise in the books"


def _asked_before_told(connection: Connection) -> Iterator[str]:
    """Every survey that left went to somebody who had the first word and the all-clear."""
    d = t.delivery
    told, over = d.alias("told"), d.alias("over")
    asked = select(func.count()).where(
        d.c.occasion == Occasion.SURVEY,
        d.c.state.in_(HANDED_OVER),
        ~and_(
            *(
                select(one.c.id)
                .where(
                    one.c.customer_id == d.c.customer_id,
                    one.c.occasion == occasion,
                    one.c.state.in_(HANDED_OVER),
                )
                .exists()
                for one, occasion in ((told, Occasion.FIRST_WORD), (over, Occasion.RESTORED))
            )
        ),
    )
    if count := connection.execute(asked).scalar_one():
        yield f"{count} customers were asked before they were told"
