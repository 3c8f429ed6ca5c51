"""A stage without Prefect: real rules, store, texts and ledger, a carrier in memory per channel, a clock that jumps.

What Prefect does in an installation - ask for the next step, run it, wake what is due - is a loop here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Protocol

from sqlalchemy import Engine

from tellfirst.audience.matching import match
from tellfirst.delivery import leasing, ramping, receipts, sending, standing
from tellfirst.delivery.putting_off import put_off
from tellfirst.delivery.readying import ready
from tellfirst.delivery.scripting import Link, no_link
from tellfirst.detect.announcing import take_up
from tellfirst.detect.weighing import weigh
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Channel
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.times import Clock, utc
from tellfirst.notices import scripts
from tellfirst.notices.becoming import become_outage
from tellfirst.notices.concluding import conclude_all
from tellfirst.notices.following import follow_up
from tellfirst.notices.rendering import Templates
from tellfirst.notices.speaking import House, Voice
from tellfirst.notices.telling import tell_first
from tellfirst.review.closing import close_incident
from tellfirst.simulator.fake_carrier import FakeCarrier
from tellfirst.store import incidents
from tellfirst.store.engine import reading, writing
from tellfirst.surveys.asking import ask
from tellfirst.surveys.links import SurveyLinks
from tellfirst.timelines import deadlines
from tellfirst.timelines.marks import next_mark
from tellfirst.timelines.packs import Policy
from tellfirst.timelines.promises import lapse_all
from tellfirst.timelines.situation import due_incidents, next_step

ROUNDS = 50
STEPS = 20
"""Far above what any incident needs at one moment: beyond them it goes round in a circle."""


class StageClock(Clock, Protocol):
    """A clock that stands still until someone moves it."""

    def step_to(self, moment: datetime) -> None: ...


class PocketClock:
    """The stepped clock of a single process; the one of an installation lives in its database."""

    def __init__(self, moment: datetime) -> None:
        self._moment = utc(moment)

    def now(self) -> datetime:
        return self._moment

    def step_to(self, moment: datetime) -> None:
        """Go on to `moment`. Raises RuleBroken for a step back: time does not."""
        if moment < self._moment:
            raise RuleBroken(f"the stepped clock cannot go back to {moment.isoformat()}")
        self._moment = utc(moment)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who speaks, with which texts."""

    house: House
    version: Callable[[str], str]
    templates: Templates
    links: SurveyLinks
    books: Callable[[], Mapping[str, Playbook]] = dict
    """The playbooks of announced work and of the outages it becomes; none: no work is taken up."""
    policy: Policy | None = None
    """What is owed beside promises; None: no deadlines are laid."""
    personal: Link = no_link
    """Where a customer's own page is."""


class NeverAtRest(AssertionError):
    """Something is due again and again at one moment: the rules contradict each other."""


@dataclass
class Stage:
    """`clock` is what promises live by, `wall` what leases and retries do."""

    engine: Engine
    clock: StageClock
    wall: Clock
    cast: Cast
    carriers: Mapping[Channel, FakeCarrier]

    @cached_property
    def sender(self) -> sending.Sender:
        return sending.Sender(self.engine, self.clock, self.wall)

    def play_until(self, moment: datetime) -> None:
        """On to a moment, stopping at all that falls due on the way."""
        while (due := self.next_due()) is not None and due <= moment:
            self.clock.step_to(max(due, self.clock.now()))
            self.settle()
        self.clock.step_to(moment)
        self.settle()

    def next_due(self) -> datetime | None:
        """When the next thing falls due by itself; None: nothing will."""
        with reading(self.engine) as connection:
            return next_mark(connection)

    def settle(self) -> None:
        """Record what was broken and run every incident that is due, until nothing is. Raises NeverAtRest."""
        with writing(self.engine) as connection:
            lapse_all(connection, self.clock.now())
            if books := self.cast.books():
                take_up(connection, books, self.clock.now())
            due = due_incidents(connection, self.clock.now())
        for _ in range(ROUNDS):
            if not due:
                self._keep_deadlines()
                return
            for reference in due:
                self._run(reference)
            with reading(self.engine) as connection:
                due = due_incidents(connection, self.clock.now())
        raise NeverAtRest(f"{due} never come to rest")

    def _run(self, reference: str) -> None:
        for _ in range(STEPS):
            with writing(self.engine) as connection:
                decision = next_step(connection, reference, self.clock.now(), self.wall.now())
            if not isinstance(decision, Take):
                return
            self._take(reference, decision)
        raise NeverAtRest(f"{reference} goes round in a circle at {decision}")

    def _take(self, reference: str, due: Take) -> None:
        now = self.clock.now()
        if due.step is Step.CLOSE:
            self._close(reference, now)
            return
        with writing(self.engine) as connection:
            match due.step:
                case Step.DETECT:
                    weigh(connection, reference, now)
                case Step.MATCH:
                    match(connection, reference, now)
                    if self.cast.policy:
                        deadlines.lay(connection, reference, self.cast.policy, now)
                case Step.NOTIFY:
                    tell_first(connection, reference, self._voice())
                case Step.FOLLOW_UP:
                    follow_up(connection, reference, due, self._voice())
                case Step.SURVEY:
                    ask(connection, reference, self._voice(), self.cast.links)
                case Step.BECOME_OUTAGE:
                    become_outage(connection, reference, self.cast.books(), self._voice())
        self._send(reference)

    def _close(self, reference: str, now: datetime) -> None:
        with writing(self.engine) as connection:
            it = incidents.by_reference(connection, reference)
            assert it.playbook
            standing.close_unreceipted(connection, it.id, now, it.playbook.receipt_within)
        close_incident(self.engine, reference, now)

    def _send(self, reference: str) -> None:
        now, wall = self.clock.now(), self.wall.now()
        with writing(self.engine) as connection:
            it = incidents.by_reference(connection, reference)
            chunks = ready(connection, it.id, now, wall)
        for chunk_id, notice_id in chunks:
            self._send_chunk(chunk_id, notice_id)
        with writing(self.engine) as connection:
            conclude_all(connection, it.id, now)
            reported = [one for carrier in self.carriers.values() for one in carrier.receipts()]
            if receipts.keep(connection, reported, now):
                while receipts.apply(connection, now) == receipts.BATCH:
                    pass

    def _send_chunk(self, chunk_id: int, notice_id: int) -> None:
        with writing(self.engine) as connection:
            put_off(connection, chunk_id, self.clock.now(), self.wall.now())
            channel = leasing.channel_of(connection, chunk_id)
            cast = self.cast
            script = scripts.script(
                connection, notice_id, channel, cast.templates, cast.links, personal=cast.personal
            )
        sending.send_chunk(self.sender, chunk_id, self.carriers[channel], script)
        with writing(self.engine) as connection:
            ramping.watch_chunk(connection, chunk_id, self.clock.now())

    def _voice(self) -> Voice:
        cast, now, wall = self.cast, self.clock.now(), self.wall.now()
        return Voice(cast.house, cast.version, now, wall, cast.templates.texts)

    def _keep_deadlines(self) -> None:
        if self.cast.policy:
            with writing(self.engine) as connection:
                deadlines.keep(connection, self.cast.policy, self.clock.now())
