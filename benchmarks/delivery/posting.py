"""Posts receipts to the web app as the vendors do: signed, over kept connections, each timed until its answer."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Self, cast
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

Post = bytes
"""A whole request as it goes onto the wire."""
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"


def signed_text_receipt(token: str, url: str, sid: str, number: str, status: str) -> Post:
    """A status callback of Twilio's (Twilio, "Webhooks Security")."""
    form = {
        "AccountSid": "AC" + "0" * 32,
        "ApiVersion": "2010-04-01",
        "From": "+914000000198",
        "MessageSid": sid,
        "MessageStatus": status,
        "SmsSid": sid,
        "SmsStatus": status,
        "To": number,
    }
    signed = url + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.digest(token.encode(), signed.encode(), hashlib.sha1)).decode()
    where = urlsplit(url)
    return _request(
        f"{where.path}?{where.query}",
        urlencode(form).encode(),
        f"X-Twilio-Signature: {signature}\r\nContent-Type: application/x-www-form-urlencoded\r\n",
    )


def signed_mail_receipts(key: EllipticCurvePrivateKey, rows: Sequence[dict[str, object]], at: int) -> Post:
    """A batch of SendGrid's (SendGrid, "Event Webhook Security Features"). `at` in unix seconds."""
    body = json.dumps(rows).encode()
    signature = base64.b64encode(key.sign(str(at).encode() + body, ECDSA(SHA256()))).decode()
    headers = f"{TIMESTAMP}: {at}\r\n{SIGNATURE}: {signature}\r\nContent-Type: application/json\r\n"
    return _request("/receipts/sendgrid", body, headers)


def _request(path: str, body: bytes, headers: str) -> Post:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@dataclass
class Answered:
    """`seconds` from the moment a post was due to its answer, in the order of the answers."""

    seconds: list[float]
    refused: int = 0


class Poster:
    """Keeps connections busy; what finds none free waits, and its waiting is timed too.

    A server closes a connection that idles (uvicorn after 5 s): the post it had not answered goes out again on a new
    one, as a vendor would do it.
    """

    def __init__(self, port: int) -> None:
        self.answered = Answered([])
        self._port = port
        self._free: deque[_Line] = deque()
        self._connecting: set[asyncio.Task[None]] = set()
        self._waiting: deque[tuple[Post, float]] = deque()
        self._open = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @classmethod
    async def connected(cls, port: int, connections: int) -> Self:
        """Connected to the web app on this port."""
        made = cls(port)
        for _ in range(connections):
            await made._connect()
        return made

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        _, line = await loop.create_connection(lambda: _Line(self), "127.0.0.1", self._port)
        self._take_up(line)

    def post(self, post: Post, due: float | None = None) -> None:
        """Now, or as soon as a connection is free. `due` by perf_counter: when it should have left."""
        due = perf_counter() if due is None else due
        self._open += 1
        self._idle.clear()
        if self._free:
            self._free.popleft().send(post, due)
        else:
            self._waiting.append((post, due))

    async def idle(self) -> None:
        """When everything is answered."""
        await self._idle.wait()

    def done(self, line: "_Line", due: float, status: bytes) -> None:
        """An answer came; the connection takes the next."""
        self.answered.seconds.append(perf_counter() - due)
        self.answered.refused += status != b"204"
        self._open -= 1
        self._take_up(line)
        if not self._open:
            self._idle.set()

    def lost(self, line: "_Line", unanswered: tuple[Post, float] | None) -> None:
        """The server closed this connection; another takes its place."""
        if unanswered:
            self._waiting.appendleft(unanswered)
        elif line in self._free:
            self._free.remove(line)
        again = asyncio.get_running_loop().create_task(self._connect())
        self._connecting.add(again)
        again.add_done_callback(self._connecting.discard)

    def _take_up(self, line: "_Line") -> None:
        if self._waiting:
            line.send(*self._waiting.popleft())
        else:
            self._free.append(line)


class _Line(asyncio.Protocol):
    """One connection, one post at a time. Answers have no body."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster
        self._seen = b""
        self._sent: tuple[Post, float] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def send(self, post: Post, due: float) -> None:
        self._sent = (post, due)
        self._transport.write(post)

    def data_received(self, data: bytes) -> None:
        self._seen += data
        if self._seen.endswith(b"\r\n\r\n") or b"\r\n\r\n{" in self._seen:
            assert self._sent is not None
            status, self._seen = self._seen[9:12], b""
            (_, due), self._sent = self._sent, None
            self._poster.done(self, due, status)

    def connection_lost(self, exc: Exception | None) -> None:
        self._poster.lost(self, self._sent)
