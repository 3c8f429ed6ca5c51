"""A lean HTTP/1.1 client that posts: kept-alive connections, no redirects, no retries of what was answered."""

import asyncio
from dataclasses import dataclass
from typing import NamedTuple, cast
from urllib.parse import urlsplit

import httptools

BODY_BYTES_MAX = 1024 * 1024


class NoAnswerError(Exception):
    """No whole answer came; the text names the kind of failure."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Status and body of an answer."""

    status: int
    body: bytes


class _Origin(NamedTuple):
    scheme: str
    host: str
    port: int


class Client:
    """Posts over connections it keeps for the next time."""

    def __init__(self, timeout_seconds: float) -> None:
        """`timeout_seconds` bound one post with everything it takes."""
        self._timeout_seconds = timeout_seconds
        self._idle: dict[_Origin, list[_Exchange]] = {}

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> Answered:
        """Post `body`; `url` travels as it is, without its fragment. Raises NoAnswerError.

        A kept connection that turns out to be closed is replaced once: a post may then arrive twice, as with
        every carrier.
        """
        origin, request = _written(url, headers, body)
        try:
            async with asyncio.timeout(self._timeout_seconds):
                if (kept := self._kept(origin)) is not None:
                    try:
                        return await self._exchange(origin, kept, request)
                    except ConnectionError:
                        if kept.has_begun:
                            raise
                return await self._exchange(origin, await _connected(origin), request)
        except (OSError, TimeoutError, httptools.HttpParserError, ValueError) as error:
            raise NoAnswerError(type(error).__name__) from error

    def close(self) -> None:
        for exchanges in self._idle.values():
            for exchange in exchanges:
                exchange.transport.abort()
        self._idle.clear()

    def _kept(self, origin: _Origin) -> "_Exchange | None":
        idle = self._idle.get(origin, [])
        while idle:
            exchange = idle.pop()
            if not exchange.transport.is_closing():
                return exchange
        return None

    async def _exchange(self, origin: _Origin, exchange: "_Exchange", request: bytes) -> Answered:
        try:
            answered = await exchange.exchanged(request)
        except BaseException:
            exchange.transport.abort()
            raise
        if exchange.is_kept and not exchange.transport.is_closing():
            self._idle.setdefault(origin, []).append(exchange)
        else:
            exchange.transport.close()
        return answered


class _Exchange(asyncio.Protocol):
    """One connection, one exchange at a time."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._answer: asyncio.Future[Answered] | None = None
        self._size = 0
        self.has_begun = self.is_kept = False

    async def exchanged(self, request: bytes) -> Answered:
        self._parser = httptools.HttpResponseParser(self)
        self._answer = asyncio.get_running_loop().create_future()
        self._pieces: list[bytes] = []
        self._size = 0
        self.has_begun = self.is_kept = False
        self.transport.write(request)
        return await self._answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.done():
            self.transport.abort()
            return
        self.has_begun = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(error)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc if isinstance(exc, OSError) else ConnectionResetError())

    def on_body(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > BODY_BYTES_MAX:
            raise ValueError("The answer is too large.")
        self._pieces.append(piece)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:
            return
        self.is_kept = self._parser.should_keep_alive()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(Answered(status, b"".join(self._pieces)))

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)


def _written(url: str, headers: dict[str, str], body: bytes) -> tuple[_Origin, bytes]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NoAnswerError("InvalidURL") from error
    host = parts.hostname or ""
    origin = _Origin(parts.scheme, host, port or (443 if parts.scheme == "https" else 80))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    head = f"POST {target} HTTP/1.1\r\nHost: {parts.netloc.rpartition('@')[2]}\r\n"
    for name, value in headers.items():
        head += f"{name}: {value}\r\n"
    return origin, f"{head}Content-Length: {len(body)}\r\n\r\n".encode("latin-1") + body


async def _connected(origin: _Origin) -> _Exchange:
    _, exchange = await asyncio.get_running_loop().create_connection(
        _Exchange, origin.host, origin.port, ssl=origin.scheme == "https" or None
    )
    return exchange
