"""Record: how each call ended. Only the holder of the fence may say so, and a receipt may have been faster."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, func, literal, or_, select, update

from tellfirst.carriers.port import Outcome, Verdict
from tellfirst.domain.delivery import DeliveryReason, DeliveryState
from tellfirst.store.inserting import insert_into
from tellfirst.store.tables import audience, delivery, opt_out

TRIES = 48
"""Refusals that ask to come again, before a message is given up: about half an hour of a carrier's outage.
A newer word cancels an old one long before that."""


def record(
    connection: Connection, carrier: str, fence: int, outcomes: Iterable[Outcome], now: datetime
) -> int:
    """Write outcomes of calls made under `fence`. Returns how many rows had moved on in the meantime."""
    rows = [_row(carrier, fence, outcome, now) for outcome in outcomes]
    if not rows:
        return 0
    d = delivery
    statement = (
        update(d)
        .where(
            d.c.id == bindparam("b_id"),
            d.c.state == DeliveryState.SENDING,
            d.c.fence == bindparam("b_fence"),
        )
        .values(
            state=bindparam("b_state"),
            reason=bindparam("b_reason"),
            carrier=bindparam("b_carrier"),
            carrier_ref=bindparam("b_ref"),
            carrier_code=bindparam("b_code"),
            handed_over_at=bindparam("b_handed_over"),
            final_at=bindparam("b_final"),
            try_count=d.c.try_count - bindparam("b_uncounted"),
        )
    )
    changed = connection.execute(statement, rows).rowcount
    _keep_references(connection, rows)
    _keep_opt_outs(connection, rows, now)
    return len(rows) - changed


def give_up(connection: Connection, chunk_id: int, now: datetime) -> int:
    """Messages refused too often end as failed, with the reason. How many."""
    d = delivery
    ended = connection.execute(
        update(d)
        .where(d.c.chunk_id == chunk_id, d.c.state == DeliveryState.PENDING, d.c.try_count >= TRIES)
        .values(state=DeliveryState.FAILED, reason=DeliveryReason.TRIES_USED_UP, final_at=now)
    )
    return ended.rowcount


def _keep_references(connection: Connection, rows: list[dict[str, object]]) -> None:
    """A receipt that came before the answer has raised the state; the carrier's reference is still missing."""
    d = delivery
    accepted = [row for row in rows if row["b_ref"]]
    if accepted:
        connection.execute(
            update(d)
            .where(d.c.id == bindparam("b_id"), or_(d.c.carrier.is_(None), d.c.handed_over_at.is_(None)))
            .values(
                carrier=bindparam("b_carrier"),
                carrier_ref=bindparam("b_ref"),
                handed_over_at=func.coalesce(
                    d.c.handed_over_at, bindparam("b_handed_over", type_=d.c.handed_over_at.type)
                ),
            ),
            accepted,
        )


def _keep_opt_outs(connection: Connection, rows: list[dict[str, object]], now: datetime) -> None:
    """A customer who said STOP to the carrier has said it to us."""
    ids = [row["b_id"] for row in rows if row["b_reason"] == DeliveryReason.OPTED_OUT]
    if not ids:
        return
    d, a = delivery.c, audience.c
    said = (
        select(a.channel, a.address, literal(now, opt_out.c.at.type), literal("carrier"))
        .join(delivery, and_(d.incident_id == a.incident_id, d.customer_id == a.customer_id))
        .where(d.id.in_(ids), a.address.is_not(None))
    )
    columns = ("channel", "address", "at", "source")
    connection.execute(insert_into(connection, opt_out).from_select(columns, said).on_conflict_do_nothing())


ENDS = {
    Verdict.ACCEPTED: (DeliveryState.SENT, DeliveryReason.AFFECTED),
    Verdict.REFUSED_AGAIN: (DeliveryState.PENDING, DeliveryReason.THROTTLED),
    Verdict.REFUSED_FINALLY: (DeliveryState.FAILED, DeliveryReason.REFUSED_BY_CARRIER),
    Verdict.UNKNOWN: (DeliveryState.UNKNOWN, DeliveryReason.ANSWER_LOST),
    Verdict.WITHHELD: (DeliveryState.PENDING, DeliveryReason.LEASE_ENDS),
}
"""State, and the reason where the carrier gave none of its own."""


def _row(carrier: str, fence: int, outcome: Outcome, now: datetime) -> dict[str, object]:
    state, usual = ENDS[outcome.verdict]
    reason = outcome.reason if outcome.reason in set(DeliveryReason) else usual.value
    return {
        "b_id": outcome.delivery_id,
        "b_fence": fence,
        "b_state": state.value,
        "b_reason": reason,
        "b_carrier": carrier,
        "b_ref": outcome.carrier_ref or None,
        "b_code": outcome.code or None,
        "b_handed_over": now if state is DeliveryState.SENT else None,
        "b_final": now if state is DeliveryState.FAILED else None,
        # Neither bad credentials nor a call that was not made may use up this message's tries.
        "b_uncounted": int(outcome.stops_carrier or outcome.verdict is Verdict.WITHHELD),
    }
