"""Send: lease a chunk, and window by window intend, call, record, until nothing in it is left to send."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Engine

from tellfirst.carriers.port import Carrier, Outbound, Outcome, Verdict
from tellfirst.delivery.intending import Addressed, intend
from tellfirst.delivery.leasing import Lease, lease, release, renew
from tellfirst.delivery.recording import give_up, record
from tellfirst.domain.message import Message, Reader
from tellfirst.domain.times import Clock
from tellfirst.store.engine import writing

WINDOW_MUST_END_WITHIN = timedelta(seconds=45)
"""Longest time a window's calls may take: carriers' time-outs stay below it."""
PATIENCE = timedelta(seconds=20)
"""A carrier that asks to come again sooner than this is waited for here; later ones wait in the ledger."""

COME_BACK_AFTER = timedelta(minutes=2)
"""When a carrier that takes nothing is tried again."""

Render = Callable[[Reader], Message]
Link = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Script:
    """What to say: the text per kind of reader, and each customer's own link where the occasion has one."""

    render: Render
    link: Link
    valid_for: int


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a chunk in this pass. `carrier_stopped` names the code that stopped the carrier."""

    accepted_count: int = 0
    refused_count: int = 0
    unknown_count: int = 0
    late_count: int = 0
    carrier_stopped: str = ""
    done: bool = False


def send_chunk(
    engine: Engine, chunk_id: int, carrier: Carrier, script: Script, clock: Clock, wall: Clock
) -> Sent:
    """Send what is left of a chunk. Another worker holding it is normal: nothing is sent then."""
    with writing(engine) as connection:
        held = lease(connection, chunk_id, wall.now())
    if held is None:
        return Sent()
    return asyncio.run(_send(engine, held, carrier, script, clock, wall))


async def _send(
    engine: Engine, held: Lease, carrier: Carrier, script: Script, clock: Clock, wall: Clock
) -> Sent:
    total, texts, pause, refusals = Sent(), Texts(script), timedelta(0), 0
    try:
        while True:
            if not held.outlasts(wall.now() + WINDOW_MUST_END_WITHIN):
                with writing(engine) as connection:
                    renewed = renew(connection, held, wall.now())
                if renewed is None:
                    return total
                held = renewed
            with writing(engine) as connection:
                window = intend(connection, held, carrier.capabilities.window, clock.now(), wall.now())
            if not window:
                break
            outcomes = await carrier.submit([texts.outbound(one) for one in window])
            with writing(engine) as connection:
                late = record(connection, carrier.name, held.fence, outcomes, clock.now())
            total = _add(total, outcomes, late)
            refusals = refusals + 1 if _all_refused(outcomes) else 0
            pause = _pause(outcomes, refusals)
            if pause:
                with writing(engine) as connection:
                    give_up(connection, held.chunk_id, clock.now())
            if total.carrier_stopped or pause > PATIENCE:
                break
            await asyncio.sleep(pause.total_seconds())
    finally:
        await carrier.close()
    with writing(engine) as connection:
        done = release(connection, held, wall.now(), pause or COME_BACK_AFTER)
    return replace(total, done=done)


class Texts:
    """Renders once per kind of reader, not once per customer."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._rendered: dict[Reader, Message] = {}

    def outbound(self, one: Addressed) -> Outbound:
        if one.reader not in self._rendered:
            self._rendered[one.reader] = self._script.render(one.reader)
        return Outbound(
            delivery_id=one.delivery_id,
            address=one.address,
            message=self._rendered[one.reader],
            link=self._script.link(one.delivery_id),
            valid_for=self._script.valid_for,
            intended_at=one.intended_at,
        )


def _all_refused(outcomes: list[Outcome]) -> bool:
    return all(one.verdict is Verdict.REFUSED_AGAIN for one in outcomes)


def _pause(outcomes: list[Outcome], refusals: int) -> timedelta:
    """What the carrier asks for; else twice as long after each window that it refused as a whole."""
    again = [one for one in outcomes if one.verdict is Verdict.REFUSED_AGAIN]
    if not again:
        return timedelta(0)
    asked = max((timedelta(seconds=one.retry_after) for one in again if one.retry_after), default=None)
    return asked or min(timedelta(seconds=2**refusals), COME_BACK_AFTER)


def _add(total: Sent, outcomes: list[Outcome], late: int) -> Sent:
    count = {verdict: sum(one.verdict is verdict for one in outcomes) for verdict in Verdict}
    stopped = next((one.code for one in outcomes if one.stops_carrier), "")
    return Sent(
        accepted_count=total.accepted_count + count[Verdict.ACCEPTED],
        refused_count=total.refused_count + count[Verdict.REFUSED_FINALLY],
        unknown_count=total.unknown_count + count[Verdict.UNKNOWN],
        late_count=total.late_count + late,
        carrier_stopped=stopped,
    )
