"""Look back: after the books were set back, ask the carriers what has left since, before anything leaves again."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, func, or_, select, update

from tellfirst.carriers.port import Carrier, Outbound, Outcome, Verdict
from tellfirst.crashpoints import crashpoint
from tellfirst.delivery import leasing
from tellfirst.delivery.intending import addressed
from tellfirst.delivery.scripting import Script, Texts
from tellfirst.domain.delivery import Anomaly, DeliveryReason, DeliveryState
from tellfirst.domain.errors import RuleBroken, SetupError
from tellfirst.domain.occasion import Channel
from tellfirst.domain.times import Clock
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

BATCH = 200
OPEN = (DeliveryState.PENDING, DeliveryState.UNKNOWN)
NamesOf = Callable[[Channel], Sequence[str]]
"""The carriers of a channel, any of which may have had what these books do not know to have left."""
Make = Callable[[str], Carrier]
ScriptOf = Callable[[Connection, int, Channel], Script]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a carrier said about a notice's messages on one channel."""

    incident: str
    notice: int
    occasion: str
    channel: Channel
    carrier: str
    asked: int
    found: int = 0
    absent: int = 0
    cannot_say: int = 0
    """It has no look-up, or proves nothing; or the text could not be written again."""
    by_receipt: int = 0
    """A receipt came, although by the books they had never left."""


def look_back(
    engine: Engine,
    names_of: NamesOf,
    make: Make,
    script_of: ScriptOf,
    since: datetime,
    clock: Clock,
    wall: Clock,
    incident_id: int | None = None,
) -> list[Looked]:
    """Ask about everything that may have left since `since` (the time of the backup) and is not known to have.

    What a carrier has is marked as sent. What it does not have is left as it stands: what waits goes on waiting,
    and what is in doubt is resolved by the rule of its notice.
    """
    with writing(engine) as connection:
        leasing.reap(connection, wall.now())
    crashpoint("look back: reaped")
    with reading(engine) as connection:
        groups = _groups(connection, since, incident_id)
    return [
        _ask_about(engine, group, partial(make, name), script_of, since, clock)
        for group in groups
        for name in names_of(Channel(group.channel))
    ]


def would_leave(connection: Connection, incident_id: int | None = None) -> int:
    """Messages that wait, and so leave once somebody says go (if nothing speaks against them then)."""
    d = t.delivery.c
    waiting = select(func.count()).where(d.state == DeliveryState.PENDING, d.chunk_id.is_not(None))
    if incident_id is not None:
        waiting = waiting.where(d.incident_id == incident_id)
    return int(connection.scalar(waiting) or 0)


def strange_receipts(connection: Connection, since: datetime) -> int:
    """Receipts since then for messages these books do not have at all: their notice is younger than the backup."""
    r = t.receipt.c
    unknown = select(func.count()).where(r.verdict == "unknown_delivery", r.received_at >= since)
    return int(connection.scalar(unknown) or 0)


def _groups(connection: Connection, since: datetime, incident_id: int | None) -> Sequence[Row[Any]]:
    """Notice by notice and channel by channel: how many messages are not known to have left."""
    d, n, i, x = t.delivery.c, t.notice.c, t.incident.c, t.anomaly.c
    receipted = and_(
        select(x.id)
        .where(x.delivery_id == d.id, x.kind == Anomaly.RECEIPT_FOR_UNSENT, x.at >= since)
        .correlate(t.delivery)
        .exists()
    )
    asked, by_receipt = func.count().filter(d.state.in_(OPEN)), func.count().filter(receipted)
    found = (
        select(
            *(i.reference, n.id.label("notice_id"), n.sequence, n.occasion, d.channel),
            *(asked.label("asked"), by_receipt.label("by_receipt")),
        )
        .select_from(t.delivery)
        .join(t.notice, n.id == d.notice_id)
        .join(t.incident, i.id == d.incident_id)
        .where(_alive_since(since))
        .group_by(i.reference, n.id, n.sequence, n.occasion, d.channel)
        .having(or_(asked > 0, by_receipt > 0))
        .order_by(n.id, d.channel)
    )
    if incident_id is not None:
        found = found.where(d.incident_id == incident_id)
    return connection.execute(found).all()


def _alive_since(since: datetime) -> ColumnElement[bool]:
    n = t.notice.c
    return or_(n.spoken_at.is_(None), n.spoken_at >= since, n.created_at >= since)


def _ask_about(
    engine: Engine,
    group: Row[Any],
    make: Callable[[], Carrier],
    script_of: ScriptOf,
    since: datetime,
    clock: Clock,
) -> Looked:
    channel = Channel(group.channel)
    carrier = make()
    looked = Looked(
        *(group.reference, group.sequence, group.occasion, channel, carrier.name, group.asked),
        by_receipt=group.by_receipt,
    )
    if not carrier.capabilities.lookup:
        return replace(looked, cannot_say=group.asked)
    after = 0
    while True:
        with reading(engine) as connection:
            ids = _open(connection, group.notice_id, channel, after)
            texts = Texts(script_of(connection, group.notice_id, channel))
            lost = [_as_offered(texts, one, since) for one in addressed(connection, ids)]
        if not ids:
            return replace(looked, asked=looked.found + looked.absent + looked.cannot_say)
        outcomes = asyncio.run(_ask(make(), [one for one in lost if one is not None]))
        crashpoint("look back: asked, not written")
        with writing(engine) as connection:
            found = _keep_found(connection, carrier.name, outcomes, clock.now())
            crashpoint("look back: written, not committed")
        crashpoint("look back: committed")
        absent = sum(one.verdict is Verdict.REFUSED_AGAIN for one in outcomes)
        looked = replace(
            looked,
            found=looked.found + found,
            absent=looked.absent + absent,
            cannot_say=looked.cannot_say + len(ids) - found - absent,
        )
        after = ids[-1]


def _open(connection: Connection, notice_id: int, channel: Channel, after: int) -> list[int]:
    d = t.delivery.c
    return list(
        connection.scalars(
            select(d.id)
            .where(d.notice_id == notice_id, d.channel == channel, d.state.in_(OPEN), d.id > after)
            .order_by(d.id)
            .limit(BATCH)
        )
    )


def _as_offered(texts: Texts, one: Any, since: datetime) -> Outbound | None:
    """As it was offered; by these books perhaps never, so the carrier looks from the time of the backup on."""
    try:
        outbound = texts.outbound(one)
    except (RuleBroken, SetupError):
        return None
    begins = min(since, outbound.intended_at) if outbound.intended_at else since
    return replace(outbound, intended_at=begins)


async def _ask(carrier: Carrier, lost: list[Outbound]) -> list[Outcome]:
    try:
        return await carrier.reconcile(lost)
    finally:
        await carrier.close()


def _keep_found(connection: Connection, carrier: str, outcomes: list[Outcome], now: datetime) -> int:
    d = t.delivery
    kept = 0
    for one in outcomes:
        if one.verdict is Verdict.ACCEPTED:
            kept += connection.execute(
                update(d)
                .where(d.c.id == one.delivery_id, d.c.state.in_(OPEN))
                .values(
                    state=DeliveryState.SENT,
                    reason=DeliveryReason.FOUND_AT_CARRIER,
                    carrier=carrier,
                    carrier_ref=one.carrier_ref,
                    handed_over_at=now,
                )
            ).rowcount
    return kept
