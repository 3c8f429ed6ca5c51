"""A vendor that is never the limit: takes texts and mails as Twilio and SendGrid do, counts them, reports back.

    python -m benchmarks.delivery.vendor CONFIG.json

Not the truthful simulator, whose strict checks and log on disk take their time: this one asks for the fields a
text or a mail cannot do without, and remembers whom it has written to so that a second message shows.
"""

import asyncio
import json
import ssl
import sys
import time
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs

import uvloop

from benchmarks.delivery.posting import Poster, signed_text_receipt
from tellfirst.simulator.carriers.twilio.segments import segment_count

HEAD_END = b"\r\n\r\n"
NEEDED = ("To", "From", "Body", "StatusCallback", "ValidityPeriod")
BURST = 1.0
"""Seconds of its permitted rate that a throttled vendor takes at once, as the truthful simulator does."""


# One text goes to thousands.
_segments = lru_cache(maxsize=64)(segment_count)


@dataclass
class Counts:
    """What was accepted: `numbers` and `mailboxes` tell the customers apart."""

    texts: int = 0
    segments: int = 0
    requests: int = 0
    mails: int = 0
    refused: int = 0
    first_at: float = 0.0
    last_at: float = 0.0
    numbers: set[str] = field(default_factory=set)
    mailboxes: set[str] = field(default_factory=set)

    def to_json(self) -> dict[str, float]:
        return {
            "texts": self.texts,
            "segments": self.segments,
            "requests": self.requests,
            "mails": self.mails,
            "refused": self.refused,
            "seconds": self.last_at - self.first_at,
            "customers": len(self.numbers) + len(self.mailboxes),
        }


class Throttle:
    """A bucket of tokens: `rate` a second, `BURST` seconds of it at most."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._tokens = rate * BURST
        self._at = time.monotonic()

    def takes(self, count: int) -> bool:
        """Whether `count` segments may pass now."""
        if not self._rate:
            return True
        now = time.monotonic()
        self._tokens = min(self._rate * BURST, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < count:
            return False
        self._tokens -= count
        return True


class Vendor:
    """Takes requests; `rate` is segments a second, 0 without limit; receipts go out when `token` is set."""

    def __init__(self, rate: float, token: str, poster: Poster | None) -> None:
        self.counts = Counts()
        self._throttle = Throttle(rate)
        self._token = token
        self._poster = poster

    def answer(self, method: bytes, path: bytes, body: bytes) -> tuple[int, bytes, str]:
        """Status, body, and one header more."""
        if method == b"POST" and path.endswith(b"/Messages.json"):
            return self._text(body)
        if method == b"POST" and path.endswith(b"/v3/mail/send"):
            return self._mail(body)
        if path == b"/counts":
            told = json.dumps(self.counts.to_json()).encode()
            if method == b"DELETE":
                self.counts = Counts()
            return 200, told, ""
        return 404, b'{"code": 20404, "message": "no such thing"}', ""

    def _text(self, body: bytes) -> tuple[int, bytes, str]:
        form = parse_qs(body.decode())
        if any(name not in form for name in NEEDED):
            return 400, b'{"code": 21602, "message": "a field is missing", "status": 400}', ""
        segments = _segments(form["Body"][0])
        if not self._throttle.takes(segments):
            self.counts.refused += 1
            return 429, b'{"code": 20429, "message": "too many", "status": 429}', "Retry-After: 1\r\n"
        self._accepted()
        self.counts.texts += 1
        self.counts.segments += segments
        number = form["To"][0]
        self.counts.numbers.add(number)
        sid = f"SM{self.counts.texts:032x}"
        if self._poster is not None:
            url = form["StatusCallback"][0]
            self._poster.post(signed_text_receipt(self._token, url, sid, number, "delivered"))
        made = {
            "sid": sid,
            "to": number,
            "from": form["From"][0],
            "body": form["Body"][0],
            "status": "queued",
            "num_segments": str(segments),
            "direction": "outbound-api",
            "date_created": "Sun, 22 Nov 2026 09:30:00 +0000",
            "date_updated": "Sun, 22 Nov 2026 09:30:00 +0000",
            "api_version": "2010-04-01",
        }
        return 201, json.dumps(made).encode(), ""

    def _mail(self, body: bytes) -> tuple[int, bytes, str]:
        mail = json.loads(body)
        people = mail["personalizations"]
        if not (mail["from"]["email"] and mail["subject"] and mail["content"] and people):
            return 400, b'{"errors": [{"message": "a field is missing", "field": "from"}]}', ""
        self._accepted()
        self.counts.requests += 1
        self.counts.mails += len(people)
        self.counts.mailboxes.update(one["to"][0]["email"] for one in people)
        return 202, b"", f"X-Message-Id: m{self.counts.requests}\r\n"

    def _accepted(self) -> None:
        self.counts.last_at = time.monotonic()
        self.counts.first_at = self.counts.first_at or self.counts.last_at


class Connection(asyncio.Protocol):
    """One caller's; requests come one after the other."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor
        self._seen = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._seen += data
        while (end := self._seen.find(HEAD_END)) >= 0:
            head = bytes(self._seen[:end])
            whole = end + len(HEAD_END) + _length(head)
            if len(self._seen) < whole:
                return
            body = bytes(self._seen[end + len(HEAD_END) : whole])
            del self._seen[:whole]
            method, path, _ = head.split(b" ", 2)
            try:
                status, answer, header = self._vendor.answer(method, path, body)
            except (KeyError, ValueError, UnicodeDecodeError, TypeError):
                status, answer, header = 400, b'{"code": 21600, "message": "unreadable", "status": 400}', ""
            self._transport.write(
                f"HTTP/1.1 {status} Answer\r\nContent-Type: application/json\r\n{header}"
                f"Content-Length: {len(answer)}\r\n\r\n".encode()
                + answer
            )


def _length(head: bytes) -> int:
    at = head.lower().find(b"\r\ncontent-length:")
    if at < 0:
        return 0
    return int(head[at + 17 :].split(b"\r\n", 1)[0])


async def serve(config: dict[str, Any]) -> None:
    """Until the process is ended. Prints the ports for plain and for secured connections."""
    receipts = config.get("receipts_to", 0)
    poster = await Poster.connected(receipts, config["connections"]) if receipts else None
    vendor = Vendor(config.get("rate", 0.0), config.get("auth_token", ""), poster)
    loop = asyncio.get_running_loop()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(config["certificate"])
    plain = await loop.create_server(lambda: Connection(vendor), "127.0.0.1", 0, backlog=1_000)
    secured = await loop.create_server(lambda: Connection(vendor), "127.0.0.1", 0, ssl=context, backlog=1_000)
    sys.stdout.write(f"{plain.sockets[0].getsockname()[1]} {secured.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
