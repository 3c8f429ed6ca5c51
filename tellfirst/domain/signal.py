"""A raw hint from a monitor, and what we make of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from tellfirst.domain.impact import Impact
from tellfirst.domain.place import Place


class SignalState(StrEnum):
    FIRING = "firing"
    RESOLVED = "resolved"


class Judgement(StrEnum):
    """What a signal did; stored with it and shown."""

    OPENED = "opened_an_incident"
    JOINED = "joined_an_incident"
    CORROBORATED = "corroborated_an_incident"
    REPEATED = "repeated"
    STILL_FIRING = "still_firing"
    CLEARED = "cleared_a_cause"
    OTHERS_FIRE = "resolved_while_another_alert_fires"
    STALE = "stale_repeat_of_a_resolved_episode"
    VANISHED = "resolved_as_its_target_vanished"
    SUPPRESSED = "suppressed_by_its_source"
    CLEARED_NOTHING = "resolved_nothing_we_knew"
    BELOW_THRESHOLD = "below_the_severity_acted_on"
    UNMAPPED = "unmapped"


@dataclass(frozen=True, slots=True)
class Signal:
    """One alert of one body. An episode is (source, fingerprint, starts_at): the same alert reaches us through
    several receivers and groupings, so neither group nor receiver says who it is."""

    source: str
    fingerprint: str
    starts_at: datetime
    state: SignalState
    ends_at: datetime | None
    labels: dict[str, str] = field(hash=False)
    suppressed: bool = False
    """Silenced, inhibited or in a downtime: it fires, and its source has been told to say nothing."""
    place: Place | None = field(default=None, hash=False)
    """Where it hits, for a source that draws its own areas."""

    @property
    def alert(self) -> str:
        return self.labels.get("alertname", "")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an alert means for our network. `element` is None for one that only counts others."""

    cause_key: str
    element: str | None
    impact: Impact
    place: Place | None = None
    """With one, `element` names the area that it draws."""
    place_name: str = ""
