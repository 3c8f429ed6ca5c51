"""When a first word would have been taken by the carriers, before it leaves."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from tellfirst.delivery.nights import hours_of
from tellfirst.domain.hand_over import HandOver, Load, Sender, hand_over
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.quiet_hours import Instead, QuietHours, is_exempt, quiet_until
from tellfirst.review.grouping import Group, Outcome

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


def _segments(group: Group, each: float) -> int:
    return round(group.count * each) if group.channel == Channel.SMS else group.count


def _later(group: Group, channel: Channel, hours: QuietHours | None, now: datetime) -> timedelta:
    if hours is None or channel not in hours.channels or hours.instead is Instead.NEXT_CHANNEL:
        return timedelta(0)
    if group.priority and is_exempt(hours, PRIORITY):
        return timedelta(0)
    ends = quiet_until(hours, group.zone, now)
    return ends - now if ends else timedelta(0)
