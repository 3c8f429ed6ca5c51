"""A lean asynchronous transport for Twilio's client: one session, one try, explicit times.

Twilio's own `AsyncTwilioHttpClient` ignores its timeout, posts a message again on 5xx when told to retry,
and drops the headers of a refusal, Retry-After among them.
"""

import json
import logging
from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import PyreqwestError
from twilio.http import AsyncHttpClient
from twilio.http.response import Response

from tellfirst.carriers.twilio.codes import UNREACHABLE
from tellfirst.domain.errors import OutcomeUnknown, TemporaryFailure

CARRIER = "twilio"


NOT_CONNECTED = "client error (Connect)"
"""The cause that reqwest's client gives when it had no connection yet to write a request to."""
IDLE = timedelta(seconds=15)
"""How long a connection is kept without use: shorter than vendors keep theirs, so that none is used as it closes."""


class LeanTransport(AsyncHttpClient):  # type: ignore[misc]  # the vendor ships no types
    """Belongs to the event loop of its first request. Writes no log: addresses stand in its requests.

    The requests themselves are made by reqwest, in a thread without the interpreter: docs/decisions/0017-reqwest.md.
    """

    def __init__(self, timeout: float, connect_timeout: float, connections: int) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True, timeout=timeout)
        self._timeout = timedelta(seconds=timeout)
        self._connect_timeout = timedelta(seconds=connect_timeout)
        self._connections = connections
        self._client: Client | None = None

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One try. Raises TemporaryFailure when certainly nothing was taken, else OutcomeUnknown."""
        request = self._open().request(method, uri)
        if params:
            request = request.query(params)
        if data:
            request = request.body_bytes(_form_of(data))
        if auth is not None:
            request = request.header("Authorization", _basic(*auth))
        try:
            reply = await request.headers(headers or {}).build().send()
            text = bytes(await reply.bytes()).decode(errors="replace")
        except (PyreqwestError, OSError) as lost:
            if _never_connected(lost):
                raise TemporaryFailure(CARRIER, UNREACHABLE, "no connection could be made") from None
            raise OutcomeUnknown(CARRIER, type(lost).__name__, "the answer was lost") from None
        _raise_if_told_to_wait(reply.status, reply.headers, text)
        return Response(reply.status, text, reply.headers)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _open(self) -> Client:
        if self._client is None:
            self._client = (
                ClientBuilder()
                .http1_only()
                .no_proxy()
                .gzip(False)
                .brotli(False)
                .zstd(False)
                .deflate(False)
                .follow_redirects(False)
                .timeout(self._timeout)
                .connect_timeout(self._connect_timeout)
                .pool_idle_timeout(IDLE)
                .pool_max_idle_per_host(self._connections)
                .build()
            )
        return self._client


def _never_connected(failure: Exception) -> bool:
    """By the cause, for a missing answer too comes as ConnectTimeoutError. A cause we do not know proves nothing."""
    causes = getattr(failure, "details", {}).get("causes") or ()
    return any(one["message"] == NOT_CONNECTED for one in causes)


@lru_cache(maxsize=16)
def _basic(username: str, password: str) -> str:
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode()


def _form_of(data: Mapping[str, Any]) -> bytes:
    """As application/x-www-form-urlencoded; a list is a field given several times."""
    pairs = []
    for name, given in data.items():
        for value in given if isinstance(given, list) else (given,):
            pairs.append(f"{_quoted(name)}={_quoted(str(value))}")
    return "&".join(pairs).encode()


# One text goes to thousands, and quoting it anew for each took an eighth of the whole time.
_quoted = lru_cache(maxsize=256)(quote_plus)


def _raise_if_told_to_wait(status: int, headers: Mapping[str, str], text: str) -> None:
    """Decided here because the exceptions of Twilio's client carry no headers."""
    try:
        wait = headers.get("Retry-After", "")
    except ValueError:
        wait = ""  # bytes that are no text name no number of seconds
    if status == 429 or (status == 503 and wait):
        retry_after = float(wait) if wait.isascii() and wait.isdigit() else None
        raise TemporaryFailure(CARRIER, _code(text, status), "wait before the next call", retry_after)


def _code(text: str, status: int) -> str:
    try:
        return str(json.loads(text)["code"])
    except (ValueError, TypeError, LookupError):
        return str(status)
