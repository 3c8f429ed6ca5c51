"""Why Twilio turns a request down: the codes of its error dictionary, and which flaw brings which."""

import time
from dataclasses import dataclass
from types import MappingProxyType

from tellfirst.simulator.carriers.account import Account
from tellfirst.simulator.carriers.http.answers import json_answer
from tellfirst.simulator.carriers.http.message import Answer
from tellfirst.simulator.carriers.schema import Flaw
from tellfirst.simulator.carriers.truth.entries import Channel, Refusal


@dataclass(frozen=True, slots=True)
class TwilioRefusal:
    """One error answer: HTTP status, Twilio's code, its sentence (which may name the number), the field."""

    status: int
    code: int
    message: str
    field: str | None = None

    def answer(self) -> Answer:
        headers = (("Retry-After", "1"),) if self is TOO_MANY_REQUESTS else ()
        return json_answer(
            {
                "code": self.code,
                "message": self.message,
                "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
                "status": self.status,
            },
            self.status,
            headers,
        )


UNAUTHORIZED = TwilioRefusal(401, 20003, "Authenticate")
TOO_MANY_REQUESTS = TwilioRefusal(429, 20429, "Too Many Requests")

_CODES = MappingProxyType(
    {
        ("To", "required"): 21604,
        ("To", "pattern"): 21211,
        ("Body", "required"): 21602,
        ("Body", "minLength"): 21602,
        ("Body", "maxLength"): 21617,
        ("the whole", "anyOf"): 21603,
        ("StatusCallback", "pattern"): 21609,
        ("StatusCallback", "maxLength"): 21609,
        ("ContentSid", "pattern"): 21655,
    }
)
_CALL_CODES = MappingProxyType(
    {
        ("To", "required"): 21201,
        ("To", "pattern"): 21211,
        ("From", "required"): 21213,
        ("the whole", "oneOf"): 21205,
        ("Url", "pattern"): 21205,
        ("StatusCallback", "pattern"): 21609,
        ("StatusCallback", "maxLength"): 21609,
    }
)
_MESSAGES = MappingProxyType(
    {
        21201: "No 'To' number is specified.",
        21205: "A call needs either 'Url' or 'Twiml', and a valid one.",
        21210: "The 'From' number is not a verified caller ID of this account.",
        21211: "The 'To' number {to} is not a valid phone number.",
        21213: "No 'From' number is specified.",
        21602: "Message body is required.",
        21603: "A 'From' or 'MessagingServiceSid' parameter is required to send a message.",
        21604: "A 'To' phone number is required.",
        21606: "The 'From' number is not a valid, message-capable Twilio phone number for this account.",
        21609: "The 'StatusCallback' URL is not a valid URL.",
        21610: "Attempt to send to unsubscribed recipient.",
        21617: "The concatenated message body exceeds the 1600 character limit.",
        21655: "The ContentSid is invalid.",
        21656: "The ContentVariables parameter is invalid.",
        63007: "Twilio could not find a Channel with the specified From address.",
        63016: "Failed to send freeform message because you are outside the allowed window. "
        "Use a Message Template.",
    }
)


def refusal_of_flaw(flaw: Flaw, to: str, channel: Channel) -> TwilioRefusal:
    """The answer to a request with `flaw`: Twilio's own code if it has one, else 20001 naming the field."""
    codes = _CALL_CODES if channel is Channel.VOICE else _CODES
    code = codes.get((flaw.field, flaw.rule))
    return refusal(code, to, flaw.field) if code else TwilioRefusal(400, 20001, flaw.sentence, flaw.field)


def refusal(code: int, to: str, field: str) -> TwilioRefusal:
    return TwilioRefusal(400, code, _MESSAGES[code].format(to=to), field)


def not_found(path: str) -> TwilioRefusal:
    return TwilioRefusal(404, 20404, f"The requested resource {path} was not found")


def error_answer(status: int) -> Answer:
    """Twilio's answer when it is not at its best: 429, 500 or 503."""
    if status == 429:
        return TwilioRefusal(429, 20429, "Too Many Requests").answer()
    if status == 503:
        return TwilioRefusal(503, 20503, "Service Unavailable").answer()
    return TwilioRefusal(500, 20500, "Internal Server Error").answer()


def refuse(account: Account, refused: TwilioRefusal, channel: Channel, reference: str | None) -> Answer:
    """Note the refusal in the truth log and answer it."""
    account.truth.append(
        Refusal(
            row=account.truth.next_row,
            at=time.time(),
            channel=channel,
            status=refused.status,
            code=refused.code,
            field=refused.field,
            reference=reference,
        )
    )
    return refused.answer()
