"""Reconcile: find out what became of messages whose answer was lost, before anything is sent again."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, and_, bindparam, or_, select, update

from tellfirst.carriers.port import Carrier, Outcome, Verdict
from tellfirst.crashpoints import crashpoint
from tellfirst.delivery.intending import addressed
from tellfirst.delivery.scripting import Script, Texts
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
    # One event loop for all that is asked: a carrier's connections and turns belong to the loop they began in.
    return asyncio.run(_reconcile(engine, notice_id, carrier, script, clock, wall, terms))


async def _reconcile(
    engine: Engine, notice_id: int, carrier: Carrier, script: Script, clock: Clock, wall: Clock, terms: Terms
) -> int:
    try:
        return await _ask_about_all(engine, notice_id, carrier, script, clock, wall, terms)
    finally:
        await carrier.close()


async def _ask_about_all(
    engine: Engine, notice_id: int, carrier: Carrier, script: Script, clock: Clock, wall: Clock, terms: Terms
) -> int:
    settled, after = 0, 0
    while True:
        with reading(engine) as connection:
            seen = _unknown(connection, notice_id, carrier, wall.now(), after)
            lost = addressed(connection, list(seen))
            doubt = _doubt(connection, notice_id, carrier)
        if not lost:
            return settled
        texts = Texts(script)
        crashpoint("reconcile: about to ask")
        outcomes = await carrier.reconcile([texts.outbound(one) for one in lost])
        crashpoint("reconcile: asked, not written")
        with writing(engine) as connection:
            answers = _Answers(seen, outcomes)
            settled += _settle(connection, carrier, answers, doubt, clock.now(), wall.now(), terms)
            crashpoint("reconcile: written, not committed")
        crashpoint("reconcile: committed")
        after = max(seen)


def _unknown(
    connection: Connection, notice_id: int, carrier: Carrier, wall: datetime, after: int
) -> dict[int, int]:
    """The next messages to ask about, each with how often it had been sent again."""
    d = t.delivery.c
    # Books from before carriers were noted at the intent have none there.
    offered = or_(d.carrier == carrier.name, d.carrier.is_(None))
    rows = connection.execute(
        select(d.id, d.resend_count)
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
    return {row.id: row.resend_count for row in rows}


def _doubt(connection: Connection, notice_id: int, carrier: Carrier) -> Doubt:
    if carrier.capabilities.repeatable:
        # Whoever drops a repetition by our id is simply told again.
        return Doubt.AT_LEAST_ONCE
    n = t.notice.c
    row = connection.execute(select(n.occasion, n.doubt).where(n.id == notice_id)).one()
    return doubt_about(Occasion(row.occasion), carrier.channel, Doubt(row.doubt))


@dataclass(frozen=True, slots=True)
class _Answers:
    """What the carrier said, and of which doubt: how often each message had been sent again when it was asked."""

    seen: Mapping[int, int]
    outcomes: list[Outcome]

    def of(self, verdict: Verdict) -> list[Outcome]:
        return [one for one in self.outcomes if one.verdict is verdict]


def _settle(
    connection: Connection,
    carrier: Carrier,
    answers: _Answers,
    doubt: Doubt,
    now: datetime,
    wall: datetime,
    terms: Terms,
) -> int:
    found, absent = answers.of(Verdict.ACCEPTED), answers.of(Verdict.REFUSED_AGAIN)
    unclear = answers.of(Verdict.UNKNOWN)
    _keep_found(connection, carrier.name, found, now)
    match doubt:
        case Doubt.NEVER_TWICE:
            never = {"state": DeliveryState.FAILED, "reason": DeliveryReason.NEVER_TWICE, "final_at": now}
            _resolve(connection, absent, answers.seen, never)
        case Doubt.LOOK_UP_THEN_RESEND:
            _send_again(connection, absent, answers.seen, DeliveryReason.ABSENT_AT_CARRIER, wall)
        case Doubt.AT_LEAST_ONCE:
            _send_again(connection, absent, answers.seen, DeliveryReason.ABSENT_AT_CARRIER, wall)
            _send_again(connection, unclear, answers.seen, DeliveryReason.SENT_AGAIN_IN_DOUBT, wall)
            return len(answers.outcomes)
    # A carrier that cannot be asked is not asked again: only a receipt settles it, or the end of the time for one.
    again_at = wall + terms.ask_again_after if carrier.capabilities.lookup else None
    _resolve(connection, unclear, answers.seen, {"look_up_at": again_at})
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


def _send_again(
    connection: Connection,
    outcomes: list[Outcome],
    seen: Mapping[int, int],
    reason: DeliveryReason,
    wall: datetime,
) -> None:
    """Back to its chunk, and counted."""
    d, chunk = t.delivery.c, t.chunk
    # The chunk first: whoever is giving it back just now must not close it over what is put into it again.
    chunks = select(d.chunk_id).where(d.id.in_([one.delivery_id for one in outcomes]))
    reopened = {"done_at": None, "due_at": wall}
    connection.execute(update(chunk).where(chunk.c.id.in_(chunks)).values(**reopened))
    again = {"state": DeliveryState.PENDING, "reason": reason, "resend_count": d.resend_count + 1}
    _resolve(connection, outcomes, seen, again)


def _resolve(
    connection: Connection, outcomes: list[Outcome], seen: Mapping[int, int], values: dict[str, Any]
) -> None:
    """Only the doubt that was asked about.

    Whoever was stopped after asking may find the message sent again by another and in doubt anew: that it was
    absent then says nothing about the second call.
    """
    d = t.delivery.c
    if outcomes:
        same_doubt = and_(d.state == DeliveryState.UNKNOWN, d.resend_count == bindparam("b_seen"))
        connection.execute(
            update(t.delivery).where(d.id == bindparam("b_id"), same_doubt).values(**values),
            [{"b_id": one.delivery_id, "b_seen": seen[one.delivery_id]} for one in outcomes],
        )
