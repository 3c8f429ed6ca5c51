"""Times as pages write them: whole, on the clock of the place, so that they stay true however long a page is kept."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tellfirst.notices.phrases import Phrases


@dataclass(frozen=True, slots=True)
class Moment:
    """`text` for people, `iso` for machines (HTML, the time element)."""

    text: str
    iso: str


def moment(at: datetime, zone: str, words: Phrases, now: datetime) -> Moment:
    """Like `26 November, 14:30 IST`; the year is written when it is not that of `now`."""
    local = at.astimezone(ZoneInfo(zone))
    year = "" if local.year == now.astimezone(ZoneInfo(zone)).year else f" {local.year}"
    day = f"{local.day} {words.spoken.months[local.month]}{year}"
    return Moment(f"{day}, {local:%H:%M %Z}", iso(at))


def span(begins: datetime, ends: datetime, zone: str, words: Phrases, now: datetime) -> tuple[Moment, ...]:
    """From when until when; the day stands once where it is one."""
    first, last = (moment(at, zone, words, now) for at in (begins, ends))
    day, _, time = last.text.rpartition(", ")
    if first.text.startswith(f"{day}, "):
        return Moment(first.text.rpartition(" ")[0], first.iso), Moment(time, last.iso)
    return first, last


def iso(at: datetime) -> str:
    """RFC 3339 in UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
