"""Erase a customer in one transaction: everything that leads to them, or nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from tellfirst.audience.base import count_customers
from tellfirst.audience.sharing import mark_shared_contact_points
from tellfirst.domain.erasing import Fate, Waits
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.incident import RUNNING
from tellfirst.erasing import emptying, strangers, sweeping
from tellfirst.erasing.fates import OWN
from tellfirst.erasing.person import Person, person
from tellfirst.erasing.waiting import waits
from tellfirst.store import incidents, suppressions
from tellfirst.store import tables as t

CURES: Mapping[Waits, str] = {
    Waits.TO_BE_TOLD: "an incident that goes on hurts them and words are promised to them",
    Waits.MESSAGE_WAITS: "a word to them has not left, or nobody knows yet whether it has",
    Waits.CONTACT_OPEN: "what they brought has no answer yet",
    Waits.IN_FLIGHT: "a message to them is being sent at this moment; try again in a minute",
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What erasing one customer would do, or did: rows by table, and why it has to wait."""

    it: Person
    rows: Sequence[tuple[str, Fate, int]]
    waits: Sequence[Waits]
    suppressed_count: int

    @property
    def counts(self) -> dict[str, int]:
        """Rows of each table, whatever becomes of them."""
        together: Counter[str] = Counter()
        for table, _, many in self.rows:
            together[table] += many
        return dict(together)

    def table(self) -> list[dict[str, Any]]:
        """For people."""
        return [
            {"table": table, "rows": many, "what becomes of them": fate} for table, fate, many in self.rows
        ]


def look(connection: Connection, reference: str) -> Outlook:
    """What there is of this customer. Changes nothing. Raises NotFound."""
    it = person(connection, reference)
    own = emptying.count(connection, it)
    rows = _rows(own, strangers.count(connection, it), _beside(sweeping.count(connection, it), own))
    return Outlook(it, rows, waits(connection, it), len(it.named))


def erase(
    connection: Connection, reference: str, key: bytes, now: datetime, actor: str, forced: str = ""
) -> Outlook:
    """Nothing leads to them any more, and no import brings them back. `forced` is why it is done although they wait.

    Raises NotFound, and RuleBroken while they wait for a word and nobody forces it, or while one is on its way.
    """
    it = person(connection, reference)
    waiting = waits(connection, it)
    _refuse(waiting, forced)
    running = _running(connection, it)
    # From here to its end the log may be emptied of mentions (store/guards.py).
    opened = connection.execute(
        insert(t.erasure).values(at=now, actor=actor, forced=(forced or None) if waiting else None, counts={})
    ).inserted_primary_key
    assert opened is not None
    removed = strangers.remove(connection, it)
    own = {name: step(connection, it, now) for name, step in emptying.STEPS.items()}
    swept = _beside(sweeping.sweep(connection, it), {})
    suppressed = suppressions.suppress(connection, key, it.named, now)
    suppressions.forget_old(connection, now)
    for incident_id in running:
        _look_again(connection, incident_id, now, actor)
    mark_shared_contact_points(connection)
    count_customers(connection)
    did = Outlook(it, _rows(own, removed, swept), waiting, suppressed)
    ended = {"counts": did.counts, "done_at": now}
    connection.execute(update(t.erasure).where(t.erasure.c.id == opened[0]).values(**ended))
    return did


def _refuse(waiting: Sequence[Waits], forced: str) -> None:
    if Waits.IN_FLIGHT in waiting or (waiting and not forced):
        because = "; ".join(f"{one}: {CURES[one]}" for one in waiting)
        raise RuleBroken(f"not erased ({because}). Wait for it, or give a reason with --force")


def _running(connection: Connection, it: Person) -> list[int]:
    a, i = t.audience.c, t.incident.c
    mine = select(i.id).join(t.audience, a.incident_id == i.id).where(a.customer_id == it.id)
    return list(connection.scalars(mine.where(i.stage.in_(RUNNING)).order_by(i.id)))


def _look_again(connection: Connection, incident_id: int, now: datetime, actor: str) -> None:
    """Whoever shared a contact point with them is told at it from now on."""
    i = t.incident
    again = {"footprint_changed": True, "version": i.c.version + 1, "next_due_at": now}
    connection.execute(update(i).where(i.c.id == incident_id).values(**again))
    incidents.note(connection, incident_id, now, "audience", "customer_erased", actor=actor)


def _rows(
    own: Mapping[str, int], removed: Mapping[str, int], swept: Mapping[str, int]
) -> list[tuple[str, Fate, int]]:
    return [
        *((name, OWN[name], many) for name, many in own.items()),
        *((name, Fate.REMOVED, many) for name, many in removed.items()),
        *((name, Fate.SWEPT, many) for name, many in swept.items()),
    ]


def _beside(swept: Mapping[str, int], own: Mapping[str, int]) -> dict[str, int]:
    """Before anything is done, their own rows mention them too; they are counted once."""
    return {name: many - own.get(name, 0) for name, many in swept.items() if many > own.get(name, 0)}
