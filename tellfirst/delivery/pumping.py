"""The pump: what waits in the books leaves, round by round. A flow drives it, or a plain process does.

Two may run at once: every step asks the database for its right to happen.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, Select, select
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from tellfirst.crashpoints import crashpoint
from tellfirst.delivery import leasing, ramping, receipts, standing
from tellfirst.delivery.dispatching import Dispatched, Options, dispatch
from tellfirst.delivery.putting_off import put_off
from tellfirst.delivery.readying import ready
from tellfirst.delivery.reconciling import reconcile
from tellfirst.delivery.scripting import Script
from tellfirst.delivery.sending import Sender, Sent
from tellfirst.domain.incident import Stage
from tellfirst.domain.occasion import Channel
from tellfirst.domain.times import Clock
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.store.prepared import Prepared

AWAY = (OperationalError, InterfaceError, DBAPIError)
"""What a database that cannot be reached raises, among other things: `is_away` tells them apart."""
LONGEST_REST = timedelta(seconds=60)
"""The books are looked at this often even when they say that nothing is due: others write into them too."""
SHORTEST_REST = timedelta(seconds=2)
"""After a round in which nothing could be done: what is due may be somebody else's for a moment longer."""


@dataclass(frozen=True, slots=True)
class Pump:
    """What a round needs: the sender, and what only the rest of the house can make."""

    sender: Sender
    options: Callable[[Channel], Options]
    """The carriers of a channel."""
    channels: Sequence[Channel]
    """Those that have a carrier."""
    script: Callable[[Connection, int, Channel], Script]
    """The text of a notice on a channel."""
    conclude: Callable[[Connection, int, datetime], int]
    """Settles what an incident's notices owed, once they have been offered as a whole."""
    side_by_side: int = 4
    """Chunks sent at once."""
    no_texts: frozenset[str] = frozenset()
    """Codes by which the carriers of texts say that a number takes none."""
    reaches: bool = True
    """Whether it minds nights, halts and next channels too; a proof of the ledger alone leaves them out."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did, and how long nothing more will be due."""

    reaped_count: int
    receipt_count: int
    settled_count: int
    sent: tuple[Sent, ...]
    concluded_count: int
    rest: timedelta | None
    """None after a round that moved something, which the next one follows at once; else nothing is open."""

    @property
    def moved(self) -> bool:
        """Whether anything happened at all."""
        counts = (self.reaped_count, self.receipt_count, self.settled_count, self.concluded_count)
        return any(counts) or any(one.offered_count or one.done for one in self.sent)


def one_round(pump: Pump) -> Round:
    """Reap, apply receipts, reconcile what is due, send what may leave, conclude. Raises what the database raises."""
    reaped = reap(pump.sender)
    received = apply_receipts(pump.sender.engine, pump.sender.clock)
    open_ones = _open_incidents(pump.sender.engine)
    settled = sum(settle_doubts(pump, incident_id) for incident_id in open_ones)
    sent = _send_what_waits(pump, open_ones)
    concluded = sum(conclude(pump, incident_id) for incident_id in open_ones)
    made = Round(reaped, received, settled, sent, concluded, None)
    return made if made.moved else replace(made, rest=_rest(pump.sender))


def run(
    pump: Pump,
    rest: Callable[[timedelta], bool],
    say: Callable[[str], None],
    *,
    until_done: bool = False,
    back_off: Callable[[int], timedelta] = lambda tries: timedelta(seconds=min(2**tries, 30)),
) -> None:
    """Round after round, until `rest` says no or, if so asked, until nothing is open.

    A database that is away is said once and waited for: without it there is no intent, and so no call.
    """
    tries = 0
    while True:
        try:
            made = one_round(pump)
        except AWAY as failure:
            if not is_away(failure):
                raise
            if not tries:
                say("the database is away; nothing is sent until it is back")
            pause, tries = back_off(tries), tries + 1
        else:
            if tries:
                say("the database is back")
            tries = 0
            if until_done and made.rest is None and not made.moved:
                return
            pause = timedelta(0) if made.moved else _between(made.rest)
        if not rest(pause):
            return


def reap(sender: Sender) -> int:
    """What dead workers left is put in doubt. How many messages."""
    with writing(sender.engine) as connection:
        reaped = leasing.reap(connection, sender.wall.now(), sender.terms)
    crashpoint("reap: committed")
    return reaped


def apply_receipts(engine: Engine, clock: Clock) -> int:
    """Raise deliveries by all receipts that wait, a batch at a time. How many."""
    total = 0
    while True:
        with writing(engine) as connection:
            applied = receipts.apply(connection, clock.now())
        crashpoint("receipts: applied and committed")
        total += applied
        if not applied:
            return total


def settle_doubts(pump: Pump, incident_id: int) -> int:
    """Ask the carriers about an incident's messages whose answer was lost. How many could be settled."""
    sender = pump.sender
    with reading(sender.engine) as connection:
        notices = standing.doubtful_notices(connection, incident_id, sender.wall.now())
    settled = 0
    for notice_id in notices:
        for channel in pump.channels:
            options = pump.options(channel)
            with reading(sender.engine) as connection:
                script = pump.script(connection, notice_id, channel)
            for carrier in (options.make(one.name) for one in options.candidates):
                settled += reconcile(
                    sender.engine, notice_id, carrier, script, sender.clock, sender.wall, sender.terms
                )
    return settled


def send(pump: Pump, chunk_id: int, notice_id: int) -> Dispatched:
    """What is left of one chunk, through one of its channel's carriers."""
    sender = pump.sender
    if pump.reaches:
        with writing(sender.engine) as connection:
            put_off(connection, chunk_id, sender.clock.now(), sender.wall.now())
            crashpoint("send: put off, not committed")
        crashpoint("send: put off")
    with reading(sender.engine) as connection:
        channel = leasing.channel_of(connection, chunk_id)
        script = pump.script(connection, notice_id, channel)
    dispatched = dispatch(sender, chunk_id, script, pump.options(channel))
    if pump.reaches:
        with writing(sender.engine) as connection:
            ramping.watch_chunk(connection, chunk_id, sender.clock.now())
            crashpoint("send: watched, not committed")
        crashpoint("send: watched")
    return dispatched


def waiting(pump: Pump, incident_id: int) -> list[tuple[int, int]]:
    """(chunk, notice) of everything due, after what a dead worker left and what did not arrive was looked at."""
    sender = pump.sender
    if not pump.reaches:
        with reading(sender.engine) as connection:
            return standing.open_chunks(connection, incident_id, sender.wall.now())
    with writing(sender.engine) as connection:
        chunks = ready(connection, incident_id, sender.clock.now(), sender.wall.now(), pump.no_texts)
        crashpoint("ready: chosen, not committed")
    crashpoint("ready: committed")
    return chunks


def conclude(pump: Pump, incident_id: int) -> int:
    """Notices that have been offered as a whole settle the promises before them. How many."""
    with writing(pump.sender.engine) as connection:
        concluded = pump.conclude(connection, incident_id, pump.sender.clock.now())
        crashpoint("conclude: settled, not committed")
    crashpoint("conclude: committed")
    return concluded


def _send_what_waits(pump: Pump, incident_ids: Sequence[int]) -> tuple[Sent, ...]:
    chunks = [one for key in incident_ids for one in waiting(pump, key)]
    if len(chunks) < 2 or pump.side_by_side < 2:
        return tuple(send(pump, *one).sent for one in chunks if not pump.sender.is_ending())
    with ThreadPoolExecutor(pump.side_by_side) as workers:
        return tuple(workers.map(lambda one: send(pump, *one).sent, chunks))


def _open_incidents(engine: Engine) -> list[int]:
    with reading(engine) as connection:
        return list(_OPEN.run(connection).scalars())


def _open(_dialect: str) -> Select[tuple[int]]:
    i = t.incident.c
    return select(i.id).where(i.stage != Stage.CLOSED).order_by(i.id)


_OPEN = Prepared(_open)


def _rest(sender: Sender) -> timedelta | None:
    wall = sender.wall.now()
    incident_ids = _open_incidents(sender.engine)
    with reading(sender.engine) as connection:
        stand = [standing.standing(connection, key, wall) for key in incident_ids]
    spans = [span for one in stand for span in (one.sends_in, one.asks_in) if span is not None]
    return min(spans, default=None)


def _between(span: timedelta | None) -> timedelta:
    return LONGEST_REST if span is None else min(max(span, SHORTEST_REST), LONGEST_REST)


def is_away(failure: DBAPIError) -> bool:
    """Lost, refused or busy for too long: what the same statement may survive later. A wrong statement is not."""
    return failure.connection_invalidated or isinstance(failure, OperationalError | InterfaceError)
