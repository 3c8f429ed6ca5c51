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
from tellfirst.web import contacts, footprints, receipts, reviews, signals, status, surveys
from tellfirst.web.inbox import Inbox

log = logging.getLogger(__name__)
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def create_app(world: World) -> FastAPI:
    """All doors of `world`. Its inbox stores and applies receipts while the app runs."""
    app = FastAPI(title="tellfirst", lifespan=_lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.world = world
    app.state.inbox = Inbox(world)
    for part in (signals, receipts, contacts, surveys, reviews, footprints, status):
        app.include_router(part.router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    app.add_exception_handler(Refused, _refuse)
    app.add_exception_handler(Exception, _fail)
    app.add_middleware(_Hardened)
    app.add_api_route("/ready", _ready)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    world: World = app.state.world
    # Parts of the world are built when first used; here, before threads can race to build one twice.
    for part in (
        world.engine,
        world.clock,
        world.templates,
        world.sources,
        world.playbooks,
        world.links,
        world.fleet,
    ):
        assert part is not None
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
    """RFC 9457: what was wrong, without a word of what was sent."""
    assert isinstance(refused, Refused)
    log.warning("refused at %s: %s", _door(request), refused.reason)
    body = {"type": "about:blank", "title": refused.reason, "detail": str(refused), "status": refused.status}
    return JSONResponse(body, refused.status, media_type="application/problem+json")


def _door(request: Request) -> str:
    """Where it was, without what a stranger wrote into the address; a carrier of ours is named."""
    world: World = request.app.state.world
    carrier = request.path_params.get("carrier", "")
    if route := request.scope.get("route"):
        path = str(route.path)
        return path.replace("{carrier}", carrier) if carrier in world.fleet.names else path
    # A plain route leaves no trace but whom it called.
    called = str(getattr(request.scope.get("endpoint"), "__name__", "?"))
    return f"{called} {carrier}" if carrier in world.fleet.names else called


async def _fail(request: Request, failure: Exception) -> JSONResponse:
    """A fault of ours; the log says which. Made outside of every middleware, so it brings the headers itself."""
    body = {"type": "about:blank", "title": "our_fault", "detail": "this failed; try again", "status": 500}
    return JSONResponse(body, 500, HEADERS, media_type="application/problem+json")


class _Hardened:
    """Sees to the headers of every answer. Plain ASGI: a middleware with request and response objects took as long
    as everything else that a receipt needs."""

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
