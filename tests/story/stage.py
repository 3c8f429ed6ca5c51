"""The stage of a story: real rules, store, texts and ledger; a fake carrier per channel; a clock that jumps.

What Prefect does in an installation - ask for the next step, run it, wake what is due - is a loop here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fake_carrier import FakeCarrier
from sqlalchemy import Engine, func, select

from tellfirst.audience.matching import match
from tellfirst.bootstrap import World
from tellfirst.contacts.receiving import Inbound, answered, receive
from tellfirst.delivery import ramping, receipts, sending, standing
from tellfirst.delivery.putting_off import put_off
from tellfirst.delivery.readying import ready
from tellfirst.detect import alertmanager
from tellfirst.detect.announcing import take_up
from tellfirst.detect.causes import clear_cause
from tellfirst.detect.correlation import Taken, take_signals
from tellfirst.detect.weighing import weigh
from tellfirst.domain.facts import Action, Cause
from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Channel
from tellfirst.notices import scripts
from tellfirst.notices.becoming import become_outage
from tellfirst.notices.concluding import conclude_all
from tellfirst.notices.following import follow_up
from tellfirst.notices.speaking import Voice
from tellfirst.notices.telling import tell_first
from tellfirst.notices.words import say
from tellfirst.review.closing import close_incident
from tellfirst.settings import Settings
from tellfirst.simulator.city import build_city, load_city
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.store.stepped_clock import SteppedClock
from tellfirst.surveys.asking import ask
from tellfirst.timelines.marks import next_mark
from tellfirst.timelines.promises import lapse_all
from tellfirst.timelines.situation import due_incidents, next_step

BODIES = Path(__file__).parents[2] / "config" / "scenarios" / "tower_outage"
CUSTOMERS = 4_000


@dataclass(frozen=True)
class Told:
    """One line of a timetable."""

    at: str
    place: str
    occasion: str
    count: int


@dataclass(frozen=True)
class _Clock:
    now: Callable[[], datetime]


@dataclass
class Stage:
    engine: Engine
    starts_at: datetime
    carriers: dict[Channel, FakeCarrier] = field(default_factory=dict)

    wall_runs_ahead: timedelta = timedelta(0)

    def wall(self) -> datetime:
        """The machine's clock, by which carriers are waited for."""
        return datetime.now(UTC) + self.wall_runs_ahead

    def __post_init__(self) -> None:
        self.world = World(Settings(clock="stepped"))
        load_city(self.engine, build_city(7, CUSTOMERS))
        self.clock = SteppedClock(self.engine)
        self.clock.set(self.starts_at)
        self.carriers = {channel: FakeCarrier(channel) for channel in (Channel.SMS, Channel.EMAIL)}

    # What happens

    def monitor(self, body: str) -> Taken:
        """A genuine body arrives."""
        signals = alertmanager.parse((BODIES / body).read_bytes())
        with writing(self.engine) as connection:
            taken = take_signals(
                connection, signals, self.world.sources, self.world.playbooks, self.clock.now()
            )
        self.settle()
        return taken

    def engineer(
        self,
        reference: str,
        *,
        cause: Cause | None = None,
        action: Action | None = None,
        estimate: timedelta | None = None,
        correction: bool = False,
    ) -> None:
        now = self.clock.now()
        with writing(self.engine) as connection:
            say(
                connection,
                reference,
                author="asha",
                now=now,
                cause=cause,
                action=action,
                estimate_at=now + estimate if estimate else None,
                correction=correction,
            )
        self.settle()

    def engineer_restores(self, reference: str) -> None:
        with writing(self.engine) as connection:
            it = incidents.by_reference(connection, reference)
            c = t.incident_element.c
            for element in connection.scalars(select(c.element_id).where(c.incident_id == it.id)).all():
                clear_cause(
                    connection, it.id, element, self.clock.now(), reason="engineer_says_so", actor="asha"
                )
        self.settle()

    def text(self, phone: str, body: str) -> str:
        """A customer texts; what comes back."""
        now = self.clock.now()
        with writing(self.engine) as connection:
            count = connection.execute(select(func.count()).select_from(t.contact)).scalar_one()
            inbound = Inbound(f"SM{count}", phone, body)
            reply = receive(connection, inbound, self.world.contact_words, now)
            answer = self.world.templates.answer(
                reply.kind, reply.language, reply.facts, reply.zone, now, reply.impact or "down"
            )
            answered(connection, reply.contact_id, answer, now)
        return answer

    def go_to(self, face: str) -> None:
        """On to a time of the day (or '+1 08:20' of the next), stopping at all that falls due on the way."""
        days, _, clock = face.rpartition(" ")
        hour, minute, second = (*map(int, clock.split(":")), 0)[:3]
        moment = self.starts_at.replace(hour=hour, minute=minute, second=second)
        moment += timedelta(days=int(days or 0))
        while (due := self._next_due()) is not None and due <= moment:
            self.clock.step_to(max(due, self.clock.now()))
            self.settle()
        self.clock.step_to(moment)
        self.settle()

    # What is seen

    def timetable(self) -> list[Told]:
        """What left, by notice: how many messages the carriers took."""
        taken = {one.delivery_id for carrier in self.carriers.values() for one in carrier.sent}
        n, i, d = t.notice.c, t.incident.c, t.delivery.c
        with reading(self.engine) as connection:
            rows = connection.execute(
                select(n.id, n.created_at, i.place, n.occasion, n.holding)
                .join(t.incident, i.id == n.incident_id)
                .order_by(n.created_at, n.id)
            ).all()
            sent = {
                row.id: sum(
                    one in taken for one in connection.scalars(select(d.id).where(d.notice_id == row.id))
                )
                for row in rows
            }
        return [
            Told(
                f"{row.created_at:%H:%M:%S}",
                row.place,
                "holding" if row.holding else row.occasion,
                sent[row.id],
            )
            for row in rows
        ]

    def texts_of(self, phone: str) -> list[str]:
        return [one.text for carrier in self.carriers.values() for one in carrier.sent if one.to == phone]

    def messages_count(self) -> int:
        return sum(len(carrier.sent) for carrier in self.carriers.values())

    # The loop

    def settle(self) -> None:
        """Record what was broken and run every incident that is due, until nothing is."""
        with writing(self.engine) as connection:
            lapse_all(connection, self.clock.now())
            take_up(connection, self.world.playbooks, self.clock.now())
        for _ in range(50):
            with reading(self.engine) as connection:
                due = due_incidents(connection, self.clock.now())
            if not due:
                return
            for reference in due:
                self._run(reference)
        raise AssertionError(f"{due} never come to rest")

    def _run(self, reference: str) -> None:
        for _ in range(20):
            with writing(self.engine) as connection:
                decision = next_step(connection, reference, self.clock.now(), self.wall())
            if not isinstance(decision, Take):
                return
            self._take(reference, decision)
        raise AssertionError(f"{reference} goes round in a circle at {decision}")

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
                    match_again = match(connection, reference, now)
                    assert match_again.revision
                case Step.NOTIFY:
                    tell_first(connection, reference, self._voice())
                case Step.FOLLOW_UP:
                    follow_up(connection, reference, due, self._voice())
                case Step.SURVEY:
                    ask(connection, reference, self._voice())
                case Step.BECOME_OUTAGE:
                    become_outage(connection, reference, self.world.playbooks, self._voice())
        self._send(reference)

    def _close(self, reference: str, now: datetime) -> None:
        with writing(self.engine) as connection:
            it = incidents.by_reference(connection, reference)
            assert it.playbook
            standing.close_unreceipted(connection, it.id, now, it.playbook.receipt_within)
        close_incident(self.engine, reference, now)

    def _send(self, reference: str) -> None:
        wall = self.wall()
        with reading(self.engine) as connection:
            it = incidents.by_reference(connection, reference)
        with writing(self.engine) as connection:
            chunks = ready(connection, it.id, self.clock.now(), wall)
        for chunk_id, notice_id in chunks:
            self._send_chunk(chunk_id, notice_id)
        with writing(self.engine) as connection:
            conclude_all(connection, it.id, self.clock.now())
            for carrier in self.carriers.values():
                receipts.keep(connection, carrier.receipts(), self.clock.now())
        with writing(self.engine) as connection:
            while receipts.apply(connection, self.clock.now()):
                pass

    def _send_chunk(self, chunk_id: int, notice_id: int) -> None:
        with writing(self.engine) as connection:
            put_off(connection, chunk_id, self.clock.now(), self.wall())
        with reading(self.engine) as connection:
            row = connection.execute(select(t.chunk.c.channel).where(t.chunk.c.id == chunk_id)).one()
            channel = Channel(row.channel)
            script = scripts.script(connection, notice_id, channel, self.world.templates, self.world.links)
        sender = sending.Sender(self.engine, self.clock, _Clock(self.wall))
        sending.send_chunk(sender, chunk_id, self.carriers[channel], script)
        with writing(self.engine) as connection:
            ramping.watch_chunk(connection, chunk_id, self.clock.now())

    def _voice(self) -> Voice:
        world = self.world
        return Voice(world.house, world.template_version, self.clock.now(), self.wall())

    def _next_due(self) -> datetime | None:
        with reading(self.engine) as connection:
            return next_mark(connection)
