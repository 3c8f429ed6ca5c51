"""Adopt: a running incident takes today's playbook instead of the copy it has kept since it opened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from tellfirst.audience.grading import grade
from tellfirst.domain.errors import NotFound, RuleBroken
from tellfirst.domain.incident import FOLLOWED, Held, Stage
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.severity import Severity
from tellfirst.store import incidents, playbook_copy
from tellfirst.store.incidents import Incident

CHOOSES_THE_AUDIENCE = ("tell_from", "seen_within", "located_within", "approve_above", "channels")
"""With another value of these the audience is another one, and is looked at again."""


@dataclass(frozen=True, slots=True)
class Change:
    """One key with what the incident's copy says and what the file says; None where a copy has none."""

    key: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Adoption:
    """What an incident would take over, and from which version to which."""

    incident: Incident
    book: Playbook
    changes: tuple[Change, ...]

    @property
    def old_version(self) -> str:
        return self.incident.playbook.version if self.incident.playbook else ""


def proposed(connection: Connection, reference: str, books: Mapping[str, Playbook], name: str) -> Adoption:
    """What would change if the incident took today's playbook `name`, or that of its own name where it is empty.

    Raises NotFound for a name that no file has, RuleBroken for an incident that is closed, that has none to renew, or
    that would become announced work or cease to be it.
    """
    it = incidents.by_reference(connection, reference)
    if it.stage is Stage.CLOSED:
        raise RuleBroken(f"{reference} is closed; what was done with its playbook stays as it was")
    if not name and it.playbook is None:
        raise RuleBroken(f"{reference} has no playbook yet; name the one it is to have")
    wanted = name or (it.playbook.name if it.playbook else "")
    if wanted not in books:
        raise NotFound(f"there is no playbook {wanted} any more; there are {', '.join(sorted(books))}")
    book = books[wanted]
    if it.playbook and (it.playbook.planned is None) != (book.planned is None):
        kinds = ("an outage", "announced work")
        was, would_be = (kinds[one.planned is not None] for one in (it.playbook, book))
        raise RuleBroken(
            f"{reference} is {was} and {wanted} is for {would_be}; open another incident for that"
        )
    return Adoption(it, book, _changes(it.playbook, book))


def adopt(connection: Connection, adoption: Adoption, now: datetime, actor: str) -> None:
    """Replace the copy; the incident is due at once. Promises that were made stay as they were made.

    Raises LostRace when the incident has moved on since it was looked at.
    """
    it, book = adoption.incident, adoption.book
    values: dict[str, Any] = {"playbook": playbook_copy.to_json(book), "next_due_at": now}
    severity = min(Severity(book.severity), Severity(it.severity)) if book.severity_rises else book.severity
    values["severity"] = severity
    if it.held is Held.NO_PLAYBOOK:
        values |= {"held": None, "severity": book.severity}
    if it.stage in FOLLOWED and {one.key for one in adoption.changes} & set(CHOOSES_THE_AUDIENCE):
        values["footprint_changed"] = True
    incidents.change(connection, it, **values)
    incidents.note(
        connection,
        it.id,
        now,
        "playbook",
        "adopted",
        actor=actor,
        old=it.playbook.name if it.playbook else "",
        new=book.name,
        old_version=adoption.old_version,
        new_version=book.version,
        keys=[one.key for one in adoption.changes],
    )
    grade(connection, it.reference, now)


def _changes(old: Playbook | None, new: Playbook) -> tuple[Change, ...]:
    """By the keys of the copy, spans as ISO 8601; the version is shown with the adoption."""
    before = playbook_copy.to_json(old) if old else {}
    after = playbook_copy.to_json(new)
    return tuple(
        Change(key, before.get(key), value)
        for key, value in after.items()
        if key != "version" and before.get(key) != value
    )
