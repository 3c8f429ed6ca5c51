"""A small HTTP server on loopback that takes messages or fails as told, and remembers what it was sent."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Self

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    peer: object


@dataclass
class ScriptedVendor:
    """Answers with `fault` while it is set, else with `accept`."""

    accept: Handler
    fault: Handler | None = None
    seen: list[Seen] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=50_000_000)
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.01)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.let_go.set()
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            body = await request.read()
            peer = request.transport and request.transport.get_extra_info("peername")
            headers = {name.lower(): value for name, value in request.headers.items()}
            self.seen.append(Seen(request.method, request.path_qs, headers, body, peer))
            return await (self.fault or self.accept)(request)
        finally:
            self.at_once -= 1

    def answer(self, status: int, document: object = None, **headers: str) -> Handler:
        """Always this status; without a document the body quotes the request, as vendors' error texts do."""

        async def handler(request: web.Request) -> web.Response:
            quoted = {"message": (await request.read()).decode()}
            body = document if isinstance(document, str) else json.dumps(document or quoted)
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return web.Response(status=status, text=body, headers=named)

        return handler

    async def reset(self, request: web.Request) -> web.Response:
        """The connection dies after the request was read."""
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def linger(self, request: web.Request) -> web.StreamResponse:
        """Accepts, but takes long enough that calls overlap."""
        await asyncio.sleep(0.02)
        return await self.accept(request)

    async def hang(self, request: web.Request) -> web.Response:
        """No answer within anyone's patience."""
        await self.let_go.wait()
        return web.Response()
