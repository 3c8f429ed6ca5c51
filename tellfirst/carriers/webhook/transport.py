"""One post to one customer's system: one try, explicit times, no redirect, no cookie, no log."""

from dataclasses import dataclass

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver
from yarl import URL

from tellfirst.carriers.webhook.addresses import ForbiddenAddress, Gate, GuardedResolver
from tellfirst.carriers.webhook.codes import UNREACHABLE
from tellfirst.carriers.webhook.settings import WebhookSettings
from tellfirst.domain.errors import OutcomeUnknown, TemporaryFailure

CARRIER = "webhook"


@dataclass(frozen=True, slots=True)
class Reply:
    """Of an answer only this is read: its body is the customer's, and may never end."""

    status: int
    wait: str


class Transport:
    """Belongs to the event loop of its first post."""

    def __init__(
        self, settings: WebhookSettings, gate: Gate, connections: int, names: AbstractResolver | None
    ) -> None:
        self._times = ClientTimeout(total=settings.timeout, connect=settings.connect_timeout)
        self._gate = gate
        self._connections = connections
        self._names = names
        self._session: ClientSession | None = None

    async def post(self, url: URL, body: bytes, headers: dict[str, str]) -> Reply:
        """Raises ForbiddenAddress or TemporaryFailure when nothing was sent, else OutcomeUnknown."""
        try:
            async with self._open().post(url, data=body, headers=headers, allow_redirects=False) as reply:
                return Reply(reply.status, reply.headers.get("Retry-After", ""))
        except ClientConnectorError as failed:
            if isinstance(failed.os_error, ForbiddenAddress):
                raise ForbiddenAddress from None
            raise TemporaryFailure(CARRIER, UNREACHABLE, "no connection could be made") from None
        except ConnectionTimeoutError:
            raise TemporaryFailure(CARRIER, UNREACHABLE, "no connection could be made") from None
        except (ClientError, TimeoutError, OSError, ValueError) as lost:
            raise OutcomeUnknown(CARRIER, type(lost).__name__, "the answer was lost") from None

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession(
                connector=TCPConnector(
                    limit=self._connections, resolver=GuardedResolver(self._gate, self._names)
                ),
                timeout=self._times,
                cookie_jar=DummyCookieJar(),
                headers={"User-Agent": "tellfirst", "Content-Type": "application/json"},
            )
        return self._session
