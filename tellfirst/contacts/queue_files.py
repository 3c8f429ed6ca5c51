"""The queues of people, from config/contacts/queues.yaml, and when reports are a signal, from sensing.yaml."""

from collections.abc import Container, Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from tellfirst.contacts import to_a_person
from tellfirst.contacts.languages import FOLDER
from tellfirst.domain.contact import ContactKind
from tellfirst.domain.errors import Mistake, SetupError
from tellfirst.domain.impact import Impact
from tellfirst.domain.queueing import Queue, Queues
from tellfirst.domain.sensing import Sensing
from tellfirst.spans import Span
from tellfirst.strict_yaml import File, StrictModel
from tellfirst.surveys import calling_back
from tellfirst.timelines.dues import DueText

UNSURE: Literal["unsure"] = "unsure"
BY_NAME = {
    to_a_person.QUEUE: "contacts that no machine should answer",
    calling_back.QUEUE: "customers who gave a low score",
}
"""Queues that contacts are put into whatever their kind."""


class QueueFile(StrictModel):
    """`unsure` among the kinds is what nobody has understood; a queue without kinds takes what is put there by name;
    `role` is one of config/roles.yaml."""

    kinds: tuple[ContactKind | Literal["unsure"], ...]
    skills: tuple[str, ...] = ()
    answer_within: DueText
    role: str
    calendar: str = ""

    def made(self, name: str) -> Queue:
        kinds = frozenset(None if kind == UNSURE else ContactKind(kind) for kind in self.kinds)
        return Queue(name, kinds, self.skills, self.answer_within, self.role, self.calendar)


class QueuesFile(StrictModel):
    """The keys of config/contacts/queues.yaml, explained in docs/contacts.md."""

    sure_from: Annotated[float, Field(gt=0, lt=1)]
    queues: Annotated[dict[str, QueueFile], Field(min_length=1)]


class SensingFile(StrictModel):
    """The keys of config/contacts/sensing.yaml, explained in docs/contacts.md."""

    window: Span
    least: Annotated[int, Field(ge=2)]
    usual_a_day: Annotated[float, Field(gt=0)]
    one_false_alarm_in: Annotated[int, Field(ge=10, le=1_000_000_000)]
    playbook: str
    impact: Literal["degraded", "down"] = "down"


def load_queues(
    config: Path, calendars: Container[str] | None = None, roles: Container[str] | None = None
) -> Queues:
    """Raises SetupError with every mistake; `calendars` and `roles` are the names there are, where they are known."""
    file = File(config / FOLDER / "queues.yaml")
    read = file.part(QueuesFile)
    if mistakes := [
        *_not_each_once(file, read),
        *_missing(file, read),
        *_strangers(file, read, calendars, roles),
    ]:
        raise SetupError("queues.yaml cannot be used", tuple(mistakes))
    return Queues(read.sure_from, tuple(one.made(name) for name, one in read.queues.items()))


def _missing(file: File, read: QueuesFile) -> Iterator[Mistake]:
    """Whoever waits in a queue that nobody looks after would be late without anybody being told."""
    for name, what in BY_NAME.items():
        if name not in read.queues:
            yield file.mistake(
                f"there is no queue {name}: {what} wait there", "add it, with `kinds: []`", "queues"
            )


def _not_each_once(file: File, read: QueuesFile) -> Iterator[Mistake]:
    for kind in (*ContactKind, UNSURE):
        names = [name for name, one in read.queues.items() if kind in one.kinds]
        if not names:
            yield file.mistake(f"no queue takes {kind}", "add it to the kinds of one", "queues")
        for name in names[1:]:
            yield file.mistake(f"{kind} is taken by {names[0]} already", "leave it in one", "queues", name)


def _strangers(
    file: File, read: QueuesFile, calendars: Container[str] | None, roles: Container[str] | None
) -> Iterator[Mistake]:
    for name, one in read.queues.items():
        if one.calendar and calendars is not None and one.calendar not in calendars:
            cure = "config/calendars.yaml names them"
            yield file.mistake(f"there is no calendar {one.calendar}", cure, "queues", name, "calendar")
        if roles is not None and one.role not in roles:
            cure = "config/roles.yaml names them"
            yield file.mistake(f"there is no role {one.role}", cure, "queues", name, "role")


def load_sensing(config: Path, books: Container[str] | None = None) -> Sensing:
    """Raises SetupError with every mistake; `books` are the names of the playbooks, where they are known."""
    file = File(config / FOLDER / "sensing.yaml")
    read = file.part(SensingFile)
    if books is not None and read.playbook not in books:
        mistake = file.mistake(
            f"there is no playbook {read.playbook}", "write one or name another", "playbook"
        )
        raise SetupError("sensing.yaml cannot be used", (mistake,))
    return Sensing(
        read.window,
        read.least,
        read.usual_a_day,
        1 / read.one_false_alarm_in,
        read.playbook,
        Impact[read.impact.upper()],
    )
