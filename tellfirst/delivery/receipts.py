"""Receipts: stored first, under the carrier's own event number, then applied in sets. They only ever raise."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Executable, bindparam, func, null, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from tellfirst.carriers.port import Receipt, ReceiptState
from tellfirst.crashpoints import crashpoint
from tellfirst.delivery import anomalies
from tellfirst.delivery.anomalies import Oddity
from tellfirst.domain.delivery import FINAL, TRANSITIONS, Anomaly, DeliveryReason, DeliveryState
from tellfirst.store.prepared import Prepared, as_given, given
from tellfirst.store.tables import delivery, receipt

BATCH = 2_000
RAISES = {
    reported: tuple(state for state in DeliveryState if (state, DeliveryState(reported)) in TRANSITIONS)
    for reported in ReceiptState
}
"""Which states a receipt may raise; anything else it finds is already as high or final."""
CLEARLY_FINAL = frozenset(state.value for state in FINAL - {DeliveryState.UNCONFIRMED})


def keep(connection: Connection, receipts: Sequence[Receipt], now: datetime) -> int:
    """Store receipts; one that was stored before changes nothing. How many were new."""
    if not receipts:
        return 0
    rows = [
        (one.carrier, one.event_id, one.delivery_id, one.state.value, one.carrier_ref, one.code)
        for one in receipts
    ]
    kept = _KEEP.run(connection, given=as_given(rows), received_at=now).rowcount
    crashpoint("receipts: kept, not committed")
    return kept


def apply(connection: Connection, now: datetime) -> int:
    """Raise deliveries by the receipts that wait, a batch at a time. How many receipts were worked off."""
    waiting = [_Waiting(*row) for row in _WAITING.run(connection).all()]
    known = [one for one in waiting if one.found is not None]
    anomalies.note(connection, _oddities(known), now)
    alike: dict[tuple[str, str], list[_Waiting]] = defaultdict(list)
    for one in known:
        if one.found not in CLEARLY_FINAL:
            alike[one.state, one.carrier].append(one)
    for state in ReceiptState:
        for (reported, carrier), raising in alike.items():
            if reported == state:
                _raise(connection, state, carrier, raising, now)
    _mark(connection, "applied", known, now)
    if len(known) < len(waiting):
        _mark(connection, "unknown_delivery", [one for one in waiting if one.found is None], now)
    crashpoint("receipts: applied, not committed")
    return len(waiting)


class _Waiting(NamedTuple):
    """A receipt and the delivery it is about, as `_waiting` selects them; without `found` there is none.

    The rows of SQLAlchemy look up a column at each reading, which took half the time to apply a receipt.
    """

    carrier: str
    event_id: str
    delivery_id: int
    state: str
    carrier_ref: str
    code: str
    found: str | None
    incident_id: int
    try_count: int
    sent_by: str | None
    sent_as: str | None


def _oddities(known: Sequence[_Waiting]) -> list[Oddity]:
    odd: list[tuple[_Waiting, Anomaly]] = []
    ends: dict[int, str] = {}
    for one in known:
        if one.state in _ENDS:
            end = one.found if one.found in _ENDS else one.state
            if ends.setdefault(one.delivery_id, end) != one.state:
                odd.append((one, Anomaly.RECEIPTS_DISAGREE))
        if one.try_count == 0:
            odd.append((one, Anomaly.RECEIPT_FOR_UNSENT))
        elif (
            one.sent_by == one.carrier and one.sent_as and one.carrier_ref and one.sent_as != one.carrier_ref
        ):
            odd.append((one, Anomaly.SECOND_ACCEPTANCE))
    return [Oddity(one.delivery_id, one.incident_id, kind, one.carrier, one.carrier_ref) for one, kind in odd]


_ENDS = (ReceiptState.DELIVERED.value, ReceiptState.UNDELIVERED.value)


def _raise(
    connection: Connection, state: ReceiptState, carrier: str, rows: Sequence[_Waiting], now: datetime
) -> None:
    # In the order of the deliveries, as the outcomes of calls are written: nobody waits in a ring.
    each = sorted((one.delivery_id, one.carrier_ref, one.code or None) for one in rows)
    _RAISES[state].run(connection, given=as_given(each), by=carrier, now=now)


def _mark(connection: Connection, verdict: str, rows: Sequence[_Waiting], now: datetime) -> None:
    seen = [(one.carrier, one.event_id) for one in rows]
    if seen:
        _MARK.run(connection, given=as_given(seen), applied_at=now, verdict=verdict)


def _keep(dialect: str) -> Executable:
    r = receipt.c
    columns = (r.carrier, r.event_id, r.delivery_id, r.state, r.carrier_ref, r.code)
    reported = given(dialect, *columns)
    names = [column.name for column in columns]
    rows = select(*reported.c, bindparam("received_at", type_=r.received_at.type)).where(true())
    kind = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return kind(receipt).from_select([*names, "received_at"], rows).on_conflict_do_nothing()


def _raising(state: ReceiptState) -> Callable[[str], Executable]:
    def write(dialect: str) -> Executable:
        d, r = delivery.c, receipt.c
        reported = given(dialect, r.delivery_id, r.carrier_ref, r.code)
        now = bindparam("now", type_=d.final_at.type)
        return (
            update(delivery)
            .where(d.id == reported.c.delivery_id, d.state.in_([lower.value for lower in RAISES[state]]))
            .values(
                state=DeliveryState(state),
                reason=DeliveryReason.RECEIPT,
                carrier=func.coalesce(d.carrier, bindparam("by", type_=d.carrier.type)),
                carrier_ref=func.coalesce(d.carrier_ref, reported.c.carrier_ref),
                carrier_code=func.coalesce(reported.c.code, d.carrier_code),
                handed_over_at=func.coalesce(d.handed_over_at, now),
                final_at=now if DeliveryState(state) in FINAL else null(),
            )
        )

    return write


def _marking(dialect: str) -> Executable:
    r, seen = receipt.c, given(dialect, receipt.c.carrier, receipt.c.event_id)
    return (
        update(receipt)
        .where(r.carrier == seen.c.carrier, r.event_id == seen.c.event_id)
        .values(
            applied_at=bindparam("applied_at", type_=r.applied_at.type),
            verdict=bindparam("verdict", type_=r.verdict.type),
        )
    )


def _waiting(_dialect: str) -> Executable:
    r, d = receipt.c, delivery.c
    return (
        select(
            *(r.carrier, r.event_id, r.delivery_id, r.state, r.carrier_ref, r.code),
            *(d.state.label("found"), d.incident_id, d.try_count),
            *(d.carrier.label("sent_by"), d.carrier_ref.label("sent_as")),
        )
        .outerjoin(delivery, d.id == r.delivery_id)
        .where(r.applied_at.is_(None))
        .order_by(r.received_at)
        .limit(BATCH)
    )


_KEEP, _WAITING, _MARK = Prepared(_keep), Prepared(_waiting), Prepared(_marking)
_RAISES = {state: Prepared(_raising(state)) for state in ReceiptState}
