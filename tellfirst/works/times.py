"""Times as people write them into a list of works: with an offset, or by the clock of a named place."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.times import utc


def written_time(text: str, zone: str = "") -> datetime:
    """The moment in UTC. `zone` is an IANA name and reads a time without an offset; '' refuses one.

    Raises RuleBroken, also for a wall time that the clock of the place never shows, or shows twice.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise RuleBroken(f"'{text[:40]}' is no time; write 2026-11-24T09:00+05:30") from None
    if moment.tzinfo or not zone:
        return utc(moment)
    place = known_zone(zone)
    first, second = (moment.replace(tzinfo=place, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        often = "twice" if first.utcoffset() > second.utcoffset() else "never"  # type: ignore[operator]
        written = " or ".join(sorted({first.isoformat(), second.isoformat()}))
        raise RuleBroken(f"the clock of {zone} shows {text.strip()} {often} that day; write {written}")
    return first.astimezone(UTC)


def known_zone(name: str) -> ZoneInfo:
    """Raises RuleBroken for a name that is no place's."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise RuleBroken(f"'{name[:40]}' is no zone; write the IANA name, like Asia/Kolkata") from None
