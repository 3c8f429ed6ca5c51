"""Record: how each call ended. Only the holder of the fence may say so, and a receipt may have been faster."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    Update,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    update,
)

from tellfirst.carriers.port import Outcome, Verdict
from tellfirst.crashpoints import crashpoint
from tellfirst.delivery import anomalies
from tellfirst.delivery.anomalies import Oddity
from tellfirst.delivery.doubting import may_have_arrived
from tellfirst.delivery.terms import TERMS, Terms
from tellfirst.domain.delivery import Anomaly, DeliveryReason, DeliveryState
from tellfirst.store.inserting import insert_into
from tellfirst.store.parts import address_of
from tellfirst.store.prepared import Prepared, as_given, given, number
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
    alike: dict[_End, list[Outcome]] = defaultdict(list)
    for outcome in sorted(outcomes, key=_by_number):
        alike[outcome.verdict, outcome.reason, outcome.code, outcome.stops_carrier].append(outcome)
    moved_on = 0
    for ended in alike.values():
        written = _written(ended[0], carrier, now, wall, terms)
        refs = [(one.delivery_id, one.carrier_ref or None) for one in ended]
        changed = _RECORD.run(connection, given=as_given(refs), held_fence=fence, **written).rowcount
        if changed < len(ended) and written["state"] == DeliveryState.SENT:
            _meet_what_moved_on(connection, carrier, fence, refs, now)
        if written["reason"] == DeliveryReason.OPTED_OUT:
            _keep_opt_outs(connection, [one.delivery_id for one in ended], now)
        moved_on += len(ended) - changed
    if alike:
        crashpoint("record: written, not committed")
    return moved_on


_End = tuple[Verdict, str, str, bool]
"""What outcomes have in common that are written down alike, but for the carrier's reference."""


def _by_number(outcome: Outcome) -> int:
    # Rows are locked in one order by whoever writes many: receipts come for the same ones.
    return outcome.delivery_id


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


def _record(dialect: str) -> Update:
    d, ended = delivery.c, given(dialect, delivery.c.id, delivery.c.carrier_ref)
    shared = ("reason", "carrier", "carrier_code", "handed_over_at", "final_at", "look_up_at")
    doubted = and_(bindparam("refused", type_=Boolean), may_have_arrived(delivery))
    return (
        update(delivery)
        .where(d.id == ended.c.id, d.state == DeliveryState.SENDING, d.fence == bindparam("held_fence"))
        .values(
            {
                **{name: bindparam(name, type_=d[name].type) for name in shared},
                "state": case(
                    (doubted, DeliveryState.UNCONFIRMED), else_=bindparam("state", type_=d.state.type)
                ),
                "carrier_ref": func.coalesce(ended.c.carrier_ref, d.carrier_ref),
                "try_count": d.try_count - number("uncounted"),
            }
        )
    )


_RECORD = Prepared(_record)
_MAY_STILL_BE_KNOWN = (DeliveryState.UNKNOWN, DeliveryState.PENDING)


def _meet_what_moved_on(
    connection: Connection, carrier: str, fence: int, refs: Sequence[tuple[int, str | None]], now: datetime
) -> None:
    """A receipt came before the answer, or the answer after the end of the lease: what it proves still counts."""
    accepted = dict(refs)
    d = delivery.c
    columns = (d.id, d.incident_id, d.state, d.fence, d.carrier_ref)
    found = connection.execute(select(*columns).where(d.id.in_(accepted))).all()
    oddities = []
    for row in found:
        ref = accepted[row.id]
        if row.fence != fence or row.state in _MAY_STILL_BE_KNOWN:
            oddities.append(Oddity(row.id, row.incident_id, Anomaly.LATE_ACCEPTANCE, carrier, ref or ""))
        if row.carrier_ref not in (None, ref):
            oddities.append(Oddity(row.id, row.incident_id, Anomaly.SECOND_ACCEPTANCE, carrier, ref or ""))
    anomalies.note(connection, oddities, now)
    known = [
        {"b_id": one, "b_carrier": carrier, "b_carrier_ref": ref, "b_handed_over_at": now}
        for one, ref in refs
    ]
    connection.execute(_RAISE, known)
    connection.execute(_KEEP_REFERENCE, known)


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


def _keep_opt_outs(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """A customer who said STOP to the carrier has said it to us."""
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


def _written(outcome: Outcome, carrier: str, now: datetime, wall: datetime, terms: Terms) -> dict[str, Any]:
    """What is written down for every outcome like this one."""
    state, usual = ENDS[outcome.verdict]
    if outcome.verdict is Verdict.WITHHELD and outcome.reason == DeliveryReason.STOPPED:
        state = DeliveryState.CANCELLED
    ends = state in (DeliveryState.FAILED, DeliveryState.CANCELLED)
    return {
        "state": state.value,
        "refused": ends,
        "reason": outcome.reason if outcome.reason in _REASONS else usual.value,
        "carrier": carrier,
        "carrier_code": outcome.code or None,
        "handed_over_at": now if state is DeliveryState.SENT else None,
        "final_at": now if ends else None,
        "look_up_at": wall + terms.look_up_after if state is DeliveryState.UNKNOWN else None,
        # Neither bad credentials nor a call that was not made may use up this message's tries.
        "uncounted": int(outcome.stops_carrier or outcome.verdict is Verdict.WITHHELD),
    }


_REASONS = frozenset(DeliveryReason)
