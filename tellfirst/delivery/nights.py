"""Nights: in which of an audience's zones quiet hours hold at this moment, and when they end there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    and_,
    false,
    select,
)

from tellfirst.domain.occasion import Occasion
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.quiet_hours import QuietHours, hours_for, quiet_until
from tellfirst.store import playbook_copy
from tellfirst.store import tables as t
from tellfirst.store.prepared import Prepared, number


@dataclass(frozen=True, slots=True)
class Night:
    """Zones in which it is night now, and when (by the machine's clock) it ends there."""

    zones: tuple[str, ...]
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Nights:
    """The quiet hours that bind a notice, and where they hold now; empty by day and for what is urgent."""

    hours: QuietHours | None = None
    nights: tuple[Night, ...] = ()

    def bind(self, channel: ColumnElement[str], rows: FromClause) -> ColumnElement[bool]:
        """Whether a message on `channel` to a row of the audience (or an alias of it) must wait."""
        if self.hours is None or not self.nights:
            return false()
        zones = [zone for night in self.nights for zone in night.zones]
        sleeps = and_(channel.in_(self.hours.channels), rows.c.zone.in_(zones))
        exempt_from = self.hours.unless_priority_from
        return sleeps if exempt_from is None else and_(sleeps, rows.c.priority < exempt_from)


def nights_of(hours: QuietHours | None, zones: Iterable[str], now: datetime, wall: datetime) -> Nights:
    """`now` is the time that customers live by, `wall` the machine's, which chunks are timed by."""
    if hours is None:
        return Nights()
    by_end: dict[datetime, list[str]] = {}
    for zone in sorted(set(zones)):
        if ends := quiet_until(hours, zone, now):
            by_end.setdefault(ends, []).append(zone)
    return Nights(
        hours, tuple(Night(tuple(found), wall + (ends - now)) for ends, found in sorted(by_end.items()))
    )


def nights_for(
    connection: Connection,
    incident_id: int,
    occasion: Occasion,
    book: Playbook | None,
    now: datetime,
    wall: datetime,
) -> Nights:
    """Where a notice of this incident meets the night now."""
    hours = hours_of(book, occasion)
    if hours is None:
        return Nights()
    a = t.audience.c
    zones = connection.scalars(select(a.zone).where(a.incident_id == incident_id).distinct())
    return nights_of(hours, zones, now, wall)


def hours_of(book: Playbook | None, occasion: Occasion) -> QuietHours | None:
    """The quiet hours that bind a notice of an incident with this playbook."""
    if book is None:
        return hours_for(occasion, None, "", False)
    return hours_for(occasion, book.quiet_hours, book.severity, book.emergency_calls)


def playbook_of(connection: Connection, incident_id: int) -> Playbook | None:
    """The incident's own copy, with the severity that the incident has by now; None before it has one."""
    kept = _PLAYBOOK.run(connection, incident_id=incident_id).one_or_none()
    return playbook_in(kept) if kept else None


def playbook_in(row: Row[Any]) -> Playbook | None:
    """The same out of a row that was read with PLAYBOOK."""
    return playbook_copy.at_severity(playbook_copy.from_text(row.playbook), row.severity)


PLAYBOOK = (playbook_copy.as_text(), t.incident.c.severity)
"""What `playbook_in` reads of an incident."""


def _playbook(_dialect: str) -> Select[tuple[str, str]]:
    i = t.incident.c
    return select(*PLAYBOOK).where(i.id == number("incident_id"))


_PLAYBOOK = Prepared(_playbook)
