"""Notices that came as mail: the calendar in it, if there is one, and who sent it."""

import email
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.utils import parseaddr

from tellfirst.domain.errors import Mistake
from tellfirst.works.maintenance_notes import MARK
from tellfirst.works.statements import refused

CALENDARS = {"text/calendar", "application/ics", "application/calendar"}
MOST_PARTS = 200


@dataclass(frozen=True, slots=True)
class Mail:
    """`calendar` is the maintenance note in it, empty when there is none."""

    sender: str
    calendar: bytes


def open_mail(raw: bytes, file: str) -> Mail:
    """Raises Refused for what is no mail."""
    try:
        message = email.message_from_bytes(raw, policy=policy.default)
        parts = _parts(message)
        sender = parseaddr(str(message.get("From", "")))[1]
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, IndexError):
        raise refused(
            file, [Mistake(file, 0, "cannot be read as a mail", "save the mail again as .eml")]
        ) from None
    return Mail(sender, next((one for one in parts if MARK in one.upper()), b""))


def _parts(message: EmailMessage) -> list[bytes]:
    found = []
    for number, part in enumerate(message.walk()):
        if number > MOST_PARTS:
            raise ValueError("too many parts")
        name = part.get_filename() or ""
        if part.get_content_type() in CALENDARS or name.lower().endswith(".ics"):
            found.append(part.get_payload(decode=True) or b"")
    return [one for one in found if isinstance(one, bytes)]
