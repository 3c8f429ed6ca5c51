"""The simulated carriers and a receiver of what they post: both in one loop, in a thread, on free ports."""

import asyncio
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import uvloop
from aiohttp import web
from sendgrid import SendGridAPIClient
from twilio.rest import Client

from tellfirst.simulator.carriers.app import CarriersApp, running

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "a-token-of-the-tests"
SENDER = "+914012345678"
API_KEY = "SG.a-key-of-the-tests"
RETRY_AFTER_SECONDS = (0.01, 0.02)
PATIENCE_SECONDS = 5


class LoopThread:
    """An event loop like the carriers' own, in a thread, for servers that run beside blocking clients."""

    def __init__(self) -> None:
        self.loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE_SECONDS)

    def serve(self, build_app: Callable[[], web.Application]) -> tuple[web.AppRunner, str]:
        served: tuple[web.AppRunner, str] = self.run(self._serve(build_app))
        return served

    def run_carriers(self, app: CarriersApp, port: int = 0) -> tuple[Callable[[], None], str]:
        """Start `app` at a port, a free one for 0; gives what ends it, and its address."""
        life = AsyncExitStack()
        port = self.run(life.enter_async_context(running(app, port)))
        return lambda: self.run(life.aclose()), f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE_SECONDS)
        self.loop.close()

    async def _serve(self, build_app: Callable[[], web.Application]) -> tuple[web.AppRunner, str]:
        runner = web.AppRunner(build_app(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


@dataclass(frozen=True, slots=True)
class Posted:
    """One POST as it came over the wire."""

    url: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """The company's side: keeps what is posted and answers 200, or what `script` holds for the path."""

    url: str = ""
    all: list[Posted] = field(default_factory=list)
    script: dict[str, deque[web.Response]] = field(default_factory=lambda: defaultdict(deque))
    _came: threading.Condition = field(default_factory=threading.Condition)

    def app(self) -> web.Application:
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_post("/{path:.*}", self._take)
        return app

    def posted_to(self, path: str, count: int) -> list[Posted]:
        """The posts to `path`, once there are `count`."""
        with self._came:
            enough = self._came.wait_for(lambda: len(self._at(path)) >= count, PATIENCE_SECONDS)
            assert enough, f"{len(self._at(path))} posts came to {path} instead of {count}"
            return self._at(path)

    def _at(self, path: str) -> list[Posted]:
        return [posted for posted in self.all if posted.path == path]

    async def _take(self, request: web.Request) -> web.Response:
        raw = f"{self.url}{request.raw_path}"
        posted = Posted(raw, request.path, dict(request.headers), await request.read())
        answers = self.script[request.path]
        answer = answers.popleft() if answers else web.Response()
        with self._came:
            self.all.append(posted)
            self._came.notify_all()
        return answer


@dataclass
class Carriers:
    """A running simulator, and the vendors' own SDKs pointed at it."""

    url: str
    truth_log: Path
    stop: Callable[[], None]

    @property
    def twilio(self) -> Client:
        client = Client(ACCOUNT_SID, AUTH_TOKEN)
        client.api.base_url = self.url
        return client

    @property
    def sendgrid(self) -> SendGridAPIClient:
        return SendGridAPIClient(API_KEY, host=self.url)

    @property
    def messages_url(self) -> str:
        return f"{self.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"

    def post_form(self, form: Any) -> requests.Response:
        """A create-message request that no SDK would make."""
        return requests.post(self.messages_url, data=form, auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=5)

    def get(self, path: str, **query: str | int) -> Any:
        answer = requests.get(self.url + path, params=query, timeout=5)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def begin_faults(self, plan: dict[str, Any], path: str = "/faults") -> None:
        answer = requests.post(self.url + path, json=plan, timeout=5)
        assert answer.status_code == 204, answer.text

    def happened(self) -> dict[str, int]:
        """Each fault that struck, with how often."""
        return dict(self.counts()["faults"])

    def counts(self) -> Any:
        return self.get("/truth/counts")

    def settled(self) -> Any:
        """The counts of callbacks, once none is waiting."""
        for _ in range(500):
            callbacks = self.counts()["callbacks"]
            if callbacks["waiting"] == 0:
                return callbacks
            threading.Event().wait(0.01)
        raise AssertionError(f"callbacks did not settle: {callbacks}")
