"""The source is asked: what it says about causes that were reported gone, and whether that is believed.

A cause with a row here counts as gone only when the row's answer is one that is believed (`store/beliefs.py`);
a cause without one is of a source that cannot be asked.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Insert,
    Select,
    and_,
    case,
    delete,
    insert,
    select,
    update,
)

from tellfirst.domain.confirmation import BELIEVED, Answer, waits_for_person
from tellfirst.domain.incident import Stage
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.listed import listed
from tellfirst.store.prepared import Prepared, as_given_each, asked, one_of_given, parameters, prepared

_c = t.confirmation.c


@dataclass(frozen=True, slots=True)
class Claim:
    """A cause that was reported gone, and is to be confirmed."""

    incident_id: int
    element: str
    answer: Answer
    since_at: datetime
    held: str | None


def expect(
    connection: Connection, incident_id: int, elements: Sequence[str], source: str, now: datetime
) -> None:
    """These were reported gone: `source` has to confirm them."""
    claim = {"incident_id": incident_id, "source": source, "since_at": now}
    _expected.run_each(connection, [claim | {"element_id": element} for element in elements])


@prepared
def _expected() -> Insert:
    given = parameters(t.confirmation, "incident_id", "element_id", "source", "since_at")
    return insert(t.confirmation).values(answer=Answer.NOT_ASKED, **given)


def forget(connection: Connection, incident_id: int, elements: Sequence[str]) -> None:
    """Nothing is claimed about these any more, or something new."""
    _FORGOTTEN.run(connection, incident_id=incident_id, given=as_given_each(elements))


def _forgotten(dialect: str) -> Delete:
    return delete(t.confirmation).where(asked(_c.incident_id), one_of_given(dialect, _c.element_id))


_FORGOTTEN = Prepared(_forgotten)


def vouch(
    connection: Connection, incident_id: int, elements: Sequence[str], now: datetime, actor: str
) -> None:
    """A person says that these are over: what their source could not confirm is settled."""
    those = {"incident_id": incident_id, "given": as_given_each(elements)}
    settled = list(_DOUBTED.run(connection, **those).scalars())
    if not settled:
        return
    doubted = and_(_of(connection, incident_id, elements), _c.answer.not_in(BELIEVED))
    values = {"answer": Answer.VOUCHED, "asked_at": now, "held": None}
    connection.execute(update(t.confirmation).where(doubted).values(values))
    noted = [{"element": element} for element in settled]
    incidents.note_each(connection, incident_id, now, "doubt", Answer.VOUCHED, noted, actor=actor)
    _make_due(connection, [incident_id], now)


def _doubted(dialect: str) -> Select[tuple[str]]:
    those = (asked(_c.incident_id), one_of_given(dialect, _c.element_id))
    return select(_c.element_id).where(*those, _c.answer.not_in(BELIEVED)).order_by(_c.element_id)


_DOUBTED = Prepared(_doubted)


def claims(connection: Connection, source: str) -> list[Claim]:
    """What `source` has to confirm: also what it confirmed, until it is verified; it may change its mind."""
    e, i = t.incident_element, t.incident
    rows = connection.execute(
        select(_c.incident_id, _c.element_id, _c.answer, _c.since_at, _c.held)
        .join(e, and_(e.c.incident_id == _c.incident_id, e.c.element_id == _c.element_id))
        .join(i, i.c.id == _c.incident_id)
        .where(
            _c.source == source,
            _c.answer != Answer.VOUCHED,
            e.c.verified_at.is_(None),
            e.c.withdrawn_at.is_(None),
            i.c.stage != Stage.CLOSED,
        )
        .order_by(_c.incident_id, _c.element_id)
    )
    return [
        Claim(row.incident_id, row.element_id, Answer(row.answer), row.since_at, row.held) for row in rows
    ]


def confirm(
    connection: Connection,
    source: str,
    answers: Mapping[tuple[int, str], Answer],
    patience: timedelta,
    now: datetime,
) -> list[int]:
    """Record what `source` answered about causes, by incident and element; the incidents that moved.

    An answer that is still_firing belongs to `take_signals`, which reopens the cause. A cause that has had no
    believable answer for `patience` waits for a person from now on; its customers go on hearing holding words.
    """
    changed: dict[tuple[int, Answer, bool], list[str]] = defaultdict(list)
    held: dict[tuple[int, Answer], list[str]] = defaultdict(list)
    for claim in claims(connection, source):
        answer = answers.get((claim.incident_id, claim.element))
        if answer is None or answer is Answer.STILL_FIRING:
            continue
        anew = claim.answer in BELIEVED and answer not in BELIEVED
        changed[claim.incident_id, answer, answer is not claim.answer].append(claim.element)
        since_at = now if anew else claim.since_at
        if claim.held is None and waits_for_person(answer, since_at, patience, now):
            held[claim.incident_id, answer].append(claim.element)
    for (incident_id, answer, new), elements in changed.items():
        _record(connection, incident_id, answer, elements, now)
        if new:
            topic = "confirmed" if answer in BELIEVED else "doubt"
            noted = [{"element": element, "source": source} for element in elements]
            incidents.note_each(connection, incident_id, now, topic, answer, noted)
    for (incident_id, answer), elements in held.items():
        connection.execute(
            update(t.confirmation).where(_of(connection, incident_id, elements)).values(held=answer)
        )
        noted = [{"element": element, "source": source, "because": answer} for element in elements]
        incidents.note_each(connection, incident_id, now, "doubt", "waits_for_a_person", noted)
    moved = sorted({incident_id for incident_id, answer, new in changed if new and answer in BELIEVED})
    _make_due(connection, moved, now)
    return moved


def _record(
    connection: Connection, incident_id: int, answer: Answer, elements: Sequence[str], now: datetime
) -> None:
    values = {"answer": answer, "asked_at": now}
    if answer in BELIEVED:
        more: dict[str, object] = {"held": None}
    else:
        more = {"since_at": case((_c.answer.in_(BELIEVED), now), else_=_c.since_at)}
    connection.execute(
        update(t.confirmation).where(_of(connection, incident_id, elements)).values(values | more)
    )


def _make_due(connection: Connection, incident_ids: Sequence[int], now: datetime) -> None:
    i = t.incident
    if incident_ids:
        values = {"next_due_at": now, "version": i.c.version + 1}
        connection.execute(update(i).where(i.c.id.in_(incident_ids)).values(values))


def _of(connection: Connection, incident_id: int, elements: Sequence[str]) -> ColumnElement[bool]:
    return and_(_c.incident_id == incident_id, _c.element_id.in_(listed(connection, elements)))


def doubts(connection: Connection, incident_id: int) -> list[dict[str, Any]]:
    """The causes whose all-clear is not believed, as they are shown."""
    rows = connection.execute(
        select(_c.element_id, _c.source, _c.answer, _c.asked_at, _c.since_at, _c.held)
        .where(_c.incident_id == incident_id, _c.answer.not_in(BELIEVED))
        .order_by(_c.element_id)
    )
    return [
        {
            "element": row.element_id,
            "source": row.source,
            "answer": row.answer,
            "asked": row.asked_at,
            "since": row.since_at,
            "waits for": f"a person: {row.held}" if row.held else "the source",
        }
        for row in rows
    ]


def waits(connection: Connection, incident_id: int) -> str:
    """Why an all-clear waits for a person, in a few words; empty when none does."""
    held = [one for one in doubts(connection, incident_id) if one["waits for"] != "the source"]
    return (
        f"a person to say that it is over ({held[0]['answer']}: {held[0]['element']} and {len(held) - 1} more)"
        if held
        else ""
    )
