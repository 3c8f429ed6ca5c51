"""Plays one lifecycle from its onset until the incident is closed, with all that comes between."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from tellfirst.carriers.port import Receipt
from tellfirst.delivery.stopping import go, stop
from tellfirst.detect.causes import clear_cause, reopen_cause
from tellfirst.domain.delivery import StopEffect
from tellfirst.domain.facts import Action
from tellfirst.domain.incident import RUNNING
from tellfirst.domain.incident import Stage as IncidentStage
from tellfirst.domain.occasion import Channel
from tellfirst.domain.signal import Signal, SignalState
from tellfirst.notices.words import say
from tellfirst.replay import town
from tellfirst.replay.lifecycles import Happening, Lifecycle, What
from tellfirst.replay.theatre import ReplayStage, Theatre, opened
from tellfirst.simulator.fake_carrier import FakeCarrier
from tellfirst.simulator.stage import NeverAtRest
from tellfirst.store import incidents
from tellfirst.store.engine import writing

ACTOR = "operators"
ONLY = 1
"""The number of the one incident in fresh books."""
CLOSED_WITHIN = timedelta(days=5)


@dataclass
class PatientCarrier(FakeCarrier):
    """One whose receipts can be held back."""

    holds_receipts: bool = False

    def receipts(self) -> list[Receipt]:
        return [] if self.holds_receipts else FakeCarrier.receipts(self)


@dataclass
class Life:
    """A lifecycle on its stage. What ends again is put into `_later` when it begins."""

    theatre: Theatre
    it: Lifecycle
    stage: ReplayStage
    carriers: list[PatientCarrier]
    _later: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _turns: Iterator[int] = field(default_factory=count)
    _away: int = 0
    _silent: int = 0

    def play(self) -> None:
        """Raises NeverAtRest when it does not end."""
        onset = self.it.onset
        for one in self.it.happenings:
            self._at(onset + one.after, self._begins(one))
        self._at(onset + self.it.restored_after, self._restored)
        self.theatre.alert(self.stage, self._signal())
        while self._later:
            moment, _, happens = heapq.heappop(self._later)
            self.stage.play_until(moment)
            happens()
            self.stage.settle()
        while (due := self.stage.next_due()) is not None:
            if due > onset + self.it.restored_after + CLOSED_WITHIN:
                break
            self.stage.play_until(due)
        if self._incident.stage is not IncidentStage.CLOSED:
            raise NeverAtRest(f"lifecycle {self.it.name} ended as {self._incident.stage}")

    def _begins(self, one: Happening) -> Callable[[], None]:
        acts: dict[What, Callable[[], None]] = {
            What.NOTE: lambda: self._say(action=Action.REPAIRING),
            What.ESTIMATE: lambda: self._say(estimate_at=self._now + one.span),
            What.SHORT_ESTIMATE: lambda: self._say(estimate_at=self._now + one.span),
            What.CORRECTION: lambda: self._say(action=Action.INVESTIGATING, correction=True),
            What.FLAP: lambda: self._between(one, self._clear, self._fire),
            What.REOPENED: lambda: self._between(one, self._clear, self._fire),
            What.HOLD: lambda: self._stopped(one, StopEffect.HOLD),
            What.CANCEL: lambda: self._stopped(one, StopEffect.CANCEL),
            What.AWAY: lambda: self._between(one, lambda: self._turn_away(1), lambda: self._turn_away(-1)),
            What.LATE_RECEIPTS: lambda: self._between(
                one, lambda: self._hold_receipts(1), lambda: self._hold_receipts(-1)
            ),
        }
        return acts[one.what]

    def _between(self, one: Happening, begins: Callable[[], None], ends: Callable[[], None]) -> None:
        begins()
        self._at(self._now + one.lasts, ends)

    def _say(
        self, *, action: Action | None = None, estimate_at: datetime | None = None, correction: bool = False
    ) -> None:
        it = self._incident
        if it.stage not in RUNNING:
            return
        with writing(self.stage.engine) as connection:
            say(
                *(connection, it.reference),
                author=ACTOR,
                now=self._now,
                action=action,
                estimate_at=estimate_at,
                correction=correction,
            )

    def _clear(self) -> None:
        if self._incident.stage in RUNNING:
            with writing(self.stage.engine) as connection:
                clear_cause(connection, ONLY, town.ELEMENT, self._now, reason="monitor_resolved")

    def _fire(self) -> None:
        """Again, unless it had ended before it flapped."""
        if self._incident.stage in RUNNING and self._now < self.it.onset + self.it.restored_after:
            with writing(self.stage.engine) as connection:
                reopen_cause(connection, ONLY, town.ELEMENT, self._now)

    def _restored(self) -> None:
        self._clear()

    def _stopped(self, one: Happening, effect: StopEffect) -> None:
        with writing(self.stage.engine) as connection:
            stop(connection, ONLY, effect, "to see what happens", ACTOR, self._now)
        self._at(self._now + one.lasts, self._go)

    def _go(self) -> None:
        with writing(self.stage.engine) as connection:
            go(connection, ONLY, ACTOR, self._now, self._now)

    def _turn_away(self, step: int) -> None:
        self._away += step
        for carrier in self.carriers:
            carrier.away = self._away > 0

    def _hold_receipts(self, step: int) -> None:
        self._silent += step
        for carrier in self.carriers:
            carrier.holds_receipts = self._silent > 0

    def _at(self, moment: datetime, happens: Callable[[], None]) -> None:
        heapq.heappush(self._later, (moment, next(self._turns), happens))

    @property
    def _now(self) -> datetime:
        return self.stage.clock.now()

    @property
    def _incident(self) -> incidents.Incident:
        return opened(self.stage.engine)

    def _signal(self) -> Signal:
        labels = {"alertname": "ReplayLifecycle", "severity": "critical"}
        labels |= {"element": town.ELEMENT, "area": town.AREA}
        return Signal("alertmanager", self.it.name, self.it.onset, SignalState.FIRING, None, labels)


def life(theatre: Theatre, it: Lifecycle) -> Life:
    """A lifecycle at its onset, on fresh books."""
    carriers: list[PatientCarrier] = []

    def carrier(channel: Channel) -> PatientCarrier:
        carriers.append(PatientCarrier(channel))
        return carriers[-1]

    return Life(theatre, it, theatre.stage(it.onset, carrier), carriers)
