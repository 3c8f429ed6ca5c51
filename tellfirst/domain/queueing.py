"""Who answers a contact that nothing we know answers, and by when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tellfirst.domain.calendars import WorkingCalendar
from tellfirst.domain.contact import ContactKind
from tellfirst.domain.deadline import Anchor, DeadlineName, Hearer
from tellfirst.domain.due import DeadlineRule, Due, Place, due_at


@dataclass(frozen=True, slots=True)
class Queue:
    """`kinds` are answered here, None among them: what nobody has understood yet. `role` is a rota of the staff."""

    name: str
    kinds: frozenset[ContactKind | None]
    skills: tuple[str, ...]
    answer_within: Due
    role: str
    calendar: str = ""
    """Of config/calendars.yaml; empty: the house's."""

    def due_at(self, at: datetime, calendars: Mapping[str, WorkingCalendar], house: str) -> datetime:
        """By when a contact that came `at` is to have its answer."""
        rule = DeadlineRule(
            *(DeadlineName.ANSWER, Hearer.CUSTOMERS, Anchor.REPORTED, self.answer_within, "queue"),
            calendar=self.calendar,
        )
        due = due_at(rule, {Anchor.REPORTED: at}, Place(calendars, house))
        assert due is not None, "its anchor is given"
        return due


@dataclass(frozen=True, slots=True)
class Queues:
    """Every queue; each kind has one. From `sure_from` on, 0 to 1, a contact counts as understood."""

    sure_from: float
    queues: tuple[Queue, ...]

    def of(self, kind: ContactKind | None) -> Queue:
        return next(one for one in self.queues if kind in one.kinds)

    def named(self, name: str) -> Queue | None:
        return next((one for one in self.queues if one.name == name), None)

    @property
    def roles(self) -> Mapping[str, str]:
        """Whom a late answer is escalated to, by queue."""
        return {one.name: one.role for one in self.queues}
