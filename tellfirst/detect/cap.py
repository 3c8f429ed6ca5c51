"""The Common Alerting Protocol 1.2 (OASIS; ITU-T X.1303), as others send it to us.

An alert is one signal for each of its areas. An Update takes the place of the alerts that it references, a Cancel
ends them. Exercises, tests and drafts are read and mean nothing. Times carry a numeric offset: `Z` is refused, as the
standard's schema does (section 3.3.2: UTC is written -00:00).
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from tellfirst.domain.errors import Refused
from tellfirst.domain.place import AreaCodes, Place, Point, Polygons, Radius
from tellfirst.domain.signal import Signal, SignalState

NAMESPACE = "{urn:oasis:names:tc:emergency:cap:1.2}"
ALERT, UPDATE, CANCEL, ACK, ERROR = "Alert", "Update", "Cancel", "Ack", "Error"
STATUSES = {"Actual", "Exercise", "System", "Test", "Draft"}
WORDS = {
    "urgency": {"Immediate", "Expected", "Future", "Past", "Unknown"},
    "severity": {"Extreme", "Severe", "Moderate", "Minor", "Unknown"},
    "certainty": {"Observed", "Likely", "Possible", "Unlikely", "Unknown"},
}
AREA_LIMIT = 1_000
TEXT_LIMIT = 2_000
"""Characters that are kept of a text."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")
_ID = re.compile(r"[^\s,<&]+")


def read_cap(body: bytes, source: str) -> list[Signal]:
    """The signals of an alert; none for one that is not actual, and for an Ack or Error.

    Raises Refused for what is no CAP 1.2, for a document type or entity, and for a missing or unknown value.
    """
    root = _root(body)
    sender, identifier = _identity(root, "sender"), _identity(root, "identifier")
    sent = _time(_needed(root, "sent"), "sent")
    kind = _one_of(root, "msgType", {ALERT, UPDATE, CANCEL, ACK, ERROR})
    status = _one_of(root, "status", STATUSES)
    _one_of(root, "scope", {"Public", "Restricted", "Private"})
    references = list(_references(_text(root, "references")))
    if kind in (UPDATE, CANCEL) and not references:
        raise _refused(f"references is missing; a {kind} says which alerts it speaks of")
    infos = [_block(one) for one in _all(root, "info")]
    if status != "Actual" or kind in (ACK, ERROR):
        return []
    first = _first_language(infos)
    if kind == ALERT and not first:
        raise _refused("info is missing; an alert without it says nothing")
    over = kind == CANCEL or (bool(first) and all(_is_over(one) for one in first))
    fires = [] if over else list(_firing(source, sender, identifier, sent, first))
    if len(fires) > AREA_LIMIT:
        raise _refused(f"more than {AREA_LIMIT} areas")
    # What is new fires before what it replaces resolves, so that a cause which both name is never thought gone.
    return [*fires, *_resolved(source, references, fires)]


def _firing(
    source: str, sender: str, identifier: str, sent: datetime, infos: list[Element]
) -> Iterator[Signal]:
    for info in infos:
        labels = {
            "alertname": _needed(info, "event"),
            "sender": sender,
            "identifier": identifier,
            "category": _text(info, "category"),
            "headline": _text(info, "headline"),
            **{name: _needed(info, name) for name in WORDS},
        }
        onset = _text(info, "onset")
        for area in _all(info, "area"):
            name = _needed(area, "areaDesc")
            more = dict(_codes(area))
            yield Signal(
                source=source,
                fingerprint=_fingerprint(sender, identifier, name),
                starts_at=min(sent, _time(onset, "onset")) if onset else sent,
                state=SignalState.FIRING,
                ends_at=None,
                labels={**more, **labels, "area": name},
                place=_place(area),
            )


def _resolved(
    source: str, references: list[tuple[str, str, datetime]], fires: list[Signal]
) -> Iterator[Signal]:
    """One signal for each alert that is over; its areas are found by what was kept of them."""
    replaced_by = {one.fingerprint for one in fires}
    for sender, identifier, sent in references:
        whole = _fingerprint(sender, identifier, "")
        if whole not in replaced_by:
            labels = {"alertname": "", "sender": sender, "identifier": identifier}
            yield Signal(source, whole, sent, SignalState.RESOLVED, None, labels)


def _fingerprint(sender: str, identifier: str, area: str) -> str:
    """The alert in front, the area behind: all areas of one alert begin alike."""
    alert = sha256(f"{sender},{identifier}".encode()).hexdigest()[:32]
    return f"{alert}-{sha256(area.encode()).hexdigest()[:16]}" if area else alert


def _root(body: bytes) -> Element:
    try:
        root: Element = fromstring(body, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException:
        raise _refused("a document type or an entity is declared; an alert needs neither") from None
    except (ParseError, ValueError, LookupError, RecursionError):
        raise _refused("the body is no XML that can be read") from None
    if root.tag != f"{NAMESPACE}alert":
        raise _refused("the root is no alert of CAP 1.2 (urn:oasis:names:tc:emergency:cap:1.2)")
    return root


def _block(info: Element) -> Element:
    """The block itself, once its words are known to be right."""
    _needed(info, "event")
    for name, words in WORDS.items():
        _one_of(info, name, words)
    for area in _all(info, "area"):
        _needed(area, "areaDesc")
        _place(area)
    return info


def _first_language(infos: list[Element]) -> list[Element]:
    """The blocks say the same in several languages; the first one stands for all."""
    languages = [_text(one, "language") or "en-US" for one in infos]
    return [one for one, language in zip(infos, languages, strict=True) if language == languages[0]]


def _is_over(info: Element) -> bool:
    return _text(info, "urgency") == "Past" or "AllClear" in {
        (one.text or "").strip() for one in _all(info, "responseType")
    }


def _place(area: Element) -> Place | None:
    """Polygons before a circle before codes. Latitude stands first in CAP. Raises Refused."""
    rings = [_ring(one.text or "") for one in _all(area, "polygon")]
    if rings:
        return Polygons(tuple((ring,) for ring in rings))
    for one in _all(area, "circle"):
        centre, _, kilometres = (one.text or "").strip().partition(" ")
        metres = _number(kilometres, "circle") * 1000
        # A radius of 0 names a point (an epicentre), and no area.
        return Radius(_point(centre, "circle"), metres) if metres > 0 else None
    codes = sorted({value for _, value in _codes(area) if value.strip() == value and "*" not in value})
    return AreaCodes(tuple(codes)) if codes else None


def _ring(text: str) -> tuple[Point, ...]:
    ring = tuple(_point(pair, "polygon") for pair in text.split())
    if len(ring) < 4 or ring[0] != ring[-1]:
        raise _refused("polygon is no ring of at least four positions that ends where it begins")
    return ring


def _point(text: str, where: str) -> Point:
    lat, _, lon = text.partition(",")
    point = Point(_number(lon, where), _number(lat, where))
    if abs(point.lat) > 90 or abs(point.lon) > 180:
        raise _refused(f"{where} holds a position that is not on the earth")
    return point


def _number(text: str, where: str) -> float:
    if not re.fullmatch(r"[-+]?\d{1,9}(?:\.\d{1,20})?", text.strip()):
        raise _refused(f"{where} holds no number that can be read")
    return float(text)


def _codes(area: Element) -> Iterator[tuple[str, str]]:
    """Geocodes as labels: `geocode_` and their name, in which all but letters and digits becomes `_`."""
    for one in _all(area, "geocode"):
        name, value = _text(one, "valueName"), _text(one, "value")
        if name and value:
            yield "geocode_" + re.sub(r"\W", "_", name, flags=re.ASCII), value


def _references(text: str) -> Iterator[tuple[str, str, datetime]]:
    for one in text.split():
        parts = one.split(",")
        if len(parts) != 3 or not all(parts):
            raise _refused("references is no list of sender,identifier,sent")
        yield parts[0], parts[1], _time(parts[2], "references")


def _time(text: str, where: str) -> datetime:
    if not _TIME.fullmatch(text):
        raise _refused(f"{where} is no time with a numeric offset, like 2026-11-25T09:00:00+05:30 (not Z)")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _refused(f"{where} is no time that exists") from None


def _identity(root: Element, name: str) -> str:
    text = _needed(root, name)
    if not _ID.fullmatch(text):
        raise _refused(f"{name} holds a blank, comma, < or &")
    return text


def _one_of(element: Element, name: str, words: set[str]) -> str:
    text = _needed(element, name)
    if text not in words:
        raise _refused(f"{name} is none of {', '.join(sorted(words))}")
    return text


def _needed(element: Element, name: str) -> str:
    if not (text := _text(element, name)):
        raise _refused(f"{name} is missing")
    return text


def _text(element: Element, name: str) -> str:
    return (element.findtext(f"{NAMESPACE}{name}") or "").strip()[:TEXT_LIMIT]


def _all(element: Element, name: str) -> list[Any]:
    return element.findall(f"{NAMESPACE}{name}")


def _refused(what: str) -> Refused:
    return Refused("wrong_shape", f"not an alert of CAP 1.2: {what}", 422)
