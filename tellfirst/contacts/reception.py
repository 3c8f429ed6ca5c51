"""All that is needed to understand a contact and to say what becomes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tellfirst.domain.contact import ContactKind, Wordlist
from tellfirst.domain.facts import Action, Cause, FactRecord, ServiceKind
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.queueing import Queue, Queues
from tellfirst.domain.sensing import Sensing
from tellfirst.domain.understanding import Speech
from tellfirst.notices.speaking import House
from tellfirst.timelines.calendars import Markets

NOBODY = House("", "", "")


@dataclass(frozen=True)
class Reception:
    """`house` speaks in answers about what is the customer's own; `books` are the playbooks incidents open with."""

    words: Wordlist
    speeches: Sequence[Speech]
    queues: Queues
    sensing: Sensing
    markets: Markets
    books: Mapping[str, Playbook] = field(default_factory=dict)
    house: House = NOBODY

    @property
    def book(self) -> Playbook:
        """The playbook of what customers report."""
        return self.books[self.sensing.playbook]

    def place_in_line(self, kind: ContactKind | None, now: datetime) -> tuple[Queue, datetime]:
        """The queue of a kind, and by when what comes into it now is to be answered."""
        queue = self.queues.of(kind)
        return queue, queue.due_at(now, self.markets.around(now), self.markets.house)

    def line(self, name: str, now: datetime) -> tuple[Queue, datetime] | None:
        """The queue of a name, and by when what comes into it now is to be answered; None where there is none."""
        queue = self.queues.named(name)
        return (queue, queue.due_at(now, self.markets.around(now), self.markets.house)) if queue else None

    def facts(
        self, reference: str, service: ServiceKind | None, place: str, due_at: datetime, now: datetime
    ) -> FactRecord:
        """What can be said of something that is one customer's own: its reference and by when they are answered."""
        return FactRecord(
            *(reference, 1, self.house.company, service or ServiceKind.MOBILE, place, now),
            cause=Cause.BEING_INVESTIGATED,
            action=Action.INVESTIGATING,
            emergency_calls=False,
            contact=self.house.contact,
            page=self.house.page,
            stated_at=now,
            next_update_at=due_at,
        )
