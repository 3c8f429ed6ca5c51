"""Monitors speak here, each source at a door of its own name."""

import hmac
import logging

from fastapi import APIRouter, BackgroundTasks, Request
from fastapi.concurrency import run_in_threadpool

from tellfirst.bootstrap import World
from tellfirst.detect.asking import Standing, Unanswered, ask
from tellfirst.detect.correlation import Taken, take_signals
from tellfirst.detect.hearing import Heard, by_area, hear
from tellfirst.detect.watching import note_heard, take_answer, take_silence
from tellfirst.domain.errors import Refused
from tellfirst.store.engine import writing
from tellfirst.waking import nudge
from tellfirst.web.door import read_body

router = APIRouter()
log = logging.getLogger(__name__)


@router.post("/signals/{source}", status_code=202)
async def from_source(source: str, request: Request, background: BackgroundTasks) -> dict[str, object]:
    """A body of the source of that name. Answered once its alerts are stored and judged; incidents start right
    after. `missing` counts alerts that were cut off and that nobody could be asked for."""
    here: World = request.app.state.world
    _authorise(request.headers.get("authorization", ""), here.signal_token)
    body = await read_body(request)
    heard, taken, missing = await run_in_threadpool(_take, here, source, body)
    background.add_task(nudge, here, [*taken.opened, *taken.moved])
    answer: dict[str, object] = {
        "judgements": taken.judgements,
        "opened": taken.opened,
        "moved": taken.moved,
    }
    if missing:
        answer["missing"] = missing
    if heard.to_do:
        answer["to_do"] = heard.to_do
    return answer


def _take(here: World, name: str, body: bytes) -> tuple[Heard, Taken, int]:
    heard = hear(name, here.sources, body, here.clock.now())
    asked_at = here.clock.now()
    # Before any transaction: whoever waits for a monitor must hold nothing.
    standing, fault = _ask(here, name) if heard.wants_asking else (None, None)
    now = here.clock.now()
    with writing(here.engine) as connection:
        note_heard(connection, name, now, heard.to_do)
        signals = [*by_area(connection, name, here.sources, heard.signals)]
        if standing is not None:
            taken = take_answer(
                connection, name, signals, standing, here.sources, here.playbooks, asked_at, now
            )
            return heard, taken, 0
        taken = take_signals(connection, signals, here.sources, here.playbooks, now)
        if fault is not None:
            take_silence(connection, name, here.sources, fault, asked_at, now)
    return heard, taken, heard.missing_count


def _ask(here: World, name: str) -> tuple[Standing | None, str | None]:
    source = here.sources.all[name]
    if source.poll is None:
        return None, None
    try:
        return ask(name, source.parser, source.poll, here.settings.variable), None
    except Unanswered as fault:
        log.warning("the source %s gave no answer: %s", name, fault)
        return None, str(fault)


def _authorise(header: str, token: str) -> None:
    scheme, _, given = header.partition(" ")
    known = hmac.compare_digest(given.strip().encode(), token.encode())
    if scheme.lower() != "bearer" or not known:
        raise Refused("bad_token", "send the header `Authorization: Bearer <signal token>`", 401)
