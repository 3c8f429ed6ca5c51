"""Monitors speak here."""

import hmac

from fastapi import APIRouter, BackgroundTasks, Request
from fastapi.concurrency import run_in_threadpool

from tellfirst.bootstrap import World
from tellfirst.detect import alertmanager
from tellfirst.detect.correlation import Taken, take_signals
from tellfirst.domain.errors import Refused
from tellfirst.store.engine import writing
from tellfirst.waking import nudge
from tellfirst.web.door import read_body

router = APIRouter()


@router.post("/signals/alertmanager", status_code=202)
async def from_alertmanager(request: Request, background: BackgroundTasks) -> dict[str, object]:
    """An Alertmanager webhook. Answered once its alerts are stored and judged; incidents start right after."""
    here: World = request.app.state.world
    _authorise(request.headers.get("authorization", ""), here.signal_token)
    body = await read_body(request)
    taken = await run_in_threadpool(_take, here, body)
    background.add_task(nudge, here, [*taken.opened, *taken.moved])
    return {"judgements": taken.judgements, "opened": taken.opened, "moved": taken.moved}


def _take(here: World, body: bytes) -> Taken:
    signals = alertmanager.parse(body)
    with writing(here.engine) as connection:
        return take_signals(connection, signals, here.sources, here.playbooks, here.clock.now())


def _authorise(header: str, token: str) -> None:
    scheme, _, given = header.partition(" ")
    known = hmac.compare_digest(given.strip().encode(), token.encode())
    if scheme.lower() != "bearer" or not known:
        raise Refused("bad_token", "send the header `Authorization: Bearer <signal token>`", 401)
