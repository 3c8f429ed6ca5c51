"""When a first word would have been taken by the carriers, before it leaves."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from tellfirst.delivery.nights import hours_of
from tellfirst.domain.deadline import DeadlineName
from tellfirst.domain.hand_over import HandOver, Load, Sender, hand_over
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.quiet_hours import Instead, QuietHours, is_exempt, quiet_until
from tellfirst.review.grouping import Group, Outcome
from tellfirst.store import tables as t

MARKS: Mapping[DeadlineName, Callable[[HandOver], timedelta]] = {
    DeadlineName.PUBLIC_BY: lambda it: it.public,
    DeadlineName.PUSH_STARTED_BY: lambda it: it.started,
    DeadlineName.PUSH_P50_BY: lambda it: it.half,
    DeadlineName.PUSH_P95_BY: lambda it: it.most,
}
PRIORITY = 1
"""What a group with priority has at least: an exemption of a higher number is taken as not holding for it."""


def forecast(
    found: Iterable[Group], segments_each: float, book: Playbook, senders: Sequence[Sender], now: datetime
) -> HandOver:
    """For the customers of `found` who are to be told, if it left at `now`.

    `segments_each` is what a text of theirs has on average. Whoever is asleep on a channel that rings counts with
    the morning, unless the playbook sends them elsewhere.
    """
    hours = hours_of(book, Occasion.FIRST_WORD)
    loads = [
        Load(channel, one.count, _segments(one, segments_each), _later(one, channel, hours, now))
        for one in found
        if one.outcome is Outcome.TO_BE_TOLD
        for channel in (Channel(one.channel),)
    ]
    return hand_over(loads, senders, book.canary)


@dataclass(frozen=True, slots=True)
class TooLate:
    """A deadline of the first word that cannot be made: due then, and reached only then. `pack` is whose it is."""

    name: str
    pack: str
    due_at: datetime
    reached_at: datetime | None
    """None: no open carrier would take it."""


def too_late(
    connection: Connection, incident_id: int, reckoned: HandOver, now: datetime
) -> tuple[TooLate, ...]:
    """What the incident owes of its first word, is not done yet, and would be missed if it left at `now`."""
    d = t.deadline.c
    owed = connection.execute(
        select(d.name, d.pack, d.due_at)
        .where(d.incident_id == incident_id, d.name.in_(MARKS), d.settled_at.is_(None))
        .order_by(d.due_at, d.id)
    )
    found = []
    for row in owed:
        name = DeadlineName(row.name)
        stuck = name is not DeadlineName.PUBLIC_BY and reckoned.stuck_count and not reckoned.count
        reached_at = None if stuck else now + MARKS[name](reckoned)
        if reached_at is None or reached_at > row.due_at:
            found.append(TooLate(name, row.pack, row.due_at, reached_at))
    return tuple(found)


def _segments(group: Group, each: float) -> int:
    return round(group.count * each) if group.channel == Channel.SMS else group.count


def _later(group: Group, channel: Channel, hours: QuietHours | None, now: datetime) -> timedelta:
    if hours is None or channel not in hours.channels or hours.instead is Instead.NEXT_CHANNEL:
        return timedelta(0)
    if group.priority and is_exempt(hours, PRIORITY):
        return timedelta(0)
    ends = quiet_until(hours, group.zone, now)
    return ends - now if ends else timedelta(0)
