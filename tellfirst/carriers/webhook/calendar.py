"""Planned work as a calendar entry that networks' own tools read: iCalendar with X-MAINTNOTE.

Sources: RFC 5545; "Maintenance Notification" best current operational practice of NANOG (maintnote-std).
Takes plain values and knows nothing of webhooks: a status page can offer the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from icalendar import Calendar, Event, vCalAddress, vText

PRODUCT = "-//tellfirst//planned work//EN"


class WorkImpact(StrEnum):
    NO_IMPACT = "NO-IMPACT"
    REDUCED_REDUNDANCY = "REDUCED-REDUNDANCY"
    DEGRADED = "DEGRADED"
    OUTAGE = "OUTAGE"


class WorkStatus(StrEnum):
    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"
    IN_PROCESS = "IN-PROCESS"
    COMPLETED = "COMPLETED"


PLAIN_STATUS = {WorkStatus.TENTATIVE: "TENTATIVE", WorkStatus.CANCELLED: "CANCELLED"}
"""What calendars that know nothing of X-MAINTNOTE understand (RFC 5545, 3.8.1.11); CONFIRMED is all else."""


@dataclass(frozen=True, slots=True)
class PlannedWork:
    """One piece of work as one account sees it. A later word has the same `work` and a higher `sequence`."""

    provider: str
    """Our domain."""
    account: str
    work: str
    """Our number for it."""
    objects: tuple[str, ...]
    """What of theirs is touched; never another account's."""
    impact: WorkImpact
    status: WorkStatus
    starts_at: datetime
    ends_at: datetime
    stated_at: datetime
    sequence: int
    summary: str
    organizer_mail: str
    organizer_name: str
    description: str = ""

    def __post_init__(self) -> None:
        if not (self.provider and self.account and self.work and self.objects and all(self.objects)):
            raise ValueError("a maintenance note needs provider, account, number and at least one object")
        if not self.starts_at < self.ends_at:
            raise ValueError("work that ends before it starts is not announced")


def calendar_text(work: PlannedWork) -> str:
    """The calendar; METHOD is left out, as the practice asks: nobody is invited.

    Only work that does not take place has one, CANCEL (RFC 5546, 3.2.5): without it calendars keep the entry.
    """
    calendar = _calendar()
    if work.status is WorkStatus.CANCELLED:
        calendar.add("method", "CANCEL")
    return _written(calendar, [work])


def calendar_to_follow(works: Iterable[PlannedWork], name: str, language: str) -> str:
    """All `works` as a calendar that is subscribed to and looked at again every hour (RFC 7986, 5.1 and 5.7).

    What does not take place stays in it as cancelled (RFC 5545, 3.8.1.11), so that it goes where it was.
    """
    calendar = _calendar()
    calendar.add("name", vText(name), {"LANGUAGE": language})
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", "PT1H", {"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    return _written(calendar, works)


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    return calendar


def _written(calendar: Calendar, works: Iterable[PlannedWork]) -> str:
    for work in works:
        calendar.add_component(_entry(work))
    written: bytes = calendar.to_ical()
    return written.decode()


def _entry(work: PlannedWork) -> Event:
    entry = Event()
    entry.add("summary", work.summary)
    if work.description:
        entry.add("description", work.description)
    entry.add("dtstart", work.starts_at)
    entry.add("dtend", work.ends_at)
    entry.add("dtstamp", work.stated_at)
    entry.add("uid", f"{work.work}@{work.provider}")
    entry.add("sequence", work.sequence)
    organizer = vCalAddress(f"mailto:{work.organizer_mail}")
    organizer.params["CN"] = vText(work.organizer_name)
    entry["organizer"] = organizer
    entry.add("x-maintnote-provider", work.provider)
    entry.add("x-maintnote-account", work.account)
    entry.add("x-maintnote-maintenance-id", work.work)
    for each in work.objects:
        entry.add("x-maintnote-object-id", each)
    entry.add("x-maintnote-impact", work.impact.value)
    entry.add("x-maintnote-status", work.status.value)
    entry.add("status", PLAIN_STATUS.get(work.status, "CONFIRMED"))
    return entry
