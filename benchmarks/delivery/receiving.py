"""Receipts through the web app's own doors, signatures checked, until they are applied to the deliveries."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select, update

from benchmarks.delivery import books, processes
from benchmarks.delivery.books import Books
from benchmarks.delivery.reports import TOGETHER
from tellfirst.domain.delivery import DeliveryReason, DeliveryState
from tellfirst.domain.occasion import Channel
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

CONNECTIONS = 128
"""Open to the web app. A vendor opens another when all are busy; with few, who reports waits for who reports."""
PATIENCE = 300.0
"""Seconds until all receipts must have been applied."""


@dataclass(frozen=True, slots=True)
class Received:
    """Of one burst: `applied_per_second` from the first post until the last receipt was applied."""

    applied_per_second: float
    p50_ms: float
    p99_ms: float
    refused: int
    processor_us: float
    """Of the web app, per receipt."""


def receive(channel: Channel, count: int, rate: float, folder: Path) -> Received:
    """`count` receipts offered at `rate` a second for messages that were handed over before."""
    keys = processes.house(folder)
    port = processes.free_port()
    with books.sqlite_books(count, channel) as filled:
        _handed_over(filled)
        environment = processes.settings_of(folder, filled.url, "http://127.0.0.1:1", port)
        config = {
            "shape": channel.value,
            "count": count,
            "rate": rate,
            "port": port,
            "connections": CONNECTIONS,
            "together": 1 if channel is Channel.SMS else TOGETHER,
            "auth_token": keys.twilio_auth_token,
            "private_key_pem": keys.sendgrid_private_key_pem,
        }
        file = folder / "reports.json"
        file.write_text(json.dumps(config), encoding="utf-8")
        with processes.web(environment, port) as pid:
            before = processes.processor_seconds(pid)
            told = processes.answer_of("reports", str(file))
            ended = applied_at(filled, count)
            taken = processes.processor_seconds(pid) - before
    rate = count / (ended - told["began"])
    return Received(rate, told["p50_ms"], told["p99_ms"], told["refused"], taken / count * 1e6)


def applied_at(filled: Books, count: int) -> float:
    """The time at which all have been applied. Raises TimeoutError."""
    d = t.delivery.c
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with reading(filled.engine) as connection:
            delivered = connection.scalar(
                select(func.count()).select_from(t.delivery).where(d.state == DeliveryState.DELIVERED)
            )
        if delivered == count:
            return time.time()
        time.sleep(0.05)
    raise TimeoutError(f"only {delivered} of {count} receipts were applied within {PATIENCE:.0f} s")


def _handed_over(filled: Books) -> None:
    """As after sending: every message is with its carrier."""
    books.plan(filled)
    d = t.delivery.c
    with writing(filled.engine) as connection:
        connection.execute(update(t.delivery).values(state=DeliveryState.SENDING, try_count=1))
        connection.execute(
            update(t.delivery).values(
                state=DeliveryState.SENT, reason=DeliveryReason.AFFECTED, handed_over_at=d.intended_at
            )
        )
