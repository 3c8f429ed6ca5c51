"""The stage of one process: real rules and store, books in memory, carriers that answer at once, a stepped clock.

The clock of an installation looks every 30 seconds; here, too, what only time brings is found at the next such look.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from sqlalchemy import Engine, Select, bindparam, func, select

from tellfirst.bootstrap import World
from tellfirst.detect.correlation import take_signals
from tellfirst.domain.errors import NotFound
from tellfirst.domain.occasion import Channel
from tellfirst.domain.promise import PromiseState
from tellfirst.domain.signal import Signal
from tellfirst.replay.books import Ledger, ledger
from tellfirst.settings import Settings
from tellfirst.simulator.fake_carrier import FakeCarrier
from tellfirst.simulator.stage import Cast, PocketClock, Stage
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.engine import in_memory, reading, writing
from tellfirst.store.prepared import Prepared
from tellfirst.surveys.links import SurveyLinks
from tellfirst.timelines.marks import next_mark

TICK = timedelta(seconds=30)
OPEN_AT_MOST = timedelta(seconds=60)
"""How long a promise may stay open once its time has passed: two looks of the clock."""
CHANNELS = (Channel.SMS, Channel.EMAIL)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class ReplayStage(Stage):
    """Plays one incident; `next_due` is the next look of the clock at which there is something to do."""

    overdue: set[int] = field(default_factory=set)
    """Promises that the books called open more than OPEN_AT_MOST after their time, at any moment of the play."""

    def settle(self) -> None:
        super().settle()
        with reading(self.engine) as connection:
            self.overdue.update(_OVERDUE.run(connection, before=self.clock.now() - OPEN_AT_MOST).scalars())

    def next_due(self) -> datetime | None:
        with reading(self.engine) as connection:
            mark = next_mark(connection)
            lapses_at = _LAPSES_AT.run(connection).scalar_one()
        # A promise is broken once its time has passed, so it is found at the look after it.
        marks = [mark, lapses_at + timedelta(seconds=1) if lapses_at else None]
        known = [one for one in marks if one is not None]
        return _next_look(max(min(known), self.clock.now())) if known else None


def _overdue(_dialect: str) -> Select[tuple[int]]:
    p = t.promise.c
    return select(p.id).where(
        p.state == PromiseState.OPEN, p.due_at < bindparam("before", type_=p.due_at.type)
    )


def _lapses_at(_dialect: str) -> Select[tuple[datetime]]:
    p = t.promise.c
    return select(func.min(p.due_at)).where(p.state == PromiseState.OPEN)


_OVERDUE, _LAPSES_AT = Prepared(_overdue), Prepared(_lapses_at)


def _next_look(moment: datetime) -> datetime:
    looks = -((EPOCH - moment) // TICK)
    return EPOCH + looks * TICK


class Theatre:
    """Makes a fresh stage for each history, out of parts that are made once per process."""

    def __init__(self, image: bytes, settings: Settings) -> None:
        self.world = World(settings)
        folder = settings.config / "replay"
        self.replayed = World(settings.model_copy(update={"config": folder}))
        self._engine, self._renew = in_memory(image)
        links = SurveyLinks("nobody is asked in a replay", settings.web_url)
        # Texts do not change during a replay; their version is looked up once.
        version = cache(self.world.template_version)
        self._cast = Cast(self.world.house, version, self.world.templates, links)

    @property
    def engine(self) -> Engine:
        return self._engine

    def stage(
        self, starts_at: datetime, carrier: Callable[[Channel], FakeCarrier] = FakeCarrier
    ) -> ReplayStage:
        """Empty books, at `starts_at`."""
        self._renew()
        clock = PocketClock(starts_at)
        return ReplayStage(
            self._engine, clock, clock, self._cast, {channel: carrier(channel) for channel in CHANNELS}
        )

    def alert(self, stage: Stage, signal: Signal) -> None:
        """A monitor's alert arrives."""
        with writing(stage.engine) as connection:
            take_signals(
                connection, [signal], self.replayed.sources, self.replayed.playbooks, stage.clock.now()
            )
        stage.settle()


def opened(engine: Engine) -> incidents.Incident:
    """The one incident in the books. Raises NotFound when nothing was opened."""
    with reading(engine) as connection:
        found = incidents.newest_first(connection, 1)
    if not found:
        raise NotFound("the alert opened no incident; look at config/replay")
    return found[0]


def read_ledger(stage: ReplayStage) -> Ledger:
    """What the books say of the one incident in them."""
    it = opened(stage.engine)
    with reading(stage.engine) as connection:
        return ledger(connection, it.id, stage.clock.now(), len(stage.overdue))
