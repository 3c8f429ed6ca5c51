"""Record: how each call ended. Only the holder of the fence may say so, and a receipt may have been faster."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Connection, and_, bindparam, case, func, literal, or_, select, update

from tellfirst.carriers.port import Outcome, Verdict
from tellfirst.crashpoints import crashpoint
from tellfirst.delivery import anomalies
from tellfirst.delivery.anomalies import Oddity
from tellfirst.delivery.doubting import may_have_arrived
from tellfirst.delivery.terms import TERMS, Terms
from tellfirst.domain.delivery import Anomaly, DeliveryReason, DeliveryState
from tellfirst.store.inserting import insert_into
from tellfirst.store.parts import address_of
from tellfirst.store.tables import audience, delivery, opt_out

TRIES = 48
"""Refusals that ask to come again, before a message is given up: about half an hour of a carrier's outage.
A newer word cancels an old one long before that."""


def record(
    connection: Connection,
    carrier: str,
    fence: int,
    outcomes: Iterable[Outcome],
    now: datetime,
    wall: datetime,
    terms: Terms = TERMS,
) -> int:
    """Write outcomes of calls made under `fence`. Returns how many rows had moved on in the meantime."""
    rows = [_row(carrier, fence, outcome, now, wall, terms) for outcome in outcomes]
    if not rows:
        return 0
    changed = connection.execute(_RECORD, rows, execution_options={"preserve_rowcount": True}).rowcount
    if changed < len(rows):
        _meet_what_moved_on(connection, fence, rows, now)
    _keep_opt_outs(connection, rows, now)
    crashpoint("record: written, not committed")
    return len(rows) - changed


def give_up(connection: Connection, chunk_id: int, now: datetime) -> int:
    """Messages refused too often end as failed, with the reason. How many."""
    d = delivery
    ended = connection.execute(
        update(d)
        .where(d.c.chunk_id == chunk_id, d.c.state == DeliveryState.PENDING, d.c.try_count >= TRIES)
        .values(
            state=case((may_have_arrived(d), DeliveryState.UNCONFIRMED), else_=DeliveryState.FAILED),
            reason=DeliveryReason.TRIES_USED_UP,
            final_at=now,
        )
    )
    return ended.rowcount


def _when_given(name: str) -> Any:
    column = delivery.c[name]
    return func.coalesce(bindparam(f"b_{name}", type_=column.type), column)


_RECORD = (
    update(delivery)
    .where(
        delivery.c.id == bindparam("b_id"),
        delivery.c.state == DeliveryState.SENDING,
        delivery.c.fence == bindparam("b_fence"),
    )
    .values(
        state=case(
            (
                and_(bindparam("b_refused", type_=Boolean), may_have_arrived(delivery)),
                DeliveryState.UNCONFIRMED,
            ),
            else_=bindparam("b_state"),
        ),
        reason=bindparam("b_reason"),
        carrier=bindparam("b_carrier"),
        carrier_ref=_when_given("carrier_ref"),
        carrier_code=bindparam("b_carrier_code"),
        handed_over_at=bindparam("b_handed_over_at"),
        final_at=bindparam("b_final_at"),
        look_up_at=bindparam("b_look_up_at"),
        try_count=delivery.c.try_count - bindparam("b_uncounted"),
    )
)

_MAY_STILL_BE_KNOWN = (DeliveryState.UNKNOWN, DeliveryState.PENDING)


def _meet_what_moved_on(
    connection: Connection, fence: int, rows: Sequence[dict[str, Any]], now: datetime
) -> None:
    """A receipt came before the answer, or the answer after the end of the lease: what it proves still counts."""
    accepted = {row["b_id"]: row for row in rows if row["b_state"] == DeliveryState.SENT}
    d = delivery.c
    columns = (d.id, d.incident_id, d.state, d.fence, d.carrier_ref)
    found = connection.execute(select(*columns).where(d.id.in_(accepted))).all()
    oddities = []
    for row in found:
        ref = accepted[row.id]["b_carrier_ref"]
        carrier = accepted[row.id]["b_carrier"]
        if row.fence != fence or row.state in _MAY_STILL_BE_KNOWN:
            oddities.append(Oddity(row.id, row.incident_id, Anomaly.LATE_ACCEPTANCE, carrier, ref))
        if row.carrier_ref not in (None, ref):
            oddities.append(Oddity(row.id, row.incident_id, Anomaly.SECOND_ACCEPTANCE, carrier, ref))
    anomalies.note(connection, oddities, now)
    if accepted:
        known = [{name: row[name] for name in _KNOWN} for row in accepted.values()]
        connection.execute(_RAISE, known)
        connection.execute(_KEEP_REFERENCE, known)


_KNOWN = ("b_id", "b_carrier", "b_carrier_ref", "b_handed_over_at")
_RAISE = (
    update(delivery)
    .where(
        delivery.c.id == bindparam("b_id"),
        or_(*(delivery.c.state == state for state in _MAY_STILL_BE_KNOWN)),
    )
    .values(
        state=DeliveryState.SENT,
        reason=DeliveryReason.FOUND_AT_CARRIER,
        carrier=bindparam("b_carrier"),
        carrier_ref=bindparam("b_carrier_ref"),
        handed_over_at=bindparam("b_handed_over_at"),
    )
)
_KEEP_REFERENCE = (
    update(delivery)
    .where(
        delivery.c.id == bindparam("b_id"),
        # Not of one that is on its way again: its own answer is still to come.
        delivery.c.state != DeliveryState.SENDING,
        or_(delivery.c.carrier_ref.is_(None), delivery.c.handed_over_at.is_(None)),
    )
    .values(
        carrier=bindparam("b_carrier"),
        carrier_ref=func.coalesce(
            delivery.c.carrier_ref, bindparam("b_carrier_ref", type_=delivery.c.carrier_ref.type)
        ),
        handed_over_at=func.coalesce(
            delivery.c.handed_over_at, bindparam("b_handed_over_at", type_=delivery.c.handed_over_at.type)
        ),
    )
)


def _keep_opt_outs(connection: Connection, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """A customer who said STOP to the carrier has said it to us."""
    ids = [row["b_id"] for row in rows if row["b_reason"] == DeliveryReason.OPTED_OUT]
    if not ids:
        return
    d, a = delivery, audience
    address = address_of(d, a)
    said = (
        select(d.c.channel, address, literal(now, opt_out.c.at.type), literal("carrier"))
        .join(audience, and_(d.c.incident_id == a.c.incident_id, d.c.customer_id == a.c.customer_id))
        .where(d.c.id.in_(ids), address.is_not(None))
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


def _row(
    carrier: str, fence: int, outcome: Outcome, now: datetime, wall: datetime, terms: Terms
) -> dict[str, Any]:
    state, usual = ENDS[outcome.verdict]
    if outcome.verdict is Verdict.WITHHELD and outcome.reason == DeliveryReason.STOPPED:
        state = DeliveryState.CANCELLED
    reason = outcome.reason if outcome.reason in _REASONS else usual.value
    ends = state in (DeliveryState.FAILED, DeliveryState.CANCELLED)
    return {
        "b_id": outcome.delivery_id,
        "b_fence": fence,
        "b_state": state.value,
        "b_refused": ends,
        "b_reason": reason,
        "b_carrier": carrier,
        "b_carrier_ref": outcome.carrier_ref or None,
        "b_carrier_code": outcome.code or None,
        "b_handed_over_at": now if state is DeliveryState.SENT else None,
        "b_final_at": now if ends else None,
        "b_look_up_at": wall + terms.look_up_after if state is DeliveryState.UNKNOWN else None,
        # Neither bad credentials nor a call that was not made may use up this message's tries.
        "b_uncounted": int(outcome.stops_carrier or outcome.verdict is Verdict.WITHHELD),
    }


_REASONS = frozenset(DeliveryReason)
