"""Reconcile: find out what became of messages whose answer was lost, before anything is sent again."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, select, update

from tellfirst.carriers.port import Carrier, Outbound, Outcome, Verdict
from tellfirst.delivery.intending import addressed
from tellfirst.delivery.sending import Script, Texts
from tellfirst.domain.delivery import DeliveryReason, DeliveryState, Doubt
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.domain.times import Clock
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

BATCH = 200
ASK_AGAIN_AFTER = timedelta(minutes=5)
"""A carrier that could not say is not asked again at once; a receipt may settle it meanwhile."""


def doubt_about(occasion: Occasion) -> Doubt:
    """A survey is never sent twice; a word about an outage is looked up, then sent again and counted."""
    return Doubt.NEVER_TWICE if occasion is Occasion.SURVEY else Doubt.LOOK_UP_THEN_RESEND


def reconcile(
    engine: Engine, notice_id: int, carrier: Carrier, script: Script, clock: Clock, wall: Clock
) -> int:
    """Ask the carrier about this notice's unknown messages on its channel. How many it could settle."""
    with reading(engine) as connection:
        ids = _unknown(connection, notice_id, carrier.channel)
        lost = addressed(connection, ids)
        occasion = _occasion(connection, notice_id)
    if not lost:
        return 0
    texts = Texts(script)
    outcomes = asyncio.run(_ask(carrier, [texts.outbound(one) for one in lost]))
    with writing(engine) as connection:
        now = clock.now()
        return _settle(connection, carrier.name, outcomes, doubt_about(occasion), now, wall.now())


async def _ask(carrier: Carrier, lost: list[Outbound]) -> list[Outcome]:
    try:
        return await carrier.reconcile(lost)
    finally:
        await carrier.close()


def _unknown(connection: Connection, notice_id: int, channel: Channel) -> list[int]:
    d = t.delivery
    return list(
        connection.scalars(
            select(d.c.id)
            .where(
                d.c.notice_id == notice_id,
                d.c.channel == channel,
                d.c.state == DeliveryState.UNKNOWN,
            )
            .order_by(d.c.id)
            .limit(BATCH)
        )
    )


def _occasion(connection: Connection, notice_id: int) -> Occasion:
    n = t.notice
    return Occasion(connection.execute(select(n.c.occasion).where(n.c.id == notice_id)).scalar_one())


def _settle(
    connection: Connection,
    carrier: str,
    outcomes: list[Outcome],
    doubt: Doubt,
    now: datetime,
    wall: datetime,
) -> int:
    found = [one for one in outcomes if one.verdict is Verdict.ACCEPTED]
    absent = [one.delivery_id for one in outcomes if one.verdict is Verdict.REFUSED_AGAIN]
    unclear = [one.delivery_id for one in outcomes if one.verdict is Verdict.UNKNOWN]
    _keep_found(connection, carrier, found, now)
    if doubt is Doubt.NEVER_TWICE:
        never_again = {"state": DeliveryState.FAILED, "reason": DeliveryReason.NEVER_TWICE, "final_at": now}
        _resolve(connection, absent, never_again)
    else:
        _send_again(connection, absent, wall)
    _resolve(connection, unclear, {"asked_at": wall + ASK_AGAIN_AFTER})
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


def _send_again(connection: Connection, absent: list[int], wall: datetime) -> None:
    """Proven absent at the carrier: back to its chunk, and counted."""
    d, chunk = t.delivery.c, t.chunk
    again = {
        "state": DeliveryState.PENDING,
        "reason": DeliveryReason.ABSENT_AT_CARRIER,
        "resend_count": d.resend_count + 1,
    }
    _resolve(connection, absent, again)
    chunks = select(d.chunk_id).where(d.id.in_(absent))
    reopened = {"done_at": None, "lease_until": None, "due_at": wall}
    connection.execute(update(chunk).where(chunk.c.id.in_(chunks)).values(**reopened))


def _resolve(connection: Connection, ids: list[int], values: dict[str, Any]) -> None:
    d = t.delivery
    unknown = d.c.state == DeliveryState.UNKNOWN
    connection.execute(update(d).where(d.c.id.in_(ids), unknown).values(**values))
