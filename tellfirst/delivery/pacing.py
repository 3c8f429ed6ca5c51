"""Pacing: the permitted rate of a sender, kept by all its workers and machines in one row of the books."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, Select, bindparam, select, update

from tellfirst.carriers.port import Outbound, Outcome, Verdict, one_segment
from tellfirst.crashpoints import crashpoint
from tellfirst.domain.message import Message
from tellfirst.domain.pace import CATCH_UP, Slots, is_forfeited, reserve, window_size
from tellfirst.domain.times import Clock
from tellfirst.store.engine import reading, writing
from tellfirst.store.inserting import insert_into
from tellfirst.store.prepared import Prepared
from tellfirst.store.tables import sender

QUEUE = 2 * CATCH_UP
"""How far ahead the line may be taken before others wait without an intent: what waits must not be in doubt."""
Sleep = Callable[[float], Awaitable[None]]


class Pace:
    """One pass's place in the line of `name`. As a `Turn` it waits until the slot of the messages has come.

    Without a `rate` (segments a second) nothing is paced, but what a carrier asks for (Retry-After) holds for
    everybody still.
    """

    def __init__(
        self,
        engine: Engine,
        wall: Clock,
        name: str,
        rate: float | None = None,
        segments: Callable[[Message], int] = one_segment,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._engine, self._wall, self._name = engine, wall, name
        self._rate, self._segments, self._sleep = rate, segments, sleep
        self._slots: Slots | None = None
        self._used = 0
        self._each = 1.0

    def window(self, most: int) -> int:
        """Messages that take about a second, by the length of the last ones."""
        return window_size(self._rate, self._each, most) if self._rate else most

    def line(self) -> timedelta:
        """How long to wait before a window is begun: nothing while the line is short."""
        with reading(self._engine) as connection:
            free_at = _free_at(connection, self._name)
        return max(free_at - self._wall.now() - QUEUE, timedelta(0)) if free_at else timedelta(0)

    def begin(self, window: Sequence[Outbound]) -> None:
        """Take the slots of a whole window, with one row changed."""
        if self._rate and window:
            total = self._count(window)
            self._each = total / len(window)
            self._take(total)

    async def __call__(self, messages: Sequence[Outbound]) -> None:
        if not self._rate:
            return
        count = self._count(messages)
        slot = self._slot(count)
        while (wait := (slot - self._wall.now()).total_seconds()) > 0:
            await self._sleep(wait)

    def end(self, outcomes: Sequence[Outcome]) -> None:
        """Give back what was not used, and tell everybody when the carrier asks to come again later."""
        self._give_back()
        asked = [
            one.retry_after for one in outcomes if one.verdict is Verdict.REFUSED_AGAIN and one.retry_after
        ]
        if asked:
            with writing(self._engine) as connection:
                self._free_not_before(connection, self._wall.now() + timedelta(seconds=max(asked)))
                crashpoint("pace: line closed, not committed")
            crashpoint("pace: line closed")

    def _slot(self, count: int) -> datetime:
        if self._slots is None or self._used + count > self._slots.segments:
            # A request was split and is made in parts: more calls than were begun.
            self._take(count)
        assert self._slots is not None
        slot = self._slots.after(self._used)
        if is_forfeited(slot, self._wall.now()):
            self._take(self._slots.segments - self._used)
            slot = self._slots.starts_at
        self._used += count
        return slot

    def _take(self, segments: int) -> None:
        assert self._rate is not None
        with writing(self._engine) as connection:
            free_at = _free_at(connection, self._name, lock=True)
            self._slots = reserve(free_at, self._wall.now(), segments, self._rate)
            self._used = 0
            self._set(connection, self._slots.ends_at)
            crashpoint("pace: slots taken, not committed")
        crashpoint("pace: slots taken")

    def _give_back(self) -> None:
        slots, self._slots = self._slots, None
        if slots is None or self._used >= slots.segments:
            return
        s = sender
        mine = (s.c.name == self._name, s.c.free_at == slots.ends_at)
        with writing(self._engine) as connection:
            # Only while nobody has come behind; else the gap stays, and some of the rate is lost.
            connection.execute(update(s).where(*mine).values(free_at=slots.after(self._used)))
            crashpoint("pace: slots given back, not committed")
        crashpoint("pace: slots given back")

    def _free_not_before(self, connection: Connection, moment: datetime) -> None:
        free_at = _free_at(connection, self._name, lock=True)
        if free_at is None or free_at < moment:
            self._set(connection, moment)

    def _set(self, connection: Connection, free_at: datetime) -> None:
        made = insert_into(connection, sender).values(name=self._name, free_at=free_at)
        connection.execute(
            made.on_conflict_do_update(index_elements=["name"], set_={"free_at": made.excluded.free_at})
        )

    def _count(self, messages: Sequence[Outbound]) -> int:
        return sum(self._segments(one.message) for one in messages)


def _free_at(connection: Connection, name: str, *, lock: bool = False) -> datetime | None:
    if not lock:
        now_free_at: datetime | None = _FREE_AT.run(connection, name=name).scalar()
        return now_free_at
    if connection.dialect.name == "postgresql":
        # The row must be there to be locked: two who both found none would both take the first slots.
        first = insert_into(connection, sender).values(name=name, free_at=_LONG_AGO)
        connection.execute(first.on_conflict_do_nothing())
    free_at: datetime | None = _FREE_AT_LOCKED.run(connection, name=name).scalar()
    return free_at


def _wanted(_dialect: str) -> Select[tuple[datetime]]:
    return select(sender.c.free_at).where(sender.c.name == bindparam("name", type_=sender.c.name.type))


_FREE_AT = Prepared(_wanted)
_FREE_AT_LOCKED = Prepared(lambda dialect: _wanted(dialect).with_for_update())


_LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
