"""A lean asynchronous transport for Twilio's client: one session, one try, explicit times.

Twilio's own `AsyncTwilioHttpClient` ignores its timeout, posts a message again on 5xx when told to retry,
and drops the headers of a refusal, Retry-After among them.
"""

import json
import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    TCPConnector,
    encode_basic_auth,
)
from twilio.http import AsyncHttpClient
from twilio.http.response import Response

from tellfirst.carriers.twilio.codes import UNREACHABLE
from tellfirst.domain.errors import OutcomeUnknown, TemporaryFailure

CARRIER = "twilio"


class LeanTransport(AsyncHttpClient):  # type: ignore[misc]  # the vendor ships no types
    """Belongs to the event loop of its first request. Writes no log: addresses stand in its requests."""

    def __init__(self, timeout: float, connect_timeout: float, connections: int) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True, timeout=timeout)
        self._times = ClientTimeout(total=timeout, connect=connect_timeout)
        self._connections = connections
        self._session: ClientSession | None = None

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
        sent_headers = dict(headers or {})
        if auth is not None:
            sent_headers["Authorization"] = encode_basic_auth(*auth)
        form = _form_of(data) if data else None
        try:
            async with self._open().request(
                method, uri, params=params, data=form, headers=sent_headers, allow_redirects=False
            ) as reply:
                text = (await reply.read()).decode(errors="replace")
        except (ClientConnectorError, ConnectionTimeoutError):
            raise TemporaryFailure(CARRIER, UNREACHABLE, "no connection could be made") from None
        except (ClientError, TimeoutError, OSError) as lost:
            raise OutcomeUnknown(CARRIER, type(lost).__name__, "the answer was lost") from None
        _raise_if_told_to_wait(reply.status, reply.headers, text)
        return Response(reply.status, text, reply.headers)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession(
                connector=TCPConnector(limit=self._connections),
                timeout=self._times,
                cookie_jar=DummyCookieJar(),
            )
        return self._session


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
    wait = headers.get("Retry-After", "")
    if status == 429 or (status == 503 and wait):
        retry_after = float(wait) if wait.isascii() and wait.isdigit() else None
        raise TemporaryFailure(CARRIER, _code(text, status), "wait before the next call", retry_after)


def _code(text: str, status: int) -> str:
    try:
        return str(json.loads(text)["code"])
    except (ValueError, TypeError, LookupError):
        return str(status)
