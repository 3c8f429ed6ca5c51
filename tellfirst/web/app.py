"""The web app: built from a world, so that tests build it from theirs."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp

from tellfirst.audience import topology
from tellfirst.bootstrap import World
from tellfirst.contacts import naming
from tellfirst.delivery import high_water
from tellfirst.domain.errors import RuleBroken
from tellfirst.store.engine import reading, writing
from tellfirst.store.faults import fault_of
from tellfirst.web import (
    affected,
    contacts,
    footprints,
    health,
    personal,
    preferences,
    refusals,
    reviews,
    room,
    signals,
    surveys,
    work_calendars,
)
from tellfirst.web.answers import Hardened
from tellfirst.web.api import create_api
from tellfirst.web.errors import answer_errors
from tellfirst.web.inbox import Inbox
from tellfirst.web.limits import Limited, Shares
from tellfirst.web.public_pages import PublicPages
from tellfirst.web.receipts import ReceiptDoors
from tellfirst.web.together import Together

log = logging.getLogger(__name__)


def create_app(world: World) -> ASGIApp:
    """All doors of `world`. Its inbox stores and applies receipts while the app runs."""
    inbox, shares = Inbox(world), Shares()
    pages = _pages(world, inbox, shares)
    pages.state.public_pages = PublicPages(world, Limited(pages, world, shares))
    return ReceiptDoors(world, inbox, Hardened(pages.state.public_pages, world.settings.web_url))


def _pages(world: World, inbox: Inbox, shares: Shares) -> FastAPI:
    app = FastAPI(title="tellfirst", lifespan=_lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.world = world
    app.state.inbox = inbox
    app.state.shares = shares
    app.state.together = Together(world.engine)
    for part in (signals, contacts, affected, surveys, refusals, reviews, footprints, work_calendars, health):
        app.include_router(part.router)
    for own in (personal, preferences):
        app.include_router(own.router)
    room.furnish(app, world)
    app.mount("/api", create_api(world, app.state.counter))
    app.mount("/static", _Static(directory=Path(__file__).parent / "static"))
    answer_errors(app)
    app.add_api_route("/ready", _ready)
    return app


def make_ready(world: World) -> None:
    """Build what is built when first used: before threads can race to build it twice, and before a receipt waits
    for a vendor's library to load, which takes a good part of a second. Raises SetupError."""
    for part in (
        world.engine,
        world.clock,
        world.templates,
        world.sources,
        world.playbooks,
        world.links,
        world.desk,
    ):
        assert part is not None
    world.fleet.make_readers()
    _read_network(world)


def _read_network(world: World) -> None:
    """The network and the names in it take a second of a city: not of whoever writes first."""
    try:
        with reading(world.engine) as connection:
            topology.current(connection)
            naming.gazetteer(connection)
    except (SQLAlchemyError, RuleBroken) as failure:
        log.warning("the network is read later: %s", type(failure).__name__)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    make_ready(app.state.world)
    running = [asyncio.create_task(one.run()) for one in (app.state.inbox, app.state.together)]
    yield
    await affected.finish(app)
    for one in running:
        one.cancel()
        with suppress(asyncio.CancelledError):
            await one


def _ready(request: Request) -> JSONResponse:
    """Ready while the database takes a write: with a full disk it can still be read, and no receipt be kept."""
    world: World = request.app.state.world
    try:
        with writing(world.engine) as connection:
            high_water.touch(connection)
    except SQLAlchemyError as failure:
        word = fault_of(failure).word
        log.error("not ready: the database is %s", word)
        return JSONResponse({"status": "not_ready", "reason": word}, 503)
    return JSONResponse({"status": "ready"})


class _Static(StaticFiles):
    """Styles and scripts, which may be kept a while: a page that changes them asks for another name."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        answer = super().file_response(*args, **kwargs)
        answer.headers["Cache-Control"] = "public, max-age=300, stale-while-revalidate=86400"
        return answer
