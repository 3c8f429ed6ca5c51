"""What SendGrid asks of a mail beyond its schema, and how it words a refusal."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tellfirst.simulator.carriers.schema import Schema

RECIPIENT_COUNT_MAX = 1000
PERSONAL_BYTES_MAX = 10_000

_SCHEMA = Schema("sendgrid_mail")


@dataclass(frozen=True, slots=True)
class MailRefusal:
    """One error answer; the sentence may name an address, as SendGrid's does."""

    status: int
    message: str
    field: str | None = None

    def document(self) -> dict[str, object]:
        return {"errors": [{"message": self.message, "field": self.field, "help": None}]}


UNAUTHORIZED = MailRefusal(401, "The provided authorization grant is invalid, expired, or revoked")
UNREADABLE = MailRefusal(400, "Bad Request")
SUBJECT_MISSING = MailRefusal(
    400, "The subject is required, for the mail or for every one of its personalizations.", "subject"
)
WRONG_TYPE = MailRefusal(415, "Content-Type must be application/json.")


def refusal_of(mail: object) -> MailRefusal | None:
    """Why `mail` (a parsed v3 Mail Send body) is refused, or None (SendGrid, "Mail Send errors")."""
    if fault := _SCHEMA.fault(mail):
        if fault.rule == "anyOf":
            return SUBJECT_MISSING
        return MailRefusal(400, fault.sentence, fault.field)
    assert isinstance(mail, dict)
    personalizations: list[dict[str, Any]] = mail["personalizations"]
    return _refusal_of_addresses(personalizations) or _refusal_of_size(personalizations)


def _refusal_of_addresses(personalizations: list[dict[str, Any]]) -> MailRefusal | None:
    seen: set[str] = set()
    for address in _addresses(personalizations):
        if address.lower() in seen:
            message = (
                "Each unique email address in the personalizations array should only be included once. "
                f"You have included [{address}] more than once."
            )
            return MailRefusal(400, message, "personalizations")
        seen.add(address.lower())
    if len(seen) > RECIPIENT_COUNT_MAX:
        message = f"There is a limit of {RECIPIENT_COUNT_MAX} total recipients (to + cc + bcc) per request."
        return MailRefusal(400, message, "personalizations")
    return None


def _refusal_of_size(personalizations: list[dict[str, Any]]) -> MailRefusal | None:
    for position, personalization in enumerate(personalizations):
        for name in ("substitutions", "custom_args"):
            # One pass over joined text: encoding each value by itself would dominate a full request.
            text = "".join(key + value for key, value in personalization.get(name, {}).items())
            if len(text.encode()) > PERSONAL_BYTES_MAX:
                field = f"personalizations.{position}.{name}"
                return MailRefusal(400, f"{field} is larger than {PERSONAL_BYTES_MAX} bytes.", field)
    return None


def _addresses(personalizations: list[dict[str, Any]]) -> Iterator[str]:
    for personalization in personalizations:
        for name in ("to", "cc", "bcc"):
            for recipient in personalization.get(name, ()):
                yield recipient["email"]
