"""Why Twilio turns a request down: the codes of its error dictionary, and which fault brings which."""

from dataclasses import dataclass
from types import MappingProxyType

from tellfirst.simulator.carriers.schema import Fault


@dataclass(frozen=True, slots=True)
class TwilioRefusal:
    """One error answer: HTTP status, Twilio's code, its sentence (which may name the number), the field."""

    status: int
    code: int
    message: str
    field: str | None = None

    def document(self) -> dict[str, object]:
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


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
    }
)
_MESSAGES = MappingProxyType(
    {
        21211: "The 'To' number {to} is not a valid phone number.",
        21602: "Message body is required.",
        21603: "A 'From' or 'MessagingServiceSid' parameter is required to send a message.",
        21604: "A 'To' phone number is required.",
        21606: "The 'From' number is not a valid, message-capable Twilio phone number for this account.",
        21609: "The 'StatusCallback' URL is not a valid URL.",
        21610: "Attempt to send to unsubscribed recipient.",
        21617: "The concatenated message body exceeds the 1600 character limit.",
    }
)


def refusal_of_fault(fault: Fault, to: str) -> TwilioRefusal:
    """The answer to a request with `fault`: Twilio's own code if it has one, else 20001 naming the field."""
    code = _CODES.get((fault.field, fault.rule))
    return refusal(code, to, fault.field) if code else TwilioRefusal(400, 20001, fault.sentence, fault.field)


def refusal(code: int, to: str, field: str) -> TwilioRefusal:
    return TwilioRefusal(400, code, _MESSAGES[code].format(to=to), field)


def not_found(path: str) -> TwilioRefusal:
    return TwilioRefusal(404, 20404, f"The requested resource {path} was not found")
