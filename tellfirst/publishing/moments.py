"""Times as pages write them: whole, on the clock of the place, so that they stay true however long a page is kept."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tellfirst.domain.occasion import Locale
from tellfirst.notices.phrases import Phrases


@dataclass(frozen=True, slots=True)
class Moment:
    """`text` for people, `iso` for machines (HTML, the time element)."""

    text: str
    iso: str


@dataclass(frozen=True, slots=True)
class Clock:
    """Writes times for readers of one language at one place; the year stands there when it is not that of `now`."""

    zone: str
    language: Locale
    words: Phrases
    now: datetime

    def moment(self, at: datetime) -> Moment:
        """Like `26 November, 14:30 IST`."""
        return Moment(f"{self._day(at)}{self._comma}{at.astimezone(ZoneInfo(self.zone)):%H:%M %Z}", iso(at))

    def span(self, begins: datetime, ends: datetime) -> tuple[Moment, Moment]:
        """From when until when; the day stands once where it is one."""
        if self._day(begins) != self._day(ends):
            return self.moment(begins), self.moment(ends)
        zone = ZoneInfo(self.zone)
        first = f"{self._day(begins)}{self._comma}{begins.astimezone(zone):%H:%M}"
        return Moment(first, iso(begins)), Moment(f"{ends.astimezone(zone):%H:%M %Z}", iso(ends))

    @property
    def _comma(self) -> str:
        return "، " if self.language is Locale.URDU else ", "

    def _day(self, at: datetime) -> str:
        local, today = (one.astimezone(ZoneInfo(self.zone)) for one in (at, self.now))
        year = "" if local.year == today.year else f" {local.year}"
        return f"{local.day} {self.words.spoken.months[local.month]}{year}"


def iso(at: datetime) -> str:
    """RFC 3339 in UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
