"""What the public may know of an incident: its words and times, where it is, and never whom it hurts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tellfirst.domain.facts import FactRecord, ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.message import Reader
from tellfirst.domain.occasion import Locale, Occasion
from tellfirst.domain.promise import PromiseKind, PromiseState
from tellfirst.notices.page_words import HOLDING


class Phase(StrEnum):
    """Where a reader looks for it."""

    NOW = "now"
    PLANNED = "planned"
    PAST = "past"


class Ending(StrEnum):
    """What became of what is past."""

    OVER = "over"
    CANCELLED = "cancelled"
    """Announced work that did not take place."""
    CORRECTED = "corrected"
    """Whoever was told of it had been told wrongly."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word to customers, with the facts it was made of. `impact` is what its readers were hit by."""

    sequence: int
    said_at: datetime
    occasion: Occasion
    holding: bool
    facts: FactRecord
    impact: Impact | None = None
    """None: as its incident hits those who wait."""
    folder: str = ""
    """Where its texts stand, if not in those of its occasion."""
    to_some: bool = False
    """It is over for some, or was wrong for them, while the others went on waiting."""

    @property
    def kind(self) -> str:
        """Its occasion, or that it has no news."""
        return HOLDING if self.holding else self.occasion


@dataclass(frozen=True, slots=True)
class Given:
    """A time that customers were given, and how it stands."""

    kind: PromiseKind
    due_at: datetime
    state: PromiseState


@dataclass(frozen=True, slots=True)
class Published:
    """An incident that customers were told of. `last` is the word that stands now, `began_at` when it hit or will."""

    id: int
    reference: str
    phase: Phase
    ending: Ending | None
    place: str
    zone: str
    impact: Impact
    services: tuple[ServiceKind, ...]
    is_work: bool
    began_at: datetime
    ended_at: datetime | None
    opened_at: datetime
    last: Word
    headline: Word
    """What it is called by: the subject of its last word, or while it goes on what it is about."""
    said: int = 0
    """The number of its newest public notice, which may have been for some alone."""

    def reader(self, language: Locale, word: Word | None = None) -> Reader:
        """Whoever reads `word`, or the last one, without being anybody in particular."""
        impact = (word or self.last).impact
        return Reader(language, self.zone, (self.impact if impact is None else impact).word, self.services)

    @property
    def next_word_at(self) -> datetime | None:
        """When more will be said; None once it is over."""
        return None if self.phase is Phase.PAST else self.last.facts.next_update_at


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that was said of an incident, the oldest word first, and every time that was given."""

    about: Published
    words: tuple[Word, ...]
    given: tuple[Given, ...]

    @property
    def to_all(self) -> tuple[Word, ...]:
        """The words that are true for whoever reads them."""
        return tuple(one for one in self.words if not one.to_some)


STEP = timedelta(minutes=5)
"""In which a page's own time goes on while nothing changes, so that it keeps its tag for so long."""


@dataclass(frozen=True, slots=True)
class Board:
    """All that is published at `at`: the newest incident first. `services` are those that customers have."""

    at: datetime
    changed_at: datetime
    """When something of it last changed."""
    services: tuple[ServiceKind, ...]
    incidents: tuple[Published, ...]

    def of(self, phase: Phase) -> tuple[Published, ...]:
        return tuple(one for one in self.incidents if one.phase is phase)

    def find(self, reference: str) -> Published | None:
        return next((one for one in self.incidents if one.reference == reference), None)

    @property
    def places(self) -> tuple[str, ...]:
        """Every place that something is published of: first where something goes on, then what is ahead, then past."""
        by_phase = (one.place for phase in Phase for one in self.of(phase))
        return tuple(dict.fromkeys(by_phase))

    @property
    def as_of(self) -> datetime:
        """When it stood as it stands: the last whole STEP, or what changed since."""
        return max(self.at - (self.at - datetime.min.replace(tzinfo=self.at.tzinfo)) % STEP, self.changed_at)

    @property
    def zone(self) -> str:
        """Whose clock is read where a time concerns no incident: that of the first place something is published of."""
        return next((one.zone for phase in Phase for one in self.of(phase)), "UTC")

    def seen(self, place: str, service: str) -> "Board":
        """What concerns a place and a service alone; empty: every one."""
        kept = tuple(
            one
            for one in self.incidents
            if place in ("", one.place) and (not service or service in one.services)
        )
        return Board(self.at, self.changed_at, self.services, kept)

    def worst(self, service: ServiceKind) -> Impact:
        """How badly a service is hit at the worst place right now."""
        hits = (one.impact for one in self.of(Phase.NOW) if service in one.services)
        return max(hits, default=Impact.OK)
