"""One connection: requests in, answers out, one after the other."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, cast

import httptools

from tellfirst.simulator.carriers.http.message import Answer, Request
from tellfirst.simulator.carriers.http.writing import refusal, write, write_slowly

HEADER_BYTES_MAX = 64 * 1024
BODY_BYTES_MAX = 31 * 1024 * 1024
WAITING_MAX = 64
NAMES_MAX = 1000
WAIT_SECONDS = 2.0

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

Respond = Callable[[Request], Answer | Coroutine[Any, Any, Answer]]

logger = logging.getLogger(__name__)


class Connection(asyncio.Protocol):
    """Parses with httptools (llhttp) and answers in order; keep-alive as the client asks for it.

    A fault of the client is answered 400, 413 or 431 and ends the connection. A fault of a handler is logged
    without the request and answered 500; the server goes on.
    """

    def __init__(self, respond: Respond, connections: set["Connection"]) -> None:
        self._respond = respond
        self._connections = connections
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[tuple[Request, bool]] = deque()
        self._task: asyncio.Task[None] | None = None
        self.transport: asyncio.Transport
        self._writable = asyncio.Event()
        self._writable.set()
        self._header_bytes = 0
        self._begin()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        self._writable.set()
        if self._task is not None:
            self._task.cancel()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            # What a callback raises comes wrapped.
            cause = error.__context__
            self._end(cause.status if isinstance(cause, _UnacceptableError) else 400)

    def eof_received(self) -> None:
        return None

    # What the parser calls.

    def on_message_begin(self) -> None:
        self._begin()

    def on_url(self, url: bytes) -> None:
        self._target += url
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        self._headers[_NAMES.get(name) or _known(name)] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        length = self._headers.get("content-length", "0")
        if length.isdecimal() and int(length) > BODY_BYTES_MAX:
            raise _UnacceptableError(413)
        if self._parser.should_upgrade():
            raise _UnacceptableError(400)
        if self._headers.get("expect", "").lower() == "100-continue":
            self.transport.write(CONTINUE)

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        if self._body_bytes > BODY_BYTES_MAX:
            raise _UnacceptableError(413)
        self._body.append(body)

    def on_message_complete(self) -> None:
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        method = self._parser.get_method().decode("ascii")
        request = Request(method, self._target.decode("latin-1"), self._headers, body)
        keep_alive = self._parser.should_keep_alive()
        if self._task is not None or self._waiting:
            self._wait(request, keep_alive)
        else:
            self._take(request, keep_alive)

    # What we do.

    def _begin(self) -> None:
        self._target = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._header_bytes = self._body_bytes = 0

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > HEADER_BYTES_MAX:
            raise _UnacceptableError(431)

    def _wait(self, request: Request, keep_alive: bool) -> None:
        if len(self._waiting) >= WAITING_MAX:
            raise _UnacceptableError(400)
        self._waiting.append((request, keep_alive))

    def _take(self, request: Request, keep_alive: bool) -> None:
        try:
            answer = self._respond(request)
        except Exception as error:  # noqa: BLE001 - one bad request must not end the process
            answer = _failed(error)
        if isinstance(answer, Answer) and write(self.transport, answer, keep_alive=keep_alive):
            return
        self._task = asyncio.get_running_loop().create_task(self._slowly(answer, keep_alive))

    async def _slowly(self, answer: Answer | Coroutine[Any, Any, Answer], keep_alive: bool) -> None:
        if not isinstance(answer, Answer):
            try:
                answer = await answer
            except Exception as error:  # noqa: BLE001 - as above
                answer = _failed(error)
        if answer.wait_for is not None:
            await asyncio.wait([answer.wait_for], timeout=WAIT_SECONDS)
        await write_slowly(self.transport, self._writable, answer, keep_alive=keep_alive)
        self._task = None
        while self._waiting and self._task is None and not self.transport.is_closing():
            self._take(*self._waiting.popleft())

    def _end(self, status: int) -> None:
        if not self.transport.is_closing():
            self.transport.write(refusal(status))
            self.transport.close()


_NAMES: dict[bytes, str] = {}
"""Header names as they are spelt, with the lower case we ask for; they are few and come again and again."""


def _known(name: bytes) -> str:
    lower = name.decode("latin-1").lower()
    if len(_NAMES) < NAMES_MAX:
        _NAMES[name] = lower
    return lower


class _UnacceptableError(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def _failed(error: Exception) -> Answer:
    logger.error("A handler failed.", exc_info=error)
    return Answer(500, b'{"error":"The simulated carriers failed; see their log."}')
