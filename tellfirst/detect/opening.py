"""How an incident begins: by a monitor's signal or by an engineer's word."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, insert, select, update

from tellfirst.detect.causes import open_cause
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.facts import Action, Cause
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Held, Kind, Stage
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.signal import Meaning, Signal
from tellfirst.store import incidents, playbook_copy
from tellfirst.store.tables import element, incident


def open_incident(
    connection: Connection, signal: Signal, meaning: Meaning, books: Mapping[str, Playbook], now: datetime
) -> int:
    """The id of a new incident for the cause of `signal`, with its playbook copied in, due at once."""
    book = next((one for one in books.values() if signal.alert in one.alerts), None)
    opened = _insert(connection, meaning.cause_key, book, signal.starts_at, now)
    incidents.note(connection, opened, now, "opened", "signal", source=signal.source, alert=signal.alert)
    if meaning.element:
        open_cause(connection, opened, meaning.element, meaning.impact, signal.starts_at, now)
    return opened


def open_by_hand(
    connection: Connection,
    element_ids: Iterable[str],
    book: Playbook,
    impact: Impact,
    started_at: datetime,
    now: datetime,
    actor: str,
) -> str:
    """The reference of an incident that an engineer opens.

    Raises RuleBroken for a start in the future and for an element the network does not know: an incident
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
    area = connection.scalar(select(element.c.area).where(element.c.id == wanted[0]))
    opened = _insert(connection, f"area:{area}", book, started_at, now)
    incidents.note(connection, opened, now, "opened", "engineer", actor=actor)
    for one in wanted:
        open_cause(connection, opened, one, impact, started_at, now)
    return str(connection.execute(select(incident.c.reference).where(incident.c.id == opened)).scalar_one())


def _insert(
    connection: Connection, cause_key: str, book: Playbook | None, started_at: datetime, now: datetime
) -> int:
    place = connection.scalar(select(element.c.name).where(element.c.id == cause_key))
    shown = place or cause_key.split(":", 1)[-1]
    row = connection.execute(
        insert(incident).values(
            reference=f"new-{uuid4()}",
            kind=Kind.OUTAGE,
            name=shown,
            place=shown,
            cause_key=cause_key,
            stage=Stage.OPENED,
            held=None if book else Held.NO_PLAYBOOK,
            playbook=playbook_copy.to_json(book) if book else None,
            severity=book.severity if book else "S3",
            cause=Cause.BEING_INVESTIGATED,
            action=Action.INVESTIGATING,
            started_at=started_at,
            opened_at=now,
            next_due_at=now,
        )
    )
    assert row.inserted_primary_key is not None
    opened = int(row.inserted_primary_key[0])
    reference = f"INC-{now:%Y}-{opened:04d}"
    name = f"{reference} {shown}"
    connection.execute(update(incident).where(incident.c.id == opened).values(reference=reference, name=name))
    return opened
