"""iCalendar with X-MAINTNOTE, as networks announce work to each other.

Sources: RFC 5545 and 5546; "Maintenance Notification" best current operational practice of NANOG (maintnote-std).
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar.cal import Calendar, Component

from tellfirst.domain.errors import Mistake, RuleBroken
from tellfirst.domain.impact import Impact
from tellfirst.domain.work import UNSAID, StatedWork, Window, WorkSource, WorkStatus
from tellfirst.works.statements import WorksRead, refused, statements_of

MARK = b"X-MAINTNOTE-"
MOST_EVENTS = 500
MOST_OBJECTS = 10_000
"""In one entry; a carrier's whole trunk has fewer."""
FIELDS = {
    "X-MAINTNOTE-PROVIDER": "provider",
    "X-MAINTNOTE-ACCOUNT": "account",
    "X-MAINTNOTE-MAINTENANCE-ID": "maintenance id",
    "DTSTAMP": "stamp",
    "DTSTART": "start",
    "DTEND": "end",
    "UID": "uid",
    "SUMMARY": "summary",
    "ORGANIZER": "organizer",
}
"""What the practice requires of every entry, beside objects and impact. SEQUENCE may be left out: RFC 5545, 3.8.7.4."""
IMPACTS = {
    "NO-IMPACT": Impact.OK,
    "REDUCED-REDUNDANCY": Impact.AT_RISK,
    "DEGRADED": Impact.DEGRADED,
    "OUTAGE": Impact.DOWN,
}
STATUSES = {status.value.upper().replace("_", "-"): status for status in WorkStatus} | {
    "RE-SCHEDULED": WorkStatus.CONFIRMED
}
METHODS = {"", "PUBLISH", "REQUEST", "CANCEL"}
"""The others answer an invitation (RFC 5546), and announce nothing."""


class _Entry:
    """One VEVENT, and everything that is wrong with it."""

    def __init__(self, event: Component, file: str, line: int, provider: str, sender: str) -> None:
        self.event, self.file, self.line = event, file, line
        self.provider = provider or self.text("X-MAINTNOTE-PROVIDER")
        # Whoever imports it for a provider, or the sender of its mail, vouches for it as an organizer does.
        self.organizer = self.text("ORGANIZER") or sender or provider
        self.mistakes: list[Mistake] = []

    def wrong(self, problem: str, cure: str) -> None:
        self.mistakes.append(Mistake(self.file, self.line, problem, cure))

    def all(self, name: str) -> list[Any]:
        found = self.event.get(name, [])
        return found if isinstance(found, list) else [found]

    def text(self, name: str) -> str:
        return next((str(one).strip() for one in self.all(name)), "")


def read_notes(raw: bytes, file: str, *, provider: str = "", sender: str = "") -> WorksRead:
    """Every work in a calendar. `provider` is who a person says it comes from, `sender` the mail it came in.

    Raises Refused with every mistake and its cure; then nothing of it is to be stored.
    """
    try:
        calendars = Calendar.from_ical(raw.decode("utf-8-sig"), multiple=True)
    except (ValueError, IndexError, KeyError, TypeError, RecursionError) as broken:
        raise refused(file, [Mistake(file, 0, f"is no calendar: {_short(broken)}", _AGAIN)]) from None
    works: list[StatedWork] = []
    mistakes: list[Mistake] = []
    lines = _lines(raw)
    for method, event in _events(calendars):
        entry = _Entry(event, file, next(lines, 0), provider, sender)
        stated = _stated(entry, method)
        mistakes += entry.mistakes
        works += [stated] if stated else []
        if len(works) + len(mistakes) > MOST_EVENTS:
            mistakes.append(Mistake(file, 0, f"has more than {MOST_EVENTS} entries", "split the file"))
            break
    if not works and not mistakes:
        mistakes.append(Mistake(file, 0, "has no VEVENT", "a maintenance note has one for each work"))
    if mistakes:
        raise refused(file, mistakes)
    return statements_of(raw, works)


_AGAIN = "ask its sender for the calendar again, or take it over with `tellfirst work add`"


def _events(calendars: Sequence[Component]) -> Iterator[tuple[str, Component]]:
    for calendar in calendars:
        method = str(calendar.get("METHOD", "")).upper()
        for event in calendar.walk("VEVENT"):
            yield method, event


def _lines(raw: bytes) -> Iterator[int]:
    """At which line each entry begins."""
    for number, line in enumerate(raw.splitlines(), 1):
        if line.strip().upper() == b"BEGIN:VEVENT":
            yield number


def _stated(entry: _Entry, method: str) -> StatedWork | None:
    _require(entry)
    if method not in METHODS:
        entry.wrong(f"METHOD is {method[:20]}", "only PUBLISH, REQUEST and CANCEL announce something")
    for name in ("RRULE", "RDATE"):
        if name in entry.event:
            entry.wrong(
                f"repeats by {name}", "ask for one VEVENT for each window; each is announced by itself"
            )
    said, status = _status(entry, method)
    objects, differing, worst = _objects(entry, status)
    starts_at, ends_at, stamp = (_moment(entry, name) for name in ("DTSTART", "DTEND", "DTSTAMP"))
    sequence = _sequence(entry)
    if entry.mistakes or not (starts_at and ends_at):
        return None
    try:
        return StatedWork(
            provider=entry.provider,
            external_id=_primary(entry),
            sequence=sequence,
            status=status,
            window=Window(starts_at, ends_at),
            objects=objects,
            impact=worst,
            source=WorkSource.ICAL,
            reason=entry.text("SUMMARY"),
            account=entry.text("X-MAINTNOTE-ACCOUNT"),
            zone=_zone(entry),
            status_is_said=said,
            stamp=stamp,
            object_impacts=differing,
            organizer=entry.organizer,
        )
    except RuleBroken as broken:
        entry.wrong(str(broken), _AGAIN)
        return None


def _require(entry: _Entry) -> None:
    unreadable = {str(one[0]).upper() for one in entry.event.errors if one[0]}
    for name in sorted(unreadable):
        entry.wrong(f"{name} cannot be read", "write times like 20261124T090000Z; " + _AGAIN)
    here = {"X-MAINTNOTE-PROVIDER": entry.provider, "ORGANIZER": entry.organizer}
    for name, word in FIELDS.items():
        if here.get(name, entry.text(name)) or name in unreadable:
            continue
        if name == "DTEND" and "DURATION" in entry.event:
            continue
        vouch = ", or say who it comes from with --provider" if name in here else ""
        entry.wrong(f"has no {name}: the {word} is missing", f"ask its sender to add it{vouch}")


def _status(entry: _Entry, method: str) -> tuple[bool, WorkStatus]:
    word = (entry.text("X-MAINTNOTE-STATUS") or entry.text("STATUS")).upper()
    if method == "CANCEL":
        return True, WorkStatus.CANCELLED
    if word in {"", "NO-CHANGE"}:
        return False, WorkStatus.CONFIRMED
    if word not in STATUSES:
        entry.wrong(f"the status {word[:20]} is unknown", f"it is one of {', '.join(STATUSES)}")
    return True, STATUSES.get(word, WorkStatus.CONFIRMED)


def _objects(
    entry: _Entry, status: WorkStatus
) -> tuple[tuple[str, ...], tuple[tuple[str, Impact], ...], Impact]:
    named = [(str(one).strip(), one.params.get("X-MAINTNOTE-OBJECT-IMPACT", "")) for one in _ids(entry)]
    named = [(object_id, impact) for object_id, impact in named if object_id]
    word = entry.text("X-MAINTNOTE-IMPACT")
    whole = _impact(word)
    hit = {object_id: _impact(own) if own else whole for object_id, own in named}
    if not hit and status not in {WorkStatus.CANCELLED, WorkStatus.COMPLETED}:
        entry.wrong("has no X-MAINTNOTE-OBJECT-ID: the object is missing", "ask its sender what is hit")
    if not word and not all(own for _, own in named):
        entry.wrong("has no X-MAINTNOTE-IMPACT: the impact is missing", "ask its sender how badly it hits")
    if len(hit) > MOST_OBJECTS:
        entry.wrong(f"names more than {MOST_OBJECTS} objects", "split it, or map the trunk they hang on")
    worst = max(hit.values(), default=whole)
    return tuple(hit), tuple((key, one) for key, one in hit.items() if one is not worst), worst


def _ids(entry: _Entry) -> list[Any]:
    return entry.all("X-MAINTNOTE-OBJECT-ID")


def _impact(word: str) -> Impact:
    """A word that is unknown is an outage, as the practice has it: nobody is told too little."""
    return IMPACTS.get(word.strip().upper(), Impact.DOWN)


def _primary(entry: _Entry) -> str:
    """Of several numbers the one that is marked PRIMARY (X-MAINTNOTE-PRECEDENCE), else the first."""
    numbers = entry.all("X-MAINTNOTE-MAINTENANCE-ID")
    marked = [one for one in numbers if one.params.get("X-MAINTNOTE-PRECEDENCE", "").upper() == "PRIMARY"]
    return str((marked or numbers)[0]).strip()


def _sequence(entry: _Entry) -> int:
    if "SEQUENCE" not in entry.event:
        return UNSAID
    word = entry.text("SEQUENCE")
    if not word.isdecimal() or len(word) > 9:
        entry.wrong("SEQUENCE is no number from 0", "it rises by one with each version")
        return UNSAID
    return int(word)


def _zone(entry: _Entry) -> str:
    """The zone of the place the times were written in, where it is one that everybody knows."""
    found = entry.event.get("DTSTART")
    name = found.params.get("TZID", "") if found else ""
    return name if name not in {"", "UTC"} and _known_zone(name) else ""


def _moment(entry: _Entry, name: str) -> datetime | None:
    found = entry.event.get(name)
    if found is None:
        if name == "DTEND" and "DURATION" in entry.event:
            starts_at = _moment(entry, "DTSTART")
            length = entry.event.decoded("DURATION")
            return starts_at + length if starts_at and isinstance(length, timedelta) else None
        return None
    if isinstance(found, list) or not isinstance(getattr(found, "dt", None), date):
        entry.wrong(f"{name} stands there several times or is no time", "leave one time")
        return None
    if not isinstance(found.dt, datetime):
        entry.wrong(f"{name} is a day without a time", "write a time like 20261124T090000Z")
        return None
    zone = found.params.get("TZID", "")
    if zone and (place := _known_zone(zone)):
        # As RFC 5545, 3.3.5 has it: of an hour that is shown twice the first; the library takes the second.
        return found.dt.replace(tzinfo=place, fold=0).astimezone(UTC)
    if found.dt.tzinfo is None:
        problem = f"{name} is in the zone {zone}, which nobody knows" if zone else f"{name} has no zone"
        entry.wrong(problem, "write UTC like 20261124T090000Z, or TZID with the name of an IANA zone")
        return None
    return found.dt.astimezone(UTC)


def _known_zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _short(broken: Exception) -> str:
    return type(broken).__name__ if len(str(broken)) > 80 else str(broken)
