"""Twilio's Messages resource, typed: the one place where its untyped client is called."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.rest import Client

from tellfirst.carriers.port import Outcome, Verdict
from tellfirst.carriers.twilio.codes import AT_ONCE, BY_STATUS, LOST, REFUSED, UNREACHABLE, meaning_of
from tellfirst.carriers.twilio.settings import TwilioSettings
from tellfirst.carriers.twilio.transport import LeanTransport
from tellfirst.domain.errors import CarrierError, TemporaryFailure

UNREADABLE = (ValueError, TypeError, AttributeError, LookupError)
"""What the client raises when a success has a body of another shape: after the message was accepted."""
FAILURES = (CarrierError, TwilioException, *UNREADABLE)


@dataclass(frozen=True, slots=True)
class Created:
    """Twilio's word that it has a message, and for whom."""

    sid: str
    to: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Listed:
    """A message Twilio remembers; `body` is empty when the account has it redacted."""

    sid: str
    body: str = field(repr=False)
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class History:
    """What Twilio remembers of one number, newest first; `is_whole` when nothing older was left out."""

    messages: list[Listed]
    is_whole: bool


class Messages:
    """Creates and lists messages; each method makes one request per page and raises one of FAILURES."""

    def __init__(self, settings: TwilioSettings, connections: int) -> None:
        self._transport = LeanTransport(settings.timeout, settings.connect_timeout, connections)
        # An empty environment counts as none, and the client would read region, edge and keys of the process.
        client = Client(
            settings.account_sid,
            settings.auth_token,
            http_client=self._transport,
            environment={"TWILIO_REGION": ""},
        )
        if settings.base_url:
            client.api.base_url = settings.base_url
        self._resource: Any = client.messages
        self._sender = (
            {"messaging_service_sid": settings.messaging_service_sid}
            if settings.messaging_service_sid
            else {"from_": settings.sender}
        )

    async def create(self, to: str, body: str, receipt_url: str, valid_for: int) -> Created:
        """Hand over one message; `valid_for` in seconds, as Twilio allows."""
        made = await self._resource.create_async(
            to=to, body=body, status_callback=receipt_url, validity_period=valid_for, **self._sender
        )
        if not (isinstance(made.sid, str) and made.sid):
            raise ValueError("the answer has no SID")
        return Created(made.sid, str(made.to))

    async def newest_to(self, number: str, count: int) -> History:
        """The `count` newest messages to a number. Not by DateSent, which is empty while one is queued."""
        page = await self._resource.page_async(to=number, page_size=count)
        messages = [Listed(str(one.sid), str(one.body or ""), one.date_created) for one in page]
        return History(messages, is_whole=page.next_page_url is None)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.close()


def how_it_ended(delivery_id: int, failure: Exception) -> Outcome:
    """The end of a call that raised one of FAILURES; what proves nothing is UNKNOWN."""
    match failure:
        case TemporaryFailure(code=code, retry_after=wait):
            reason = REFUSED if code == UNREACHABLE else AT_ONCE.get(code, BY_STATUS[429]).reason
            return Outcome(delivery_id, Verdict.REFUSED_AGAIN, code=code, reason=reason, retry_after=wait)
        case CarrierError(code=code):
            return Outcome(delivery_id, Verdict.UNKNOWN, code=code, reason=LOST)
        case TwilioRestException(status=status, code=code) | TwilioServiceException(status=status, code=code):
            verdict, reason, stops_carrier, _ = meaning_of(status, str(code))
            return Outcome(delivery_id, verdict, code=str(code), reason=reason, stops_carrier=stops_carrier)
        case _:
            return Outcome(delivery_id, Verdict.UNKNOWN, code="unreadable", reason=LOST)
