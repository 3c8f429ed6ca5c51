"""The prepared plan for a type of problem, copied into the incident when it opens."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from tellfirst.domain.approval import Approvals
from tellfirst.domain.deadline import DeadlineName
from tellfirst.domain.delivery import Doubt
from tellfirst.domain.due import Due
from tellfirst.domain.escalation import Escalation, Staff
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.goodwill import Goodwill
from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.domain.planned_work import PlannedRules
from tellfirst.domain.quiet_hours import QuietHours
from tellfirst.domain.ramp import Canary
from tellfirst.domain.survey import Asking, SurveyKind
from tellfirst.domain.verification import Sampling

PATIENCE: Mapping[Channel, timedelta] = {
    Channel.SMS: timedelta(minutes=10),
    Channel.VOICE: timedelta(minutes=10),
    Channel.WHATSAPP: timedelta(minutes=10),
    Channel.FAX: timedelta(minutes=30),
    Channel.EMAIL: timedelta(minutes=30),
}
"""How long a receipt may take before the customer's next channel is tried; a webhook answers at once."""
NPS_TEXTS = "survey_nps"
"""Where the texts of a survey stand that asks for 0 to 10; those of `survey` ask for 1 to 5."""


@dataclass(frozen=True, slots=True)
class Playbook:
    """Spans are positive. `version` is a hash of the file, so that the copy can be told from a later edit."""

    name: str
    version: str
    title: str
    service: ServiceKind
    severity: str
    alerts: tuple[str, ...]
    channels: tuple[Channel, ...]
    emergency_calls: bool
    next_update_every: timedelta
    warn_before: timedelta
    """How long before a promised word the holding notice leaves, if nobody has spoken."""
    overrun_before: timedelta
    """How long before an estimate lapses customers hear that it will not be met."""
    quiet_for: timedelta
    """How long monitors must stay quiet before restored service counts as verified."""
    receipt_within: timedelta
    """After this a handed-over message without a receipt is unconfirmed."""
    survey_after: timedelta
    survey_open_for: timedelta
    survey: bool
    # Incidents opened before these keys existed keep a copy without them.
    tell_from: Impact = Impact.DEGRADED
    """Customers hit less than this keep their place in the books and are not told."""
    seen_within: timedelta = timedelta(hours=24)
    """How long before the incident a mobile customer may have been seen in a cell to count as being there."""
    located_within: timedelta = timedelta(days=730)
    """How old a customer's location may be; an older one is trusted no more than none."""
    approve_above: float = 1.0
    """The share of all customers, 0 to 1, above which a person must approve before they are told."""
    in_doubt: Doubt = Doubt.LOOK_UP_THEN_RESEND
    """What to do with a message whose answer was lost."""
    receipt_patience: Mapping[Channel, timedelta] = field(default_factory=lambda: dict(PATIENCE))
    """After this a handed-over message without a receipt is offered to the customer's next channel too."""
    around_outage: bool = True
    """Whether a channel that has to pass through what is down gives way to another that the customer has."""
    quiet_hours: QuietHours | None = None
    """None: words leave at any hour. Surveys keep the night in any case."""
    canary: Canary = field(default_factory=Canary)
    approvals: Approvals = field(default_factory=Approvals)
    """Who must agree beyond `approve_above`, which is kept for copies from before this key."""
    severity_rises: bool = True
    """Whether `severity` is only the least, and rises with the size and impact of the audience."""
    workaround: bool = False
    """Whether customers can help themselves meanwhile; it makes a degraded service less urgent."""
    pull_every: timedelta | None = None
    """The rhythm where customers look themselves (status page, answers); None: that of the words that are sent."""
    sampling: Sampling | None = None
    escalation: Escalation = field(default_factory=Escalation)
    staff: Staff = field(default_factory=Staff)
    wording: Mapping[str, str] = field(default_factory=dict)
    """By occasion: the folder below templates/ that is used instead of the occasion's own."""
    goodwill: Goodwill | None = None
    asking: Asking = field(default_factory=Asking)
    """How its survey asks, how often a customer is asked at all, and who is called back."""
    deadlines: Mapping[DeadlineName, Due] = field(default_factory=dict)
    """In the place of the house's own, whatever the severity; what authorities are owed stays."""
    planned: PlannedRules | None = None
    """Only the playbooks of announced work have it."""

    def folder(self, occasion: str) -> str:
        """Where the texts of an occasion stand below templates/."""
        asks_otherwise = occasion == Occasion.SURVEY and self.asking.kind is SurveyKind.NPS
        return self.wording.get(occasion, NPS_TEXTS if asks_otherwise else occasion)

    def accounts_needed(self, count: int, base: int) -> int:
        """How many accounts must agree before `count` of `base` customers are told: 0, 1 or 2."""
        return replace(self.approvals, above=self.approve_above).needed(count, base)
