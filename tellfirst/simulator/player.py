"""Plays a scenario against a running installation from outside: over HTTP, the command line and the clock.

Nothing of the story is done in here. The player is the monitor that posts alerts, the engineer at a terminal,
the customers with their telephones, and time.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from tellfirst import conductor
from tellfirst.bootstrap import World
from tellfirst.domain.contact import AnswerState
from tellfirst.domain.delivery import DeliveryState
from tellfirst.domain.errors import TellFirstError
from tellfirst.domain.incident import Stage
from tellfirst.simulator import actors
from tellfirst.simulator.loopback import get_json, post
from tellfirst.simulator.scenario import Scenario, Step, Update, WorkWord
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.store.stepped_clock import SteppedClock
from tellfirst.timelines import deadlines
from tellfirst.timelines.marks import next_mark
from tellfirst.timelines.situation import due_incidents

SETTLES_WITHIN = 180.0
"""Seconds of real time for one moment of the story; a first step of Prefect on a busy machine is slow."""
TICK_AGAIN_AFTER = 15.0
Say = Callable[[datetime, str], None]


class StoryStuck(TellFirstError):
    """The installation did not come to rest."""


@dataclass
class Player:
    """Moves one scenario forward. `alerted_at` keeps when each incident's alert left, in real time."""

    world: World
    scenario: Scenario
    folder: Path
    say: Say
    still_running: Callable[[], None]
    alerted_at: dict[str, float] = field(default_factory=dict)

    def play(self) -> None:
        """Every step at its time, and every moment in between at which something falls due; until all is closed."""
        for step in self.scenario.steps:
            self._go_to(self.scenario.at(step))
            self.say(self._clock.now(), step.title)
            self._do(step)
            self._settle()
        while (moment := self._next_due()) is not None:
            self._go_to(moment)

    @property
    def _clock(self) -> SteppedClock:
        assert isinstance(self.world.clock, SteppedClock), "a scenario needs the stepped clock"
        return self.world.clock

    def _go_to(self, moment: datetime) -> None:
        """Not past anything that falls due on the way."""
        while (due := self._next_due()) is not None and due <= moment:
            self._step_to(max(due, self._clock.now()))
        self._step_to(moment)

    def _step_to(self, moment: datetime) -> None:
        if moment > self._clock.now():
            self._clock.step_to(moment)
        if self._due():
            self.say(moment, "the clock strikes")
            self._settle()
        with writing(self.world.engine) as connection:
            # A deadline wakes nobody: it is judged here and now, so that the story does not wait for the next tick.
            deadlines.keep(connection, self.world.policy, self._clock.now())

    def _do(self, step: Step) -> None:
        if step.alert:
            self._alert(self.folder / step.alert.body)
        elif step.update:
            self._speak(step.update)
        elif step.question:
            actors.ask(self.world, step.question)
        elif step.call:
            actors.call(self.world, step.call)
        elif step.letter:
            actors.write(self.world, step.letter)
        elif step.answers:
            actors.answer_survey(self.world, step.answers)
        elif step.work:
            conductor.announce_work(actors.filled_in(self.scenario, step.work))
        elif step.work_word:
            self._speak_of_work(step.work_word)

    def _alert(self, body: Path) -> None:
        sent_at = time.time()
        answer = post(
            f"{self.world.settings.web_url}/signals/alertmanager",
            body.read_bytes(),
            {"Authorization": f"Bearer {self.world.signal_token}", "Content-Type": "application/json"},
        )
        for reference in answer["opened"]:
            self.alerted_at[reference] = sent_at

    def _speak(self, word: Update) -> None:
        command = ["incident", "update", actors.incident_at(self.world, word.place)]
        for name, value in (
            ("--cause", word.cause),
            ("--action", word.action),
            ("--estimate", word.estimate),
        ):
            command += [name, value] if value else []
        for locale, text in word.notes.items():
            command += ["--note", f"{locale}={text}"]
        self._at_the_terminal(command)

    def _speak_of_work(self, word: WorkWord) -> None:
        command = ["work", word.says, actors.incident_at(self.world, word.place)]
        self._at_the_terminal([*command, "--until", word.until] if word.until else command)

    def _at_the_terminal(self, words: list[str]) -> None:
        command = [sys.executable, "-m", "tellfirst", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise StoryStuck(f"the engineer's word was refused: {done.stderr.strip()}")

    def _settle(self) -> None:
        """Until nothing is due, every run sleeps, and every receipt has come back and been applied."""
        until, tick_at = time.monotonic() + SETTLES_WITHIN, 0.0
        while not self._at_rest():
            self.still_running()
            if time.monotonic() > until:
                raise StoryStuck(f"not at rest after {SETTLES_WITHIN:.0f} s: {self._due()} due; see the logs")
            needs_a_tick = self._answers_wait() or (self._due() and not self._just_woken())
            if needs_a_tick and time.monotonic() >= tick_at:
                conductor.tick()
                tick_at = time.monotonic() + TICK_AGAIN_AFTER
            time.sleep(0.3)

    def _at_rest(self) -> bool:
        if self._due() or self._answers_wait():
            return False
        with reading(self.world.engine) as connection:
            runs = list(
                connection.scalars(select(t.incident.c.flow_run_id).where(t.incident.c.stage != Stage.CLOSED))
            )
            unapplied = connection.execute(
                select(func.count()).select_from(t.receipt).where(t.receipt.c.applied_at.is_(None))
            ).scalar_one()
            sending = connection.execute(
                select(func.count())
                .select_from(t.delivery)
                .where(t.delivery.c.state == DeliveryState.SENDING)
            ).scalar_one()
        if unapplied or sending or not all(conductor.is_asleep(run) for run in runs if run):
            return False
        return not get_json(f"{self.world.settings.carriers_url}/truth/counts")["callbacks"]["waiting"]

    def _answers_wait(self) -> bool:
        """Whether somebody's answer is still to be sent: the clock does it."""
        a = t.contact_answer.c
        waiting = select(a.id).where(a.state.in_((AnswerState.PENDING, AnswerState.SENDING))).limit(1)
        with reading(self.world.engine) as connection:
            return connection.scalar(waiting) is not None

    def _just_woken(self) -> bool:
        """What happened a moment ago has nudged the run itself; the clock is for what only time brings."""
        with reading(self.world.engine) as connection:
            runs = connection.execute(
                select(t.incident.c.flow_run_id).where(t.incident.c.reference.in_(self._due()))
            ).scalars()
            return all(run and not conductor.is_asleep(run) for run in runs)

    def _due(self) -> list[str]:
        with reading(self.world.engine) as connection:
            return due_incidents(connection, self._clock.now())

    def _next_due(self) -> datetime | None:
        with reading(self.world.engine) as connection:
            return next_mark(connection)
