"""Receipts: stored first, under the carrier's own event number, then applied in sets. They only ever raise."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, func, literal, or_, select, update

from tellfirst.carriers.port import Receipt, ReceiptState
from tellfirst.domain.delivery import FINAL, DeliveryReason, DeliveryState
from tellfirst.store.inserting import insert_into
from tellfirst.store.tables import delivery, receipt

BATCH = 2_000
RAISES = {
    ReceiptState.SENT: (DeliveryState.SENDING, DeliveryState.UNKNOWN),
    ReceiptState.DELIVERED: (
        DeliveryState.SENDING,
        DeliveryState.UNKNOWN,
        DeliveryState.SENT,
        DeliveryState.UNCONFIRMED,
    ),
    ReceiptState.UNDELIVERED: (
        DeliveryState.SENDING,
        DeliveryState.UNKNOWN,
        DeliveryState.SENT,
        DeliveryState.UNCONFIRMED,
    ),
}
"""Which states a receipt may raise; anything else it finds is already as high or final."""


def keep(connection: Connection, receipts: Sequence[Receipt], now: datetime) -> int:
    """Store receipts; one that was stored before changes nothing. How many were new."""
    if not receipts:
        return 0
    rows = [
        {
            "carrier": one.carrier,
            "event_id": one.event_id,
            "delivery_id": one.delivery_id,
            "state": one.state.value,
            "carrier_ref": one.carrier_ref,
            "code": one.code,
            "received_at": now,
        }
        for one in receipts
    ]
    return connection.execute(
        insert_into(connection, receipt).on_conflict_do_nothing(),
        rows,
        execution_options={"preserve_rowcount": True},
    ).rowcount


def apply(connection: Connection, now: datetime) -> int:
    """Raise deliveries by the receipts that wait, a batch at a time. How many receipts were worked off."""
    r = receipt
    waiting = connection.execute(
        select(r.c.carrier, r.c.event_id, r.c.delivery_id, r.c.state, r.c.carrier_ref, r.c.code)
        .where(r.c.applied_at.is_(None))
        .order_by(r.c.received_at)
        .limit(BATCH)
    ).all()
    for state in ReceiptState:
        of_this = [row for row in waiting if row.state == state]
        if of_this:
            _raise(connection, state, of_this, now)
    _mark_applied(connection, waiting, now)
    return len(waiting)


def _raise(connection: Connection, state: ReceiptState, rows: Sequence[Row[Any]], now: datetime) -> None:
    d = delivery
    final = DeliveryState(state) in FINAL
    # Not IN: SQLAlchemy cannot spread its list over many parameter sets.
    may_rise = or_(*(d.c.state == lower for lower in RAISES[state]))
    connection.execute(
        update(d)
        .where(d.c.id == bindparam("b_id"), may_rise)
        .values(
            state=DeliveryState(state),
            reason=DeliveryReason.RECEIPT,
            carrier_ref=func.coalesce(d.c.carrier_ref, bindparam("b_ref")),
            carrier_code=func.coalesce(bindparam("b_code"), d.c.carrier_code),
            handed_over_at=func.coalesce(d.c.handed_over_at, literal(now, d.c.handed_over_at.type)),
            final_at=now if final else None,
        ),
        [{"b_id": row.delivery_id, "b_ref": row.carrier_ref, "b_code": row.code or None} for row in rows],
    )


def _mark_applied(connection: Connection, rows: Sequence[Row[Any]], now: datetime) -> None:
    known = select(delivery.c.id).where(delivery.c.id == receipt.c.delivery_id).exists()
    verdict = case((known, literal("applied")), else_=literal("unknown_delivery"))
    for carrier in {row.carrier for row in rows}:
        seen = [row.event_id for row in rows if row.carrier == carrier]
        connection.execute(
            update(receipt)
            .where(receipt.c.carrier == carrier, receipt.c.event_id.in_(seen))
            .values(applied_at=now, verdict=verdict)
        )
