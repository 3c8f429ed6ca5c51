"""Twilio's API as the carriers of this folder use it: one client, what its answers hold, how a call ended."""

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
    """Twilio's word that it has a message or a call, and for whom."""

    sid: str
    to: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Listed:
    """A message or call Twilio remembers; `body` is empty for a call, and when the account has it redacted."""

    sid: str
    body: str = field(repr=False)
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class History:
    """What Twilio remembers of one address, newest first; `is_whole` when nothing older was left out."""

    messages: list[Listed]
    is_whole: bool


def client_for(settings: TwilioSettings, transport: LeanTransport) -> Any:
    """The official client over our transport, deaf to the environment of the process."""
    # An empty environment counts as none, and the client would read region, edge and keys of the process.
    client = Client(
        settings.account_sid,
        settings.auth_token,
        http_client=transport,
        environment={"TWILIO_REGION": ""},
    )
    if settings.base_url:
        client.api.base_url = settings.base_url
    return client


def created(made: Any) -> Created:
    """What a resource just created says of itself. Raises one of UNREADABLE when it has no SID."""
    if not (isinstance(made.sid, str) and made.sid):
        raise ValueError("the answer has no SID")
    return Created(made.sid, str(made.to))


def how_it_was_taken(delivery_id: int, address: str, made: Created) -> Outcome:
    """Accepted, unless the answer is about another address: then nothing is known of ours."""
    if made.to != address:
        # The vendor's client has answered one caller with another's response before (twilio-csharp #474).
        return Outcome(delivery_id, Verdict.UNKNOWN, code="answer_for_another", reason=LOST)
    return Outcome(delivery_id, Verdict.ACCEPTED, carrier_ref=made.sid)


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
