"""An incident as an alert of the Common Alerting Protocol 1.2 (OASIS; ITU-T X.1303).

Takes plain values and knows nothing of webhooks: a status page can offer the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from xml.etree.ElementTree import Element, SubElement, tostring

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"


class Status(StrEnum):
    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    TEST = "Test"


class MessageType(StrEnum):
    """Update and Cancel speak of the earlier alerts they reference."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"


class Urgency(StrEnum):
    IMMEDIATE = "Immediate"
    EXPECTED = "Expected"
    FUTURE = "Future"
    PAST = "Past"


class Severity(StrEnum):
    SEVERE = "Severe"
    MODERATE = "Moderate"
    MINOR = "Minor"
    UNKNOWN = "Unknown"


class Certainty(StrEnum):
    OBSERVED = "Observed"
    LIKELY = "Likely"
    POSSIBLE = "Possible"


@dataclass(frozen=True, slots=True)
class Words:
    """What an alert says in one language. Empty: left out, but for `event` and `area`."""

    language: str
    event: str
    area: str
    headline: str = ""
    description: str = ""
    instruction: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """Everything but the words. `references` name earlier alerts by identifier and time sent, of the same sender."""

    identifier: str
    sender: str
    sender_name: str
    sent: datetime
    kind: MessageType
    restriction: str
    """Whom it is for when it is not for the public; empty: for everybody."""
    incident: str
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    words: tuple[Words, ...]
    references: tuple[tuple[str, datetime], ...] = ()
    all_clear: bool = False
    onset: datetime | None = None
    expires: datetime | None = None
    web: str = ""
    contact: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    status: Status = Status.ACTUAL

    def __post_init__(self) -> None:
        for name in (self.identifier, self.sender):
            if not name or set(name) & set(" ,<&"):
                raise ValueError("CAP allows no blank, comma, < or & in identifier and sender")
        if (self.kind is MessageType.ALERT) == bool(self.references):
            raise ValueError("a CAP Update or Cancel references earlier alerts, an Alert does not")
        if not self.words:
            raise ValueError("a CAP alert without words tells nobody anything")


def alert_xml(alert: Alert) -> str:
    """The XML document. The order of the elements is the schema's."""
    root = Element("alert", xmlns=NAMESPACE)
    for name, text in _head(alert):
        SubElement(root, name).text = plain_text(text)
    for words in alert.words:
        info = SubElement(root, "info")
        for name, text in _in_one_language(alert, words):
            if text:
                SubElement(info, name).text = plain_text(text)
        for name, value in alert.parameters:
            parameter = SubElement(info, "parameter")
            SubElement(parameter, "valueName").text = plain_text(name)
            SubElement(parameter, "value").text = plain_text(value)
        SubElement(SubElement(info, "area"), "areaDesc").text = plain_text(words.area)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode")


def _head(alert: Alert) -> Iterator[tuple[str, str]]:
    yield "identifier", alert.identifier
    yield "sender", alert.sender
    yield "sent", cap_time(alert.sent)
    yield "status", alert.status
    yield "msgType", alert.kind
    yield "scope", "Restricted" if alert.restriction else "Public"
    if alert.restriction:
        yield "restriction", alert.restriction
    if alert.references:
        earlier = (f"{alert.sender},{name},{cap_time(sent)}" for name, sent in alert.references)
        yield "references", " ".join(earlier)
    yield "incidents", f'"{alert.incident}"' if " " in alert.incident else alert.incident


def _in_one_language(alert: Alert, words: Words) -> Iterator[tuple[str, str]]:
    yield "language", words.language
    yield "category", "Infra"
    yield "event", words.event
    yield "responseType", "AllClear" if alert.all_clear else ""
    yield "urgency", alert.urgency
    yield "severity", alert.severity
    yield "certainty", alert.certainty
    yield "effective", cap_time(alert.sent)
    yield "onset", cap_time(alert.onset) if alert.onset else ""
    yield "expires", cap_time(alert.expires) if alert.expires else ""
    yield "senderName", alert.sender_name
    yield "headline", words.headline
    yield "description", words.description
    yield "instruction", words.instruction
    yield "web", alert.web
    yield "contact", alert.contact


def cap_time(moment: datetime) -> str:
    """CAP 1.2, 3.3.2: whole seconds, and UTC is written -00:00, never Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") + "-00:00"


def plain_text(text: str) -> str:
    """`text` without the letters XML 1.0 cannot hold."""
    return "".join(letter for letter in text if letter in "\t\n\r" or _is_character(ord(letter)))


def _is_character(code: int) -> bool:
    return 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000
