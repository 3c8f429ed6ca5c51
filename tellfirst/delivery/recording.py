"""Record: how each call ended. Only the holder of the fence may say so, and a receipt may have been faster."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, or_, update

from tellfirst.carriers.port import Outcome, Verdict
from tellfirst.domain.delivery import DeliveryReason, DeliveryState
from tellfirst.store.tables import delivery

TRIES = 5
"""Refusals that ask to come again, before a message is given up."""


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
        )
    )
    changed = connection.execute(statement, rows).rowcount
    _keep_references(connection, rows)
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


def _row(carrier: str, fence: int, outcome: Outcome, now: datetime) -> dict[str, object]:
    state, reason = {
        Verdict.ACCEPTED: (DeliveryState.SENT, DeliveryReason.AFFECTED),
        Verdict.REFUSED_AGAIN: (DeliveryState.PENDING, DeliveryReason.THROTTLED),
        Verdict.REFUSED_FINALLY: (DeliveryState.FAILED, DeliveryReason.REFUSED_BY_CARRIER),
        Verdict.UNKNOWN: (DeliveryState.UNKNOWN, DeliveryReason.ANSWER_LOST),
    }[outcome.verdict]
    return {
        "b_id": outcome.delivery_id,
        "b_fence": fence,
        "b_state": state.value,
        "b_reason": reason.value,
        "b_carrier": carrier,
        "b_ref": outcome.carrier_ref or None,
        "b_code": outcome.code or None,
        "b_handed_over": now if state is DeliveryState.SENT else None,
        "b_final": now if state is DeliveryState.FAILED else None,
    }
