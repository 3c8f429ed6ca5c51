"""The leads that policy packs ask for before announced work, as the work gate takes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tellfirst.domain.due import Counting, Place
from tellfirst.domain.pack import Lead, Pack
from tellfirst.domain.policy import announce_by
from tellfirst.domain.work import Window
from tellfirst.timelines.packs import Policy

HOUSE = "house-default"
"""The house's own pack asks for nothing here: the lead of a playbook is the house's."""
WORDS = {Counting.CALENDAR_DAYS: "calendar days", Counting.WORKING_DAYS: "working days"}


@dataclass(frozen=True, slots=True)
class PackLead:
    """One lead of a pack that is on; a `domain.lead.LeadRule`."""

    pack: Pack
    lead: Lead
    place: Place

    @property
    def name(self) -> str:
        return self.pack.id

    @property
    def words(self) -> str:
        due = self.lead.lead
        if due.counting in WORDS:
            return f"{due.span.days} {WORDS[due.counting]}"
        return f"{due.span.total_seconds() / 3600:g} hours"

    def tell_by(self, window: Window) -> datetime | None:
        """By when customers must have been told; None where such work needs no lead."""
        return announce_by(self.lead, window.starts_at, window.ends_at, self.place)


def leads(policy: Policy, now: datetime) -> Sequence[PackLead]:
    """Those owed to customers by the packs that are on."""
    place = policy.place(now)
    return [
        PackLead(pack, lead, place)
        for pack in policy.packs.values()
        if pack.id != HOUSE
        for lead in pack.planned
        if lead.hearer == "customers"
    ]
