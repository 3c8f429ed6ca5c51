"""One life of a worker: the real pump over real HTTP, until its blow falls or nothing is open."""

import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path
from random import Random

from sqlalchemy import Engine, event

from tellfirst import crashpoints
from tellfirst.bootstrap import World
from tellfirst.carriers.port import Carrier
from tellfirst.crashpoints import crashpoint
from tellfirst.delivery import planning, pumping
from tellfirst.delivery.dispatching import only
from tellfirst.delivery.pumping import Pump
from tellfirst.delivery.sending import Sender
from tellfirst.delivery.terms import TERMS
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.notices import scripts
from tellfirst.notices.concluding import conclude_all
from tellfirst.notices.speaking import Voice
from tellfirst.notices.telling import tell_first
from tellfirst.proof.fate import Fate, WatchedCarrier
from tellfirst.proof.meddling import let_go, meddle
from tellfirst.proof.order import Order
from tellfirst.proof.points import STATEMENT
from tellfirst.proof.schedule import Blow, Meddling
from tellfirst.proof.timing import POLL_SECONDS, Gate, Posture, SharedTime, Skewed
from tellfirst.proof.town import REFERENCE
from tellfirst.settings import read_settings
from tellfirst.store.engine import connect, writing
from tellfirst.surveys.links import SurveyLinks

LONGEST_SECONDS = 90
"""After this a life ends itself, whatever became of its watcher."""
TERMS_OF_PROOF = replace(TERMS, patience=timedelta(0))
"""Production's, except that nobody sleeps on a carrier's wish: what must wait does so in the books."""
FAILED = 70
PATIENCE_TRIES = 600
"""Looks, a twentieth of a second apart, for a database that was restarted: on a busy machine it takes its time."""


class Life:
    """A worker from its first look at the books to its end."""

    def __init__(self, order: Order, stage: "Stage", *, is_alone: bool = False) -> None:
        """`is_alone`: nobody watches, and time may jump whenever it rests."""
        self._order = order
        self._stage = stage
        self._is_alone = is_alone
        folder = Path(order.folder)
        self._shared = SharedTime(folder / "time")
        self._seat = self._shared.seat(order.seat)
        self._gate = Gate(folder / "gate", self._shared)
        self._engine = stage.engine
        self._clock = self._shared
        self._wall = Skewed(self._shared, timedelta(seconds=order.skew_seconds))
        self._fate = Fate(order.blows, self._seat, self._gate, self._meddle)
        # Chunks are small here, so that workers have something to contend for.
        planning.CHUNK_SIZE = order.chunk_size

    def run(self) -> None:
        """Speak, in case nobody has, and send until nothing is open."""
        self._seat.posture = Posture.WORKING
        crashpoints.arm(self._fate)
        try:
            self._patiently(self._speak)
            # Whoever was to lift what holds may have died before: people do not forget it.
            self._patiently(self._let_go)
            pumping.run(self.pump(), self._rest, lambda _: None, until_done=True, back_off=_while_away)
        finally:
            crashpoints.arm(None)
            self._engine.dispose()
            self._shared.close()

    def pump(self) -> Pump:
        order, templates = self._order, self._stage.world.templates
        sender = Sender(self._engine, self._clock, self._wall, terms=TERMS_OF_PROOF, window=order.window)
        return Pump(
            sender,
            lambda channel: only(channel, partial(self._carrier, channel)),
            (Channel.SMS, Channel.EMAIL),
            lambda connection, key, channel: scripts.script(connection, key, channel, templates, LINKS),
            conclude_all,
            side_by_side=1,
            reaches=False,
        )

    def _carrier(self, channel: Channel) -> Carrier:
        return WatchedCarrier(
            self._order.account.carrier(channel, self._order.concurrency), self._gate, self._fate
        )

    def _speak(self) -> None:
        """Every worker does, and so does each that comes after it: planned twice on purpose."""
        with writing(self._engine) as connection:
            tell_first(connection, REFERENCE, self._voice())

    def _voice(self) -> Voice:
        stage = self._stage
        return Voice(stage.world.house, stage.versions.__getitem__, self._clock.now(), self._wall.now())

    def _meddle(self, blow: Blow) -> None:
        if blow.meddling is None:
            return
        with writing(self._engine) as connection:
            meddle(connection, blow.meddling, self._voice(), Random(self._order.seed))  # noqa: S311  # seeded to be replayed
        if blow.meddling is Meddling.HOLD:
            threading.Timer(0.03, self._let_go).start()

    def _let_go(self) -> None:
        with writing(self._engine) as connection:
            let_go(connection, self._clock.now())

    def _rest(self, span: timedelta) -> bool:
        if span and self._is_alone:
            self._shared.jump(span)
        elif span:
            self._seat.wakes_at = (self._shared.now() + span).timestamp()
            self._seat.posture = Posture.IDLE
            while self._shared.now().timestamp() < self._seat.wakes_at:
                time.sleep(POLL_SECONDS)
            self._seat.posture = Posture.WORKING
        return True

    def _patiently(self, step: Callable[[], None]) -> None:
        for _ in range(PATIENCE_TRIES):
            try:
                step()
            except pumping.AWAY as failure:
                if not pumping.is_away(failure):
                    raise
                time.sleep(0.05)
            else:
                return
        raise TimeoutError("the database did not come back")


@dataclass(frozen=True)
class Stage:
    """What lives that follow one another share, so that only the first has to make it."""

    url: str
    world: World

    @cached_property
    def engine(self) -> Engine:
        """Remembers the SQL it has made. Whoever is about to fork lets go of its connections first."""
        engine = connect(self.url)
        # No process of ours but a worker has anything armed.
        event.listen(engine, "before_cursor_execute", lambda *_: crashpoint(STATEMENT))
        event.listen(engine, "commit", lambda *_: crashpoint(STATEMENT))
        return engine

    @cached_property
    def versions(self) -> dict[str, str]:
        """Of the texts."""
        occasions = (Occasion.FIRST_WORD, Occasion.UPDATE, Occasion.RESTORED, Occasion.SURVEY)
        return {str(occasion): self.world.template_version(occasion) for occasion in occasions}


def live(order: Order, stage: Stage) -> int:
    """The exit status of a life that nobody ended: 0, or FAILED with the reason in the schedule's folder."""
    signal.alarm(LONGEST_SECONDS)
    try:
        Life(order, stage).run()
    except BaseException as failure:  # noqa: BLE001  # the edge of a process
        text = "".join(traceback.format_exception(failure))
        (Path(order.folder) / f"failure-{order.seat}.txt").write_text(text, encoding="utf-8")
        return FAILED
    return 0


LINKS = SurveyLinks("the secret of the proof", "https://tellfirst.example")


def _while_away(_tries: int) -> timedelta:
    time.sleep(0.05)
    return timedelta(0)


if __name__ == "__main__":
    told = Order.from_json(sys.argv[1])
    sys.exit(live(told, Stage(told.url, World(read_settings()))))
