"""What a handler takes and what it gives back; neither knows of sockets."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True)
class Request:
    """One whole request. Header names are in lower case; `target` is the path and query as they came."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: bytes = b""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """The query parameters; of one given twice, the last."""
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    @property
    def content_type(self) -> str:
        """The media type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Manner(StrEnum):
    """How an answer is put on the wire."""

    WHOLE = "whole"
    RESET = "reset"
    """Nothing is sent; the connection is reset."""
    HELD = "held"
    """Nothing is sent for `seconds`; then the connection is closed."""
    DRIBBLED = "dribbled"
    """The head at once, the body in pieces over `seconds`."""
    HALF = "half"
    """A head that promises the whole body, half of it, and the end of the connection."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. A body that is an iterator is sent in chunks; `wait_for` holds the answer back until done."""

    status: int
    body: bytes | Iterator[bytes] = b""
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"
    manner: Manner = Manner.WHOLE
    seconds: float = 0.0
    wait_for: "asyncio.Future[None] | None" = None
