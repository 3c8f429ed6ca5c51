"""Reading and writing the questions that a large audience waits for."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from tellfirst.domain.approval import ApprovalState, Question
from tellfirst.domain.errors import LostRace
from tellfirst.domain.incident import FOLLOWED
from tellfirst.domain.occasion import Occasion
from tellfirst.store import tables as t

_COLUMNS = [t.approval.c[field.name] for field in fields(Question)]


def latest(connection: Connection, incident_id: int) -> Question | None:
    """The last question about the incident, whatever became of it."""
    return _one(connection, _of(incident_id).order_by(t.approval.c.id.desc()))


def by_id(connection: Connection, question_id: int) -> Question | None:
    return _one(connection, select(*_COLUMNS).where(t.approval.c.id == question_id))


def withheld(connection: Connection, incident_id: int) -> Question | None:
    """The question nobody answered about a first word that nobody had heard before.

    While there is one, customers have had the safe word alone, and what engineers say waits for its approval.
    """
    q = t.approval.c
    lapsed = _of(incident_id).where(q.state == ApprovalState.LAPSED, q.latecomers.is_(False))
    return _one(connection, lapsed.order_by(q.id.desc()))


def ask(connection: Connection, **values: Any) -> Question:
    """A new open question."""
    key = connection.execute(
        insert(t.approval).values(occasion=Occasion.FIRST_WORD, state=ApprovalState.OPEN, **values)
    ).inserted_primary_key
    assert key is not None
    asked = by_id(connection, int(key[0]))
    assert asked is not None
    return asked


def keep(connection: Connection, before: Question, after: Question) -> Question:
    """Write what changed. Raises LostRace when another has answered since `before` was read."""
    old, new = asdict(before), asdict(after)
    changed = {name: value for name, value in new.items() if value != old[name]}
    q = t.approval.c
    as_read = (
        (q.id == before.id) & (q.state == before.state) & q.first_by.is_not_distinct_from(before.first_by)
    )
    done = connection.execute(update(t.approval).where(as_read).values(changed))
    if done.rowcount != 1:
        raise LostRace(f"question {before.id} has been answered since it was read")
    return after


def outdate(connection: Connection, incident_id: int, reason: str) -> int:
    """Open questions about the incident ask about nothing any more; how many there were."""
    q = t.approval.c
    of_incident = (q.incident_id == incident_id) & (q.state == ApprovalState.OPEN)
    values = {"state": ApprovalState.OUTDATED, "reason": reason}
    return connection.execute(update(t.approval).where(of_incident).values(values)).rowcount


def waiting(connection: Connection) -> Sequence[tuple[str, str, Question]]:
    """Reference, name and last question of each incident whose audience waits: open, declined, or told the
    safe word alone. The longest waiting first."""
    q, i, newer = t.approval.c, t.incident.c, t.approval.alias().c
    superseded = select(newer.id).where(newer.incident_id == q.incident_id, newer.id > q.id).exists()
    asks = i.approval_needed & q.state.in_((ApprovalState.OPEN, ApprovalState.DECLINED))
    lapsed = (q.state == ApprovalState.LAPSED) & q.latecomers.is_(False)
    rows = connection.execute(
        select(i.reference, i.name, *_COLUMNS)
        .join(t.incident, i.id == q.incident_id)
        .where(i.stage.in_(FOLLOWED), asks | lapsed, ~superseded | lapsed)
        .order_by(q.due_at, q.id)
    )
    return [(row.reference, row.name, _question(row)) for row in rows]


def _of(incident_id: int) -> Select[Any]:
    return select(*_COLUMNS).where(t.approval.c.incident_id == incident_id)


def _one(connection: Connection, wanted: Select[Any]) -> Question | None:
    row = connection.execute(wanted.limit(1)).one_or_none()
    return _question(row) if row is not None else None


def _question(row: Row[Any]) -> Question:
    values = {field.name: getattr(row, field.name) for field in fields(Question)}
    return Question(**{**values, "state": ApprovalState(values["state"])})


def told(connection: Connection, question: Question, at: datetime) -> None:
    """The word has left that it was about."""
    connection.execute(update(t.approval).where(t.approval.c.id == question.id).values(told_at=at))
