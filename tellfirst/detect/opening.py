"""How an incident begins: by a monitor's signal or by an engineer's word."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, Select, Update, insert, select, update
from sqlalchemy.sql.dml import ReturningInsert

from tellfirst.detect.causes import open_cause
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.facts import Action, Cause
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Held, Kind, Stage
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.signal import Signal
from tellfirst.store import incidents, playbook_copy
from tellfirst.store.prepared import among, number, parameters, prepared
from tellfirst.store.tables import element, incident


def open_incident(
    connection: Connection,
    signal: Signal,
    cause_key: str,
    books: Mapping[str, Playbook],
    now: datetime,
    *,
    explained_by: Sequence[str] = (),
    place: str = "",
) -> int:
    """The id of a new incident of `cause_key`, due at once, with the playbook of `signal` copied in; no causes yet.

    `explained_by` names the elements whose failing explains many alerts at once.
    """
    book = next((one for one in books.values() if signal.alert in one.alerts), None)
    place = place or _names(connection, explained_by)
    opened = _insert(connection, cause_key, book, signal.starts_at, now, place)
    incidents.note(connection, opened, now, "opened", "signal", source=signal.source, alert=signal.alert)
    return opened


def _names(connection: Connection, elements: Sequence[str]) -> str:
    names = {row.id: row.name for row in _named.run(connection, ids=elements)} if elements else {}
    return " + ".join(names.get(one, one) for one in elements)


@prepared
def _named() -> Select[tuple[str, str]]:
    return select(element.c.id, element.c.name).where(among(element.c.id, "ids"))


def open_by_hand(
    connection: Connection,
    element_ids: Iterable[str],
    book: Playbook,
    impact: Impact,
    started_at: datetime,
    now: datetime,
    actor: str,
    place: str = "",
) -> str:
    """The reference of an incident that an engineer opens.

    `place` is what customers call where it is, by default the area of the first element. Without elements it
    is needed, and the caller adds the areas that are hit in the same transaction. Raises RuleBroken for a start
    in the future, for neither element nor place, and for an element the network does not know: an incident
    without anybody behind it helps nobody.
    """
    if started_at > now:
        raise RuleBroken("an outage cannot start in the future; announce planned work instead")
    wanted = sorted(set(element_ids))
    known = set(connection.scalars(select(element.c.id).where(element.c.id.in_(wanted))))
    if missing := [one for one in wanted if one not in known]:
        raise RuleBroken(
            f"the network does not know {', '.join(missing)}; check the spelling, nothing was opened"
        )
    if not wanted and not place:
        raise RuleBroken("nothing is named that failed: no element and no place; nothing was opened")
    opened = _insert(connection, _cause_key(connection, wanted, place), book, started_at, now, place)
    incidents.note(connection, opened, now, "opened", "engineer", actor=actor)
    for one in wanted:
        open_cause(connection, opened, one, impact, started_at, now)
    return str(connection.execute(select(incident.c.reference).where(incident.c.id == opened)).scalar_one())


def open_reported(
    connection: Connection,
    cause_key: str,
    place: str,
    book: Playbook,
    started_at: datetime,
    now: datetime,
    *,
    held: Held | None = None,
) -> tuple[int, str]:
    """The id and the reference of an incident that customers' reports open; no causes yet.

    A `held` one is nobody's but theirs who reported it: nothing is due and nobody else is told, until a person or
    many more reports say otherwise.
    """
    opened = _insert(connection, cause_key, book, started_at, now, place, held)
    incidents.note(connection, opened, now, "opened", "customers", held=held)
    return opened, _reference(opened, now)


def _cause_key(connection: Connection, wanted: Sequence[str], place: str) -> str:
    """A monitor's signals for the area of the first element join the incident; none speaks of a drawn place."""
    if not wanted:
        return f"place:{place}"
    return f"area:{connection.scalar(select(element.c.area).where(element.c.id == wanted[0]))}"


def _insert(
    connection: Connection,
    cause_key: str,
    book: Playbook | None,
    started_at: datetime,
    now: datetime,
    place: str = "",
    held: Held | None = None,
) -> int:
    named = [row.name for row in _named.run(connection, ids=[cause_key])]
    shown = next((one for one in (place, *named) if one), cause_key.split(":", 1)[-1])
    row = _opened.run(
        connection,
        reference=f"new-{uuid4()}",
        kind=Kind.OUTAGE,
        name=shown,
        place=shown,
        cause_key=cause_key,
        stage=Stage.OPENED,
        held=held or (None if book else Held.NO_PLAYBOOK),
        playbook=playbook_copy.to_json(book) if book else None,
        severity=book.severity if book else "S3",
        cause=Cause.BEING_INVESTIGATED,
        action=Action.INVESTIGATING,
        started_at=started_at,
        opened_at=now,
        next_due_at=None if held else now,
    )
    opened = int(row.scalar_one())
    reference = _reference(opened, now)
    _renamed.run(connection, opened=opened, reference=reference, name=f"{reference} {shown}")
    return opened


def _reference(opened: int, now: datetime) -> str:
    return f"INC-{now:%Y}-{opened:04d}"


@prepared
def _opened() -> ReturningInsert[tuple[int]]:
    given = parameters(
        incident,
        *("reference", "kind", "name", "place", "cause_key", "stage", "held", "playbook", "severity"),
        *("cause", "action", "started_at", "opened_at", "next_due_at"),
    )
    return insert(incident).values(given).returning(incident.c.id)


@prepared
def _renamed() -> Update:
    given = parameters(incident, "reference", "name")
    return update(incident).where(incident.c.id == number("opened")).values(given)
