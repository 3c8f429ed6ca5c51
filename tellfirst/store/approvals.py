"""Reading and writing the questions that a large audience waits for."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, CursorResult, Row, Select, Update, insert, select, update

from tellfirst.domain.approval import ApprovalState, Question
from tellfirst.domain.errors import LostRace
from tellfirst.domain.incident import FOLLOWED
from tellfirst.domain.occasion import Occasion
from tellfirst.store import tables as t
from tellfirst.store.prepared import asked, number, parameters, prepared

_COLUMNS = [t.approval.c[field.name] for field in fields(Question)]


def latest(connection: Connection, incident_id: int) -> Question | None:
    """The last question about the incident, whatever became of it."""
    return _question(_latest.run(connection, incident_id=incident_id))


def by_id(connection: Connection, question_id: int) -> Question | None:
    return _question(_by_id.run(connection, question_id=question_id))


def withheld(connection: Connection, incident_id: int) -> Question | None:
    """The question nobody answered about a first word that nobody had heard before.

    While there is one, customers have had the safe word alone, and what engineers say waits for its approval.
    """
    return _question(last_withheld.run(connection, incident_id=incident_id))


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
    return _outdated.run(connection, incident_id=incident_id, reason=reason).rowcount


@prepared
def _outdated() -> Update:
    q = t.approval.c
    values = {"state": ApprovalState.OUTDATED, **parameters(t.approval, "reason")}
    return update(t.approval).where(asked(q.incident_id), q.state == ApprovalState.OPEN).values(values)


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
    return [(row.reference, row.name, _question_of(row)) for row in rows]


def _newest() -> Select[Any]:
    q = t.approval.c
    return select(*_COLUMNS).where(asked(q.incident_id)).order_by(q.id.desc()).limit(1)


_latest = prepared(_newest)


@prepared
def last_withheld() -> Select[Any]:
    """See `withheld`."""
    q = t.approval.c
    return _newest().where(q.state == ApprovalState.LAPSED, q.latecomers.is_(False))


@prepared
def _by_id() -> Select[Any]:
    return select(*_COLUMNS).where(t.approval.c.id == number("question_id"))


def _question(found: CursorResult[Any]) -> Question | None:
    row = found.one_or_none()
    return _question_of(row) if row is not None else None


def _question_of(row: Row[Any]) -> Question:
    values = {field.name: getattr(row, field.name) for field in fields(Question)}
    return Question(**{**values, "state": ApprovalState(values["state"])})


def told(connection: Connection, question: Question, at: datetime) -> None:
    """The word has left that it was about."""
    connection.execute(update(t.approval).where(t.approval.c.id == question.id).values(told_at=at))
