"""Twilio as seen by workers in processes of their own: slow, and it counts what it takes under our references."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qs, parse_qsl, urlsplit

from aiohttp import web


@dataclass
class CountingTwilio:
    """Answers each call after `delay` seconds; accepted is what reached it, whoever still waits for the answer."""

    delay: float = 0.0
    taken: list[tuple[float, int]] = field(default_factory=list)
    """(monotonic seconds, delivery), in order."""
    receipts: list[tuple[int, str]] = field(default_factory=list)
    """(delivery, Twilio's own number) of everything taken: what it will report on."""
    refuses: Callable[[dict[str, str]], int | None] = lambda _form: None
    """The code with which it refuses a message, if it does."""
    _messages: list[dict[str, object]] = field(default_factory=list)

    def start(self) -> str:
        """Its address."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(10)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def counts(self) -> Counter[int]:
        """How often each delivery was accepted."""
        return Counter(delivery for _, delivery in list(self.taken))

    async def _serve(self) -> str:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _answer(self, request: web.Request) -> web.Response:
        if request.method == "GET":
            found = [one for one in reversed(self._messages) if one["to"] == request.query["To"]]
            return web.json_response({"messages": found, "next_page_uri": None, "page": 0})
        form = dict(parse_qsl((await request.read()).decode(), keep_blank_values=True))
        if code := self.refuses(form):
            return web.json_response({"code": code, "message": "refused", "status": 400}, status=400)
        callback = parse_qs(urlsplit(form["StatusCallback"]).query)
        delivery, sid = int(callback["delivery"][0]), f"SM{len(self._messages):032x}"
        self.taken.append((time.monotonic(), delivery))
        self.receipts.append((delivery, sid))
        message: dict[str, object] = {
            "sid": sid,
            "to": form["To"],
            "body": form["Body"],
            "status": "queued",
            "date_created": format_datetime(datetime.now(UTC)),
            "date_sent": None,
        }
        self._messages.append(message)
        await asyncio.sleep(self.delay)
        return web.json_response(message, status=201)
