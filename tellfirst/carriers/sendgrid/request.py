"""One body for many customers: SendGrid's mail/send request.

Source: SendGrid, Mail Send: at most 1000 personalizations, an address at most once.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from tellfirst.carriers.answering import Written
from tellfirst.carriers.port import Outbound
from tellfirst.carriers.sendgrid.settings import SendGridSettings
from tellfirst.carriers.unsubscribing import URL_LETTERS, unsubscribe_headers
from tellfirst.domain.message import PERSONAL_LINK, Message

MOST = 1000
"""Personalizations in one request."""
REFERENCE = "delivery"
"""The custom argument that brings our id back in every receipt. SendGrid keeps it for ever: ids only."""
AUTOMATIC = {"Auto-Submitted": "auto-generated"}
"""RFC 3834, 5: keeps holiday replies away."""
NOT_TRACKED = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
}


def requests_of(batch: Sequence[Outbound]) -> list[list[Outbound]]:
    """The batch cut into requests: equal messages together, an address once in each."""
    rounds: dict[tuple[Message, int], list[Outbound]] = defaultdict(list)
    met: Counter[tuple[Message, str]] = Counter()
    for outbound in batch:
        mailbox = (outbound.message, outbound.address.strip().casefold())
        rounds[outbound.message, met[mailbox]].append(outbound)
        met[mailbox] += 1
    return [rows[start : start + MOST] for rows in rounds.values() for start in range(0, len(rows), MOST)]


def mail_of(rows: Sequence[Outbound], settings: SendGridSettings) -> dict[str, Any]:
    """The JSON of one request; all rows have the same message."""
    message = rows[0].message
    sender = {"email": settings.sender_mail}
    if settings.sender_name:
        sender["name"] = settings.sender_name
    has_link = PERSONAL_LINK in message.text or PERSONAL_LINK in message.html
    content = [{"type": "text/plain", "value": message.text}]
    if message.html:
        content.append({"type": "text/html", "value": message.html})
    return {
        "from": sender,
        # One line whatever a template made of it: a line break would begin a header of its own.
        "subject": " ".join(message.subject.split()),
        "content": content,
        "personalizations": [_personalization(row, has_link=has_link) for row in rows],
        "headers": AUTOMATIC,
        "tracking_settings": NOT_TRACKED,
    }


def answer_of(written: Written, settings: SendGridSettings) -> dict[str, Any]:
    """The JSON of one answer to one customer. It has no reference of a delivery: nobody waits for its receipt."""
    sender = {"email": settings.sender_mail}
    if settings.sender_name:
        sender["name"] = settings.sender_name
    return {
        "from": sender,
        "subject": written.subject or " ",
        "content": [{"type": "text/plain", "value": written.text}],
        "personalizations": [{"to": [{"email": written.address}]}],
        "headers": written.headers,
        "tracking_settings": NOT_TRACKED,
    }


def _personalization(row: Outbound, *, has_link: bool) -> dict[str, Any]:
    personal: dict[str, Any] = {
        "to": [{"email": row.address}],
        "custom_args": {REFERENCE: str(row.delivery_id)},
    }
    if has_link:
        # SendGrid puts the same letters into text and HTML; what would break out of HTML is percent-encoded.
        personal["substitutions"] = {PERSONAL_LINK: quote(row.link, safe=URL_LETTERS)}
    if row.unsubscribe and (headers := unsubscribe_headers(row.unsubscribe)):
        # All of them: nothing promises that a row's own headers leave the shared ones standing.
        personal["headers"] = AUTOMATIC | headers
    return personal
