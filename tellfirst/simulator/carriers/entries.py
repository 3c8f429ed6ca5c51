"""What the truth log holds: one entry per text, reply, mail request or refusal. Times are unix seconds."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson


class Channel(StrEnum):
    SMS = "sms"
    EMAIL = "email"


class Kind(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Sms:
    """One text a customer gets; `url` is its status callback, `reference` our delivery id from its query."""

    row: int
    at: float
    to: str
    carrier_ref: str
    body: str
    sender: str
    messaging_service: str | None = None
    url: str | None = None
    reference: str | None = None
    kind: Kind = Kind.ACCEPTED
    channel: Channel = Channel.SMS

    @property
    def row_count(self) -> int:
        return 1

    @property
    def addresses(self) -> list[str]:
        return [self.to]


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient of a mail; `reference` is our delivery id, `substitutions` what differs in the text."""

    to: str
    reference: str | None
    subject: str | None
    substitutions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Mail:
    """One accepted mail request; its recipients take the rows from `row` on, one each."""

    row: int
    at: float
    carrier_ref: str
    url: str
    sender: str
    subject: str
    content: list[dict[str, str]]
    recipients: list[Recipient]
    kind: Kind = Kind.ACCEPTED
    channel: Channel = Channel.EMAIL

    @property
    def row_count(self) -> int:
        return len(self.recipients)

    @property
    def addresses(self) -> list[str]:
        return [recipient.to for recipient in self.recipients]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One request turned down: the HTTP status, the vendor's code where it has one, the field at fault."""

    row: int
    at: float
    channel: Channel
    status: int
    code: int | None
    field: str | None
    reference: str | None = None
    kind: Kind = Kind.REFUSED

    @property
    def row_count(self) -> int:
        return 1

    @property
    def addresses(self) -> list[str]:
        return []


Entry = Sms | Mail | Refusal


def dumped(entry: Entry) -> bytes:
    """One line of the truth log, with its newline."""
    return orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE)


def loaded(line: bytes) -> Entry:
    """The entry of one line; raises ValueError, KeyError or TypeError when the line is none."""
    fields: dict[str, Any] = orjson.loads(line)
    fields["kind"], fields["channel"] = Kind(fields["kind"]), Channel(fields["channel"])
    if fields["kind"] is Kind.REFUSED:
        return Refusal(**fields)
    if fields["channel"] is Channel.SMS:
        return Sms(**fields)
    fields["recipients"] = [Recipient(**recipient) for recipient in fields["recipients"]]
    return Mail(**fields)


def reference_in(url: str | None) -> str | None:
    """Our delivery id: the query parameter `delivery` of a status callback; None when there is none."""
    if url is None:
        return None
    return next(iter(parse_qs(urlsplit(url).query).get("delivery", ())), None)
