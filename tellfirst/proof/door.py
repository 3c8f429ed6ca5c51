"""Where the carriers' receipts arrive: one process for all schedules, each below its own name.

As in life a receipt is kept before it is answered, many in one commit; what cannot be kept is answered with an
error, and the carrier comes again.
"""

import asyncio
import contextlib
import json
import signal
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection as Pipe
from random import Random

from sqlalchemy import Engine

from tellfirst.carriers.port import Carrier, RawRequest, Receipt
from tellfirst.delivery import receipts
from tellfirst.domain.errors import Refused
from tellfirst.domain.occasion import Channel
from tellfirst.proof.account import Account
from tellfirst.simulator.carriers.http.answers import json_answer
from tellfirst.simulator.carriers.http.message import Answer, Request
from tellfirst.simulator.carriers.http.router import Router
from tellfirst.simulator.carriers.http.server import serving
from tellfirst.store.engine import connect, writing

HOST = "127.0.0.1"
FAILS = 0.05
"""How often a struck point fails."""
CHANNELS = {"twilio": Channel.SMS, "sendgrid": Channel.EMAIL}


class Struck(Exception):
    """The process would have died here."""


@dataclass
class _Inbox:
    """What one schedule's receipts need."""

    engine: Engine
    account: Account
    dice: Random
    strikes_at: str
    waiting: list[tuple[list[Receipt], "asyncio.Future[bool]"]] = field(default_factory=list)
    keeping: asyncio.Task[None] | None = None
    passed: dict[str, int] = field(default_factory=dict)
    struck: dict[str, int] = field(default_factory=dict)
    refused_count: int = 0
    carriers: dict[str, Carrier] = field(default_factory=dict)

    def carrier(self, name: str) -> Carrier:
        if name not in self.carriers:
            self.carriers[name] = self.account.carrier(CHANNELS[name], 1)
        return self.carriers[name]

    def fate(self, name: str) -> None:
        self.passed[name] = self.passed.get(name, 0) + 1
        if name == self.strikes_at and self.dice.random() < FAILS:
            self.struck[name] = self.struck.get(name, 0) + 1
            raise Struck(name)


class Door:
    """Opened and closed for each schedule by whoever runs it."""

    def __init__(self) -> None:
        self._inboxes: dict[str, _Inbox] = {}
        self._engines: dict[str, Engine] = {}
        self.router = Router()
        self.router.add("POST", "/{name}/receipts/{carrier}", self._receive)
        self.router.add("PUT", "/{name}", self._open)
        self.router.add("DELETE", "/{name}", self._close)

    def _open(self, request: Request, name: str) -> Answer:
        told = json.loads(request.body)
        url = told["url"]
        # The same books are begun anew again and again; their engine knows its SQL by now.
        engine = self._engines[url] = self._engines.get(url) or connect(url)
        self._inboxes[name] = _Inbox(
            engine,
            Account(**told["account"]),
            Random(told["seed"]),  # noqa: S311  # seeded to be replayed
            told["strikes_at"],
        )
        return Answer(201)

    async def _close(self, _request: Request, name: str) -> Answer:
        inbox = self._inboxes.pop(name, None)
        if inbox is None:
            return Answer(404)
        if inbox.keeping is not None:
            await asyncio.wait([inbox.keeping])
        inbox.engine.dispose()
        return json_answer(
            {"passed": inbox.passed, "struck": inbox.struck, "refused_count": inbox.refused_count}
        )

    async def _receive(self, request: Request, name: str, carrier: str) -> Answer:
        inbox = self._inboxes.get(name)
        if inbox is None or carrier not in CHANNELS:
            return Answer(404)
        path = request.target.removeprefix(f"/{name}")
        raw = RawRequest(inbox.account.public_url + path, request.headers, request.body)
        try:
            reported = inbox.carrier(carrier).parse_receipt(raw)
        except Refused:
            inbox.refused_count += 1
            return Answer(403)
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        inbox.waiting.append((reported, kept))
        if inbox.keeping is None or inbox.keeping.done():
            inbox.keeping = asyncio.create_task(_keep(inbox))
        return Answer(204 if await kept else 500)


async def _keep(inbox: _Inbox) -> None:
    while inbox.waiting:
        together, inbox.waiting = inbox.waiting, []
        reported = [one for each, _ in together for one in each]
        is_kept = await asyncio.to_thread(_write, inbox, reported)
        for _, kept in together:
            if not kept.done():
                kept.set_result(is_kept)


def _write(inbox: _Inbox, reported: list[Receipt]) -> bool:
    """False for anything that goes wrong: the edge, where a carrier is told to come again."""
    try:
        with writing(inbox.engine) as connection:
            receipts.keep(connection, reported, datetime.now(UTC))
            inbox.fate("receipts: kept, not committed")
        inbox.fate("receipts: kept and committed")
    except Exception:  # noqa: BLE001
        return False
    return True


async def _serve(pipe: Pipe) -> None:
    ending = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
    async with serving(Door().router.answer, HOST, 0) as port:
        pipe.send(port)
        await ending.wait()


def keep_door(pipe: Pipe) -> None:
    """Run as a process: tells its port through `pipe`, and ends at SIGTERM."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(pipe))
