"""Receipts: stored first, under the carrier's own event number, then applied in sets. They only ever raise."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, func, literal, or_, select, update

from tellfirst.carriers.port import Receipt, ReceiptState
from tellfirst.crashpoints import crashpoint
from tellfirst.delivery import anomalies
from tellfirst.delivery.anomalies import Oddity
from tellfirst.domain.delivery import FINAL, TRANSITIONS, Anomaly, DeliveryReason, DeliveryState
from tellfirst.store.inserting import insert_into
from tellfirst.store.tables import delivery, receipt

BATCH = 2_000
RAISES = {
    reported: tuple(state for state in DeliveryState if (state, DeliveryState(reported)) in TRANSITIONS)
    for reported in ReceiptState
}
"""Which states a receipt may raise; anything else it finds is already as high or final."""
CLEARLY_FINAL = FINAL - {DeliveryState.UNCONFIRMED}


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
    kept = connection.execute(
        insert_into(connection, receipt).on_conflict_do_nothing(),
        rows,
        execution_options={"preserve_rowcount": True},
    ).rowcount
    crashpoint("receipts: kept, not committed")
    return kept


def apply(connection: Connection, now: datetime) -> int:
    """Raise deliveries by the receipts that wait, a batch at a time. How many receipts were worked off."""
    r, d = receipt.c, delivery.c
    waiting = connection.execute(
        select(
            *(r.carrier, r.event_id, r.delivery_id, r.state, r.carrier_ref, r.code),
            *(d.state.label("found"), d.incident_id, d.try_count),
            *(d.carrier.label("sent_by"), d.carrier_ref.label("sent_as")),
        )
        .outerjoin(delivery, d.id == r.delivery_id)
        .where(r.applied_at.is_(None))
        .order_by(r.received_at)
        .limit(BATCH)
    ).all()
    anomalies.note(connection, _oddities(waiting), now)
    for state in ReceiptState:
        raising = [row for row in waiting if row.state == state and row.found not in CLEARLY_FINAL]
        if raising:
            _raise(connection, state, raising, now)
    _mark_applied(connection, waiting, now)
    crashpoint("receipts: applied, not committed")
    return len(waiting)


def _oddities(waiting: Sequence[Row[Any]]) -> list[Oddity]:
    found = []
    ends: dict[int, str] = {}
    for row in waiting:
        if row.found is None:
            continue
        kinds = []
        if row.state != ReceiptState.SENT:
            end = ends.setdefault(row.delivery_id, row.found if row.found in _ENDS else row.state)
            if end != row.state:
                kinds.append(Anomaly.RECEIPTS_DISAGREE)
        if row.try_count == 0:
            kinds.append(Anomaly.RECEIPT_FOR_UNSENT)
        elif (
            row.sent_by == row.carrier and row.sent_as and row.carrier_ref and row.sent_as != row.carrier_ref
        ):
            kinds.append(Anomaly.SECOND_ACCEPTANCE)
        found += [
            Oddity(row.delivery_id, row.incident_id, kind, row.carrier, row.carrier_ref) for kind in kinds
        ]
    return found


_ENDS = (ReceiptState.DELIVERED, ReceiptState.UNDELIVERED)


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
            carrier=func.coalesce(d.c.carrier, bindparam("b_carrier")),
            carrier_ref=func.coalesce(d.c.carrier_ref, bindparam("b_ref")),
            carrier_code=func.coalesce(bindparam("b_code"), d.c.carrier_code),
            handed_over_at=func.coalesce(d.c.handed_over_at, literal(now, d.c.handed_over_at.type)),
            final_at=now if final else None,
        ),
        [
            {
                "b_id": row.delivery_id,
                "b_carrier": row.carrier,
                "b_ref": row.carrier_ref,
                "b_code": row.code or None,
            }
            for row in rows
        ],
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
