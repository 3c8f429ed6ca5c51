"""How fast the simulated carriers are, so that no measurement of tellfirst measures them instead.

    python -m benchmarks.carriers_ceiling

Texts with a strict check, the truth on disk before the answer, over 32 busy connections; the same with status
callbacks; mails of 1,000 recipients; a schedule made and unmade; memory after `--remembered` texts.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Annotated, Any
from urllib.parse import quote_plus
from urllib.request import Request, urlopen

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cyclopts import App, Parameter

from benchmarks.carriers_load import Sink, load
from benchmarks.table import Figure, Outcome, Setting, conclude

SEED = 7
CONNECTIONS = 32
READY_MAX = 200_000
ACCOUNT_SID, TOKEN, KEY, SENDER = "AC" + "0123456789abcdef" * 2, "token", "SG.key", "+914012345678"
BODY = (
    "No service in Miyapur since 14:05. Our engineers are on site. We write again by 15:30. Ref INC-2026-0007"
)
PACKAGES = ("httptools", "fastjsonschema", "orjson", "aiohttp")

app = App(name="benchmarks.carriers_ceiling", help=__doc__, result_action="return_value")


@app.default
def bench(
    *,
    texts: Annotated[int, Parameter(help="In each repetition.")] = 30_000,
    mails: Annotated[int, Parameter(help="Requests of 1,000 recipients.")] = 60,
    repetitions: int = 3,
    remembered: Annotated[int, Parameter(help="Texts after which memory is looked at; 0 leaves it out.")] = 0,
    file: Annotated[Path | None, Parameter(name="json", help="Where to write the figures.")] = None,
) -> int:
    """Print the table, write out/bench/carriers_ceiling.json; 0 when every target is met."""
    command = f"python -m benchmarks.carriers_ceiling --texts {texts} --repetitions {repetitions}"
    setting = Setting.begin(command + f" --remembered {remembered}", SEED, PACKAGES)
    figures = asyncio.run(_measure(texts, mails, repetitions, remembered))
    return conclude(Outcome("carriers_ceiling", setting, tuple(figures), {}), file)


async def _measure(texts: int, mails: int, repetitions: int, remembered: int) -> list[Figure]:
    loop = asyncio.get_running_loop()
    sink = await loop.create_server(Sink, "127.0.0.1", 0)
    sink_url = f"http://127.0.0.1:{sink.sockets[0].getsockname()[1]}/receipts"
    figures = []
    with _carriers(sink_url) as (port, process):
        spent = _cpu_seconds(process.pid)
        plain = [await _rate(port, _texts(texts, None)) for _ in range(repetitions)]
        spent = (_cpu_seconds(process.pid) - spent) / (texts * repetitions)
        figures.append(Figure("texts, 32 connections", median(plain), "requests/s", ">= 15000"))
        figures.append(Figure("texts, best of the repetitions", max(plain), "requests/s"))
        figures.append(Figure("processor time of the carriers for one text", spent * 1e6, "µs", "< 66"))
        figures += await _with_receipts(port, texts // 3, sink_url)
        rate = await _rate(port, _mails(mails), connections=2)
        figures.append(Figure("mail, 1,000 recipients a request", rate * 1000, "recipients/s", ">= 40000"))
        figures.append(Figure("schedule made and unmade", _schedule_ms(port), "ms", "< 5"))
        if remembered:
            await _rate(port, _texts(remembered, None))
            kept = _counts(port)["sms"]["accepted"]
            figures.append(Figure("texts remembered", kept, "texts"))
            figures.append(Figure("resident memory then", _resident_mib(process.pid), "MiB", "< 500"))
    sink.close()
    return figures


async def _rate(port: int, next_request: Callable[[], bytes | None], connections: int = CONNECTIONS) -> float:
    seconds, statuses = await load(port, next_request, connections)
    if statuses.keys() - {b"201", b"202"}:
        raise SystemExit(f"The carriers refused: {dict(statuses)}")
    return statuses.total() / seconds


async def _with_receipts(port: int, texts: int, sink_url: str) -> list[Figure]:
    before, began = Sink.count, perf_counter()
    rate = await _rate(port, _texts(texts, sink_url))
    while Sink.count - before < 2 * texts:
        await asyncio.sleep(0.02)
        if perf_counter() - began > 120:
            raise SystemExit("Receipts did not come within two minutes.")
    seconds = perf_counter() - began
    return [
        Figure("texts with two receipts each, answers", rate, "requests/s"),
        Figure("texts with two receipts each, until the last receipt", 2 * texts / seconds, "receipts/s"),
    ]


def _texts(number: int, callback: str | None) -> Callable[[], bytes | None]:
    authorization = b64encode(f"{ACCOUNT_SID}:{TOKEN}".encode()).decode()
    form = f"To=%2B9190%07d7&From={quote_plus(SENDER)}&Body={quote_plus(BODY)}".replace("%07d", "{0:07d}")
    if callback:
        form += "&StatusCallback=" + quote_plus(f"{callback}?delivery=") + "{0:07d}"
    request = (
        f"POST /2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Basic {authorization}\r\nAccept: application/json\r\n"
        f"User-Agent: raw\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(form.format(0))}\r\n\r\n{form}"
    )
    first = _texts_made.pop()
    _texts_made.append(first + number)
    # Written before the clock starts, unless memory forbids it: the client must not be what is measured.
    numbers = range(first, first + number)
    each = (request.format(one).encode() for one in numbers)
    ready = each if number > READY_MAX else iter(list(each))
    return lambda: next(ready, None)


_texts_made = [1]
"""The number of the next text: no two go to one customer."""


def _mails(number: int) -> Callable[[], bytes | None]:
    def requests() -> Iterator[bytes]:
        for one in range(number):
            people = [
                {
                    "to": [{"email": f"c{one}x{position}@home.example"}],
                    "custom_args": {"delivery": f"{one * 1000 + position}"},
                    "substitutions": {"-name-": "Ravi", "-area-": "Miyapur"},
                }
                for position in range(1000)
            ]
            body = json.dumps(
                {
                    "personalizations": people,
                    "from": {"email": "care@company.example"},
                    "subject": "No service",
                    "content": [{"type": "text/plain", "value": "Dear -name-, no service in -area-."}],
                }
            ).encode()
            yield (
                f"POST /v3/mail/send HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {KEY}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            ).encode() + body

    ready = iter(list(requests()))
    return lambda: next(ready, None)


def _schedule_ms(port: int, number: int = 100) -> float:
    began = perf_counter()
    for one in range(number):
        schedule = {
            "name": f"s{one}",
            "seed": one,
            "twilio": {"account_sid": f"AC{one:032x}", "auth_token": "t", "sender": SENDER},
            "sendgrid": {"api_key": f"SG.{one}"},
        }
        _asked(port, "POST", "/schedules", schedule)
        _asked(port, "DELETE", f"/schedules/s{one}")
    return (perf_counter() - began) / number * 1000


def _counts(port: int) -> Any:
    return json.loads(_asked(port, "GET", "/truth/counts"))


def _asked(port: int, method: str, path: str, body: object = None) -> bytes:
    request = Request(
        f"http://127.0.0.1:{port}{path}",
        None if body is None else json.dumps(body).encode(),
        {"Content-Type": "application/json"},
        method=method,
    )
    with urlopen(request, timeout=30) as answer:  # noqa: S310 - our own loopback address
        return bytes(answer.read())


@contextmanager
def _carriers(receipt_url: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """The carriers' process with a truth log in a folder that goes afterwards."""
    with TemporaryDirectory(prefix="tellfirst-bench-") as folder:
        config = Path(folder) / "carriers.json"
        config.write_text(json.dumps(_config(folder, receipt_url)))
        command = [
            sys.executable,
            "-m",
            "tellfirst.simulator.carriers",
            "--config",
            str(config),
            "--port",
            "0",
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            port = int(process.stdout.readline().rpartition(":")[2])
            try:
                yield port, process
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(10)


def _config(folder: str, receipt_url: str) -> dict[str, object]:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {
        "port": 0,
        "truth_log": f"{folder}/truth.jsonl",
        "seed": SEED,
        "public_url": "http://127.0.0.1",
        "twilio": {
            "account_sid": ACCOUNT_SID,
            "auth_token": TOKEN,
            "sender": SENDER,
            "inbound_url": receipt_url,
        },
        "sendgrid": {"api_key": KEY, "private_key_pem": pem, "receipt_url": receipt_url},
        "receipt_delay_seconds": [0.05, 0.3],
    }


def _cpu_seconds(pid: int) -> float:
    """What the process has spent so far; unlike a rate it does not depend on who else is on the machine."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_mib(pid: int) -> float:
    """Of Linux only."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    sys.exit(app())
