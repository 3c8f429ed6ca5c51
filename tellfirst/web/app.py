"""The web app: built from a world, so that tests build it from theirs."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tellfirst.bootstrap import World
from tellfirst.delivery import high_water
from tellfirst.domain.errors import Refused
from tellfirst.store.engine import writing
from tellfirst.store.faults import fault_of
from tellfirst.web import (
    contacts,
    footprints,
    health,
    personal,
    preferences,
    refusals,
    reviews,
    signals,
    status,
    surveys,
    work_calendars,
)
from tellfirst.web.answers import HEADERS, fault, refusal
from tellfirst.web.inbox import Inbox
from tellfirst.web.receipts import ReceiptDoors

log = logging.getLogger(__name__)


def create_app(world: World) -> ASGIApp:
    """All doors of `world`. Its inbox stores and applies receipts while the app runs."""
    inbox = Inbox(world)
    return ReceiptDoors(world, inbox, _pages(world, inbox))


def _pages(world: World, inbox: Inbox) -> FastAPI:
    app = FastAPI(title="tellfirst", lifespan=_lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.world = world
    app.state.inbox = inbox
    for part in (signals, contacts, surveys, refusals, reviews, footprints, work_calendars, status, health):
        app.include_router(part.router)
    for own in (personal, preferences):
        app.include_router(own.router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    app.add_exception_handler(Refused, _refuse)
    app.add_exception_handler(Exception, _fail)
    app.add_middleware(_Hardened)
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
    ):
        assert part is not None
    world.fleet.make_readers()


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    make_ready(app.state.world)
    draining = asyncio.create_task(app.state.inbox.run())
    yield
    draining.cancel()
    with suppress(asyncio.CancelledError):
        await draining


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


async def _refuse(request: Request, refused: Exception) -> JSONResponse:
    assert isinstance(refused, Refused)
    return refusal(_door(request), refused)


def _door(request: Request) -> str:
    """Where it was, without what a stranger wrote into the address; a carrier of ours is named."""
    world: World = request.app.state.world
    carrier = request.path_params.get("carrier", "")
    if route := request.scope.get("route"):
        path = str(route.path)
        return path.replace("{carrier}", carrier) if carrier in world.fleet.names else path
    return "?"


async def _fail(_request: Request, _failure: Exception) -> JSONResponse:
    return fault()


class _Hardened:
    """Sees to the headers of every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, hardened)
