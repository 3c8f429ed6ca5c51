"""The live view: a stream of small marks that say when a page is worth drawing again. It carries no customer.

Server-sent events (WHATWG HTML, 9.2). One look serves every stream; between two looks nothing is held, neither a
transaction nor a thread.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from hashlib import sha256
from threading import Lock
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from sqlalchemy import Connection, func, select

from tellfirst.accounts import sessions
from tellfirst.accounts.sessions import Session
from tellfirst.bootstrap import World
from tellfirst.domain.account import Right
from tellfirst.domain.errors import Refused
from tellfirst.review.room.due import due_next
from tellfirst.store import tables as t
from tellfirst.store.engine import reading
from tellfirst.web.room.guard import Looking, RoomRoute

router = APIRouter(route_class=RoomRoute)
LOOK_EVERY = 2.0
"""Seconds."""
LASTS = 600.0
"""Seconds: then the browser asks again, and is asked again who it is."""
BEAT_EVERY = 15.0
"""Seconds without a word after which proxies may hang up."""
AT_ONCE = 60
WHILE_SENDING = 10
"""Seconds after which a page is drawn again while messages leave: counts change with every window."""


@dataclass(frozen=True, slots=True)
class Mark:
    """`changed` is another one when what is shown has changed."""

    now: str
    changed: str
    late_count: int


class Live:
    """One look for everybody, at most every LOOK_EVERY seconds."""

    def __init__(self, world: World, lasts: float = LASTS, look_every: float = LOOK_EVERY) -> None:
        self.lasts, self.look_every = lasts, look_every
        self.open_count = 0
        self._world = world
        self._turn = Lock()
        self._seen: tuple[float, Mark] | None = None

    def look(self) -> Mark:
        """As it was at most a moment ago."""
        with self._turn:
            if self._seen is None or time.monotonic() - self._seen[0] >= self.look_every:
                self._seen = (time.monotonic(), self._mark())
            return self._seen[1]

    def _mark(self) -> Mark:
        now = self._world.clock.now()
        with reading(self._world.engine) as connection:
            late = [one for one in due_next(connection, now) if one.late]
            counted = _counted(connection)
        if counted["sending"]:
            counted["tick"] = int(time.time() // WHILE_SENDING)
        said = json.dumps([counted, [[one.kind, one.what, one.incident, one.count] for one in late]])
        return Mark(now.isoformat(), sha256(said.encode()).hexdigest()[:16], sum(one.count for one in late))


def _counted(connection: Connection) -> dict[str, Any]:
    """Numbers that only rise, one for each thing that can happen."""
    i, c, open_chunk = t.incident.c, t.chunk.c, t.chunk.c.done_at.is_(None)
    row = connection.execute(
        select(
            select(func.max(t.incident_entry.c.id)).scalar_subquery(),
            select(func.max(t.contact.c.id)).scalar_subquery(),
            select(func.max(t.promise.c.id)).scalar_subquery(),
            select(func.max(t.stop.c.id)).scalar_subquery(),
            select(func.max(t.escalation.c.id)).scalar_subquery(),
            select(func.sum(i.version)).scalar_subquery(),
            select(func.count()).where(t.contact.c.state.in_(("waiting", "taken"))).scalar_subquery(),
            select(func.count()).where(t.promise.c.state == "open").scalar_subquery(),
        )
    ).one()
    sending = connection.execute(select(c.id).where(open_chunk).limit(1)).first() is not None
    return {"numbers": [int(one or 0) for one in row], "sending": sending}


@router.get("/room/live")
def live(request: Request, session: Annotated[Session, Depends(Looking(Right.LOOK))]) -> Response:
    """A stream for one open page. Refuses (503) when too many are open: pages are whole without it."""
    shared: Live = request.app.state.live
    if shared.open_count >= AT_ONCE:
        raise Refused("too_many_streams", "too many live views are open; reload the page instead", 503)
    headers = {"X-Accel-Buffering": "no"}
    stream = _stream(request, shared, session)
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def _stream(request: Request, shared: Live, session: Session) -> AsyncIterator[str]:
    here: World = request.app.state.world
    shared.open_count += 1
    try:
        ends_at, said_at, last = time.monotonic() + shared.lasts, 0.0, ""
        yield f"retry: {int(timedelta(seconds=3) / timedelta(milliseconds=1))}\n\n"
        while time.monotonic() < ends_at and await run_in_threadpool(_still, here, session):
            mark = await run_in_threadpool(shared.look)
            if mark.changed != last:
                last, said_at = mark.changed, time.monotonic()
                yield f"event: mark\ndata: {json.dumps(asdict(mark))}\n\n"
            elif time.monotonic() - said_at >= BEAT_EVERY:
                said_at = time.monotonic()
                yield f": {mark.now}\n\n"
            await asyncio.sleep(shared.look_every)
    finally:
        shared.open_count -= 1


def _still(here: World, session: Session) -> bool:
    """Whoever was shut out or logged out sees nothing more; an open stream is no use of the session."""
    found = sessions.find(here.engine, session.token, here.wall.now(), uses=False)
    return found is not None and found.account.may(Right.LOOK)
