"""What the truth log holds: one entry per text, call, mail request, reply or refusal. Times are unix seconds."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import unquote_plus

import orjson


class Channel(StrEnum):
    SMS = "sms"
    WHATSAPP = "whatsapp"
    VOICE = "voice"
    EMAIL = "email"


class Kind(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Text:
    """One SMS or WhatsApp message a customer gets; `url` is its status callback, `reference` our delivery id.

    `content_sid` and `content_variables` are those of a WhatsApp template; `segments` is what it costs.
    """

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
    segments: int = 1
    content_sid: str | None = None
    content_variables: str | None = None

    @property
    def row_count(self) -> int:
        return 1

    @property
    def addresses(self) -> list[str]:
        return [self.to]


@dataclass(frozen=True, slots=True)
class Call:
    """One call a customer gets; `body` is its TwiML, or the address the TwiML would be fetched from."""

    row: int
    at: float
    to: str
    carrier_ref: str
    body: str
    sender: str
    url: str | None = None
    reference: str | None = None
    told_of: list[str] = field(default_factory=list)
    """The moments the status callback is asked for, of initiated, ringing, answered and completed."""
    detects_machines: bool = False
    kind: Kind = Kind.ACCEPTED
    channel: Channel = Channel.VOICE
    segments: int = 1

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
    custom_args: dict[str, str] = field(default_factory=dict)


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
    categories: list[str] = field(default_factory=list)
    kind: Kind = Kind.ACCEPTED
    channel: Channel = Channel.EMAIL

    @property
    def segments(self) -> int:
        return len(self.recipients)

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
    def segments(self) -> int:
        return 0

    @property
    def row_count(self) -> int:
        return 1

    @property
    def addresses(self) -> list[str]:
        return []


Entry = Text | Call | Mail | Refusal


def dumped(entry: Entry) -> bytes:
    """One line of the truth log, with its newline."""
    return orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE)


def loaded(line: bytes) -> Entry:
    """The entry of one line; raises ValueError, KeyError or TypeError when the line is none."""
    fields: dict[str, Any] = orjson.loads(line)
    kind, channel = Kind(fields["kind"]), Channel(fields["channel"])
    fields["kind"], fields["channel"] = kind, channel
    if kind is Kind.REFUSED:
        return Refusal(**fields)
    if channel is Channel.EMAIL:
        fields["recipients"] = [Recipient(**recipient) for recipient in fields["recipients"]]
        return Mail(**fields)
    return Call(**fields) if channel is Channel.VOICE else Text(**fields)


def reference_in(url: str | None) -> str | None:
    """Our delivery id: the query parameter `delivery` of a status callback; None when there is none."""
    found = None if url is None else _REFERENCE.search(url)
    return unquote_plus(found[1]) if found else None


_REFERENCE = re.compile(r"^[^?#]*\?(?:[^#]*&)?delivery=([^&#]+)")
