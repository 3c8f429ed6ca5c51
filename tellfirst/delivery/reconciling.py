"""Reconcile: find out what became of messages whose answer was lost, before anything is sent again."""

import asyncio
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, or_, select, update

from tellfirst.carriers.port import Carrier, Outbound, Outcome, Verdict
from tellfirst.crashpoints import crashpoint
from tellfirst.delivery.intending import addressed
from tellfirst.delivery.sending import Script, Texts
from tellfirst.delivery.terms import TERMS, Terms
from tellfirst.domain.delivery import DeliveryReason, DeliveryState, Doubt, doubt_about
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.times import Clock
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

BATCH = 200


def reconcile(
    engine: Engine,
    notice_id: int,
    carrier: Carrier,
    script: Script,
    clock: Clock,
    wall: Clock,
    terms: Terms = TERMS,
) -> int:
    """Ask the carrier about this notice's unknown messages that it was offered. How many could be settled."""
    settled, after = 0, 0
    while True:
        with reading(engine) as connection:
            ids = _unknown(connection, notice_id, carrier, wall.now(), after)
            lost = addressed(connection, ids)
            doubt = _doubt(connection, notice_id, carrier)
        if not lost:
            return settled
        texts = Texts(script)
        outcomes = asyncio.run(_ask(carrier, [texts.outbound(one) for one in lost]))
        crashpoint("reconcile: asked, not written")
        with writing(engine) as connection:
            settled += _settle(connection, carrier.name, outcomes, doubt, clock.now(), wall.now(), terms)
            crashpoint("reconcile: written, not committed")
        crashpoint("reconcile: committed")
        after = ids[-1]


async def _ask(carrier: Carrier, lost: list[Outbound]) -> list[Outcome]:
    try:
        return await carrier.reconcile(lost)
    finally:
        await carrier.close()


def _unknown(
    connection: Connection, notice_id: int, carrier: Carrier, wall: datetime, after: int
) -> list[int]:
    d = t.delivery.c
    # Books from before carriers were noted at the intent have none there.
    offered = or_(d.carrier == carrier.name, d.carrier.is_(None))
    return list(
        connection.scalars(
            select(d.id)
            .where(
                d.notice_id == notice_id,
                d.channel == carrier.channel,
                d.state == DeliveryState.UNKNOWN,
                d.look_up_at <= wall,
                d.id > after,
                offered,
            )
            .order_by(d.id)
            .limit(BATCH)
        )
    )


def _doubt(connection: Connection, notice_id: int, carrier: Carrier) -> Doubt:
    if carrier.capabilities.repeatable:
        # Whoever drops a repetition by our id is simply told again.
        return Doubt.AT_LEAST_ONCE
    n = t.notice.c
    row = connection.execute(select(n.occasion, n.doubt).where(n.id == notice_id)).one()
    return doubt_about(Occasion(row.occasion), carrier.channel, Doubt(row.doubt))


def _settle(
    connection: Connection,
    carrier: str,
    outcomes: list[Outcome],
    doubt: Doubt,
    now: datetime,
    wall: datetime,
    terms: Terms,
) -> int:
    found = [one for one in outcomes if one.verdict is Verdict.ACCEPTED]
    absent = [one.delivery_id for one in outcomes if one.verdict is Verdict.REFUSED_AGAIN]
    unclear = [one.delivery_id for one in outcomes if one.verdict is Verdict.UNKNOWN]
    _keep_found(connection, carrier, found, now)
    match doubt:
        case Doubt.NEVER_TWICE:
            never = {"state": DeliveryState.FAILED, "reason": DeliveryReason.NEVER_TWICE, "final_at": now}
            _resolve(connection, absent, never)
        case Doubt.LOOK_UP_THEN_RESEND:
            _send_again(connection, absent, DeliveryReason.ABSENT_AT_CARRIER, wall)
        case Doubt.AT_LEAST_ONCE:
            _send_again(connection, absent, DeliveryReason.ABSENT_AT_CARRIER, wall)
            _send_again(connection, unclear, DeliveryReason.SENT_AGAIN_IN_DOUBT, wall)
            return len(outcomes)
    _resolve(connection, unclear, {"look_up_at": wall + terms.ask_again_after})
    return len(found) + len(absent)


def _keep_found(connection: Connection, carrier: str, found: list[Outcome], now: datetime) -> None:
    d = t.delivery
    if found:
        connection.execute(
            update(d)
            .where(d.c.id == bindparam("b_id"), d.c.state == DeliveryState.UNKNOWN)
            .values(
                state=DeliveryState.SENT,
                reason=DeliveryReason.FOUND_AT_CARRIER,
                carrier=carrier,
                carrier_ref=bindparam("b_ref"),
                handed_over_at=now,
            ),
            [{"b_id": one.delivery_id, "b_ref": one.carrier_ref} for one in found],
        )


def _send_again(connection: Connection, ids: list[int], reason: DeliveryReason, wall: datetime) -> None:
    """Back to its chunk, and counted."""
    d, chunk = t.delivery.c, t.chunk
    # The chunk first: whoever is giving it back just now must not close it over what is put into it again.
    chunks = select(d.chunk_id).where(d.id.in_(ids))
    reopened = {"done_at": None, "due_at": wall}
    connection.execute(update(chunk).where(chunk.c.id.in_(chunks)).values(**reopened))
    again = {"state": DeliveryState.PENDING, "reason": reason, "resend_count": d.resend_count + 1}
    _resolve(connection, ids, again)


def _resolve(connection: Connection, ids: list[int], values: dict[str, Any]) -> None:
    d = t.delivery
    unknown = d.c.state == DeliveryState.UNKNOWN
    connection.execute(update(d).where(d.c.id.in_(ids), unknown).values(**values))
