"""The parts of the measurement. Each gives its figures."""

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.delivery import processes, receiving
from benchmarks.scenarios import MILLION
from benchmarks.table import FOLDER, Figure
from benchmarks.web import driving
from benchmarks.web.driving import Driven, drive, get
from benchmarks.web.town import sending, text, town
from tellfirst.domain.occasion import Channel

SEED = 20261122
CONNECTIONS = 64
"""Vendor's and readers'; who finds none free waits, and the waiting counts."""
UNDER_WAY = 0.01
"""Share of the notice that must have left before the first contact comes."""
PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many of what is measured. `contact_rate` and `receipt_rate` are offered a second."""

    customers: int = MILLION
    contact_seconds: int = 20
    contact_rate: int = 330
    """A tenth more than is asked for."""
    pages: int = 30_000
    receipts: int = 20_000
    receipt_rate: int = 5_500

    @classmethod
    def quick(cls) -> "Sizes":
        """For trying out: targets are not to be judged by it."""
        return cls(customers=20_000, contact_seconds=3, pages=2_000, receipts=2_000, receipt_rate=1_000)


def ceiling(sizes: Sizes, folder: Path) -> list[Figure]:
    """What the driver itself allows, with the bodies of the other parts."""
    requests = [
        text("token", "http://127.0.0.1/contacts/twilio/sms", one, "+914055500001") for one in range(2_000)
    ]
    with driving.stub() as port:
        texts = drive(folder, port, requests, connections=CONNECTIONS, repeat=max(sizes.pages // 2_000, 1))
        pages = drive(folder, port, [get("/")], connections=CONNECTIONS, repeat=sizes.pages)
    return [
        Figure("the driver against a stub: texts", texts.rate, "requests/s"),
        Figure("the driver against a stub: pages", pages.rate, "requests/s"),
    ]


def contacts(sizes: Sizes, folder: Path) -> list[Figure]:
    """(a) texts of customers while a notice to a tenth of them is being sent; (b) the status page, then."""
    count = sizes.contact_rate * sizes.contact_seconds
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tellfirst-bench-")))
        keys = processes.house(home)
        here = stack.enter_context(town(SEED, sizes.customers, FOLDER, count))
        port = processes.free_port()
        vendor = stack.enter_context(processes.vendor(home))
        database = here.engine.url.render_as_string(hide_password=False)
        environment = processes.settings_of(home, database, vendor.plain, port)
        pid = stack.enter_context(processes.web(environment, port))
        url = f"http://127.0.0.1:{port}/contacts/twilio/sms"
        requests = [text(keys.twilio_auth_token, url, one, who) for one, who in enumerate(here.callers)]
        alone = drive(
            folder, port, requests[:200], connections=CONNECTIONS, rate=sizes.contact_rate
        )  # every reader's and template's first time
        with sending(environment):
            _until(lambda: here.sent() >= here.told_count * UNDER_WAY)
            sent, spent = here.sent(), processes.processor_seconds(pid)
            driven = drive(folder, port, requests[200:], connections=CONNECTIONS, rate=sizes.contact_rate)
            sent, spent = here.sent() - sent, processes.processor_seconds(pid) - spent
            waiting = here.waiting()
        kept, answered = here.contacts()
        pages = _pages(sizes, folder, port, pid)
    lost = len(requests) - kept
    return [
        Figure("(a) customers", here.customer_count, "customers"),
        Figure("(a) messages of the notice", here.told_count, "messages"),
        Figure("(a) texts answered while it is sent", driven.rate, "texts/s", ">= 300"),
        Figure("(a) answered, half within", driven.p50_ms, "ms"),
        Figure("(a) answered, 99th percentile", driven.p99_ms, "ms", "< 200"),
        Figure("(a) answered, the slowest", driven.max_ms, "ms"),
        Figure("(a) answered, 99th percentile, nothing being sent", alone.p99_ms, "ms"),
        Figure("(a) processor time of the web app", spent / driven.answered * 1e3, "ms/text"),
        Figure("(a) messages of the notice handed over meanwhile", sent / driven.seconds, "messages/s"),
        Figure("(a) still waiting when the last text was answered", waiting, "messages", "> 0"),
        Figure("(a) not answered with 200", _not(driven, "200") + _not(alone, "200"), "texts", "== 0"),
        Figure("(a) kept and answered, short of those that came", lost + kept - answered, "texts", "== 0"),
        *pages,
    ]


def _pages(sizes: Sizes, folder: Path, port: int, pid: int) -> list[Figure]:
    drive(folder, port, [get("/")], connections=CONNECTIONS, repeat=200)
    before = processes.processor_seconds(pid)
    read = drive(folder, port, [get("/")], connections=CONNECTIONS, repeat=sizes.pages)
    spent = processes.processor_seconds(pid) - before
    etag = list(read.etags)[-1]
    again = drive(
        folder, port, [get("/", If_None_Match=etag or '"none"')], connections=CONNECTIONS, repeat=200
    )
    other = drive(folder, port, [get("/", If_None_Match='"another"')], connections=CONNECTIONS, repeat=200)
    wrong = read.etags.get("", 0) + _not(again, "304") + _not(other, "200")
    # Every five minutes a page says a later time of itself: one change of the tag is right.
    wrong += max(0, len(read.etags) - 2)
    return [
        Figure("(b) status page", read.rate, "requests/s", ">= 1500"),
        Figure("(b) status page, 99th percentile", read.p99_ms, "ms", "< 50"),
        Figure("(b) its size", read.bytes, "bytes", "< 50000"),
        Figure("(b) its processor time", spent / read.answered * 1e6, "µs/request"),
        Figure("(b) not answered with 200", _not(read, "200"), "requests", "== 0"),
        Figure("(b) without an ETag, with another, or not 304 for it", wrong, "requests", "== 0"),
    ]


def receipts(sizes: Sizes, folder: Path) -> list[Figure]:
    """(c) as the bench of the delivery measures them: reports of texts, one a request."""
    got = receiving.receive(Channel.SMS, sizes.receipts, sizes.receipt_rate, folder)
    return [
        Figure("(c) receipts of texts: applied", got.applied_per_second, "receipts/s", ">= 5000"),
        Figure("(c) receipts of texts: answered, 99th percentile", got.p99_ms, "ms", "< 100"),
        Figure("(c) receipts of texts: refused", got.refused, "receipts", "== 0"),
    ]


def parts(sizes: Sizes, folder: Path) -> dict[str, Callable[[], Sequence[Figure]]]:
    """By name, in the order in which they run."""
    return {
        "ceiling": lambda: ceiling(sizes, folder),
        "contacts": lambda: contacts(sizes, folder),
        "receipts": lambda: receipts(sizes, folder),
    }


def _not(driven: Driven, status: str) -> int:
    return driven.answered - driven.statuses.get(status, 0)


def _until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError(f"nothing of the notice left within {PATIENCE:.0f} s")
        time.sleep(0.1)
