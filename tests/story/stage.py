"""The stage of a story, with what happens on it and what is seen from it; its loop is the one replays share."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fake_carrier import FakeCarrier
from sqlalchemy import Engine, func, select

from tellfirst.bootstrap import World
from tellfirst.contacts import outages
from tellfirst.contacts.inbound import Inbound
from tellfirst.contacts.receiving import answered, receive
from tellfirst.detect import alertmanager
from tellfirst.detect.causes import clear_cause
from tellfirst.detect.correlation import Taken, take_signals
from tellfirst.domain.contact import Door
from tellfirst.domain.facts import Action, Cause
from tellfirst.domain.occasion import Channel
from tellfirst.notices.words import say
from tellfirst.settings import Settings
from tellfirst.simulator import stage as bare
from tellfirst.simulator.city import build_city, load_city
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.store.stepped_clock import SteppedClock

BODIES = Path(__file__).parents[2] / "config" / "scenarios" / "tower_outage"
CUSTOMERS = 4_000


@dataclass(frozen=True)
class Told:
    """One line of a timetable."""

    at: str
    place: str
    occasion: str
    count: int


@dataclass
class Wall:
    """The machine's clock, by which carriers are waited for."""

    runs_ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.runs_ahead


class Stage(bare.Stage):
    def __init__(self, engine: Engine, starts_at: datetime) -> None:
        self.world = world = World(Settings(clock="stepped"))
        self.starts_at = starts_at
        load_city(engine, build_city(7, CUSTOMERS))
        clock = SteppedClock(engine)
        clock.set(starts_at)
        cast = bare.Cast(
            *(world.house, world.template_version, world.templates, world.links),
            books=lambda: world.playbooks,
            policy=world.policy,
            personal=world.personal_links.link,
        )
        carriers = {channel: FakeCarrier(channel) for channel in (Channel.SMS, Channel.EMAIL)}
        self.machine = Wall()
        super().__init__(engine, clock, self.machine, cast, carriers)

    @property
    def wall_runs_ahead(self) -> timedelta:
        return self.machine.runs_ahead

    @wall_runs_ahead.setter
    def wall_runs_ahead(self, span: timedelta) -> None:
        self.machine.runs_ahead = span

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

    def settle(self) -> None:
        """As the clock does it: contacts are looked after whenever something happened."""
        super().settle()
        with writing(self.engine) as connection:
            outages.tend(connection, self.world.templates, self.clock.now())

    def by_rules(self, **changed: object) -> "Stage":
        """The same with every playbook changed so, and without channels that go around an outage."""
        rules: dict[str, Any] = {"around_outage": False, **changed}
        books = {name: replace(book, **rules) for name, book in self.world.playbooks.items()}
        self.world.__dict__["playbooks"] = books
        return self

    def text(self, phone: str, body: str, door: Door = Door.SMS, customer: str | None = None) -> str:
        """A customer texts, or comes to another door; what comes back."""
        now = self.clock.now()
        with writing(self.engine) as connection:
            count = connection.execute(select(func.count()).select_from(t.contact)).scalar_one()
            inbound = Inbound(f"SM{count}", phone, body, door, customer=customer)
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
        self.play_until(moment)

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
