"""From signals to incidents: one incident per cause, judged alert by alert, whatever order they come in."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, text, update

from tellfirst.detect import episodes, under_work
from tellfirst.detect.causes import clear_cause, open_cause, reopen_cause
from tellfirst.detect.opening import open_incident
from tellfirst.detect.sources import Sources
from tellfirst.domain.incident import RUNNING
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.signal import Judgement, Meaning, Signal, SignalState
from tellfirst.store import tables as t

TURN = 7_355_609
"""The advisory lock on PostgreSQL under which bodies are judged in turn; any number nobody else uses."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a body did: how many signals were judged how, and the incidents that moved."""

    judgements: Mapping[str, int]
    opened: tuple[str, ...]
    moved: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Judged:
    judgement: Judgement
    incident_id: int | None = None


def take_signals(
    connection: Connection,
    signals: Iterable[Signal],
    sources: Sources,
    books: Mapping[str, Playbook],
    now: datetime,
) -> Taken:
    """Store and judge `signals`: open, join or clear incidents. Idempotent: a body may come again."""
    # Two receivers are served at the same moment: judged side by side, both would open an incident. On SQLite
    # the writing transaction itself is the turn.
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": TURN})
    judged = [_take(connection, signal, sources, books, now) for signal in signals]
    by_judgement: dict[int, set[Judgement]] = {}
    for one in judged:
        if one.incident_id is not None:
            by_judgement.setdefault(one.incident_id, set()).add(one.judgement)
    opened = {key for key, seen in by_judgement.items() if Judgement.OPENED in seen}
    moving = {Judgement.JOINED, Judgement.CLEARED, Judgement.STILL_FIRING, Judgement.CORROBORATED}
    moved = {key for key, seen in by_judgement.items() if seen & moving} - opened
    names = _references(connection, opened | moved)
    return Taken(
        judgements=dict(Counter(one.judgement.value for one in judged)),
        opened=tuple(names[key] for key in sorted(opened)),
        moved=tuple(names[key] for key in sorted(moved)),
    )


def _take(
    connection: Connection, signal: Signal, sources: Sources, books: Mapping[str, Playbook], now: datetime
) -> _Judged:
    meaning = under_work.explained(connection, signal, sources.meaning(signal))
    if seen := episodes.seen_before(connection, signal):
        return _again(connection, signal, seen, meaning, books, now)
    if isinstance(meaning, Judgement):
        judged = _Judged(meaning)
    elif signal.state is SignalState.FIRING:
        judged = _firing(connection, signal, meaning, books, now)
    else:
        judged = _resolved(connection, signal, meaning, now)
    element = None if isinstance(meaning, Judgement) else meaning.element
    connection.execute(
        insert(t.signal).values(
            source=signal.source,
            fingerprint=signal.fingerprint,
            starts_at=signal.starts_at,
            state=signal.state,
            ends_at=signal.ends_at,
            received_at=now,
            last_seen_at=now,
            labels=signal.labels,
            element_id=element,
            judgement=judged.judgement,
            incident_id=judged.incident_id,
        )
    )
    return judged


def _again(
    connection: Connection,
    signal: Signal,
    seen: episodes.Seen,
    meaning: Meaning | Judgement,
    books: Mapping[str, Playbook],
    now: datetime,
) -> _Judged:
    this = t.signal.c.id == seen.id
    connection.execute(
        update(t.signal).where(this).values(seen_count=t.signal.c.seen_count + 1, last_seen_at=now)
    )
    firing_on = signal.state is SignalState.FIRING and not episodes.over(connection, signal)
    if not firing_on or isinstance(meaning, Judgement):
        return _Judged(Judgement.REPEATED, seen.incident_id)
    if seen.incident_id is None or not _runs(connection, seen.incident_id):
        # Its incident has ended, whoever said so, or it was not acted on before the configuration was mended:
        # customers without service need an incident that is followed up.
        judged = _firing(connection, signal, meaning, books, now)
        values = {
            "incident_id": judged.incident_id,
            "judgement": judged.judgement,
            "element_id": meaning.element,
        }
        connection.execute(update(t.signal).where(this).values(**values))
        return judged
    if seen.element_id is None:
        return _Judged(Judgement.REPEATED, seen.incident_id)
    # An engineer may have declared it restored; a monitor that goes on firing says otherwise.
    reopened = reopen_cause(connection, seen.incident_id, seen.element_id, now)
    return _Judged(Judgement.STILL_FIRING if reopened else Judgement.REPEATED, seen.incident_id)


def _runs(connection: Connection, incident_id: int) -> bool:
    stage = connection.scalar(select(t.incident.c.stage).where(t.incident.c.id == incident_id))
    return stage in RUNNING


def _firing(
    connection: Connection, signal: Signal, meaning: Meaning, books: Mapping[str, Playbook], now: datetime
) -> _Judged:
    if episodes.over(connection, signal):
        return _Judged(Judgement.STALE)
    running = connection.scalar(
        select(t.incident.c.id)
        .where(t.incident.c.cause_key == meaning.cause_key, t.incident.c.stage.in_(RUNNING))
        .order_by(t.incident.c.id.desc())
        .limit(1)
    )
    if running is None:
        opened = open_incident(connection, signal, meaning, books, now)
        return _Judged(Judgement.OPENED, opened)
    if meaning.element is None:
        return _Judged(Judgement.CORROBORATED, running)
    open_cause(connection, running, meaning.element, meaning.impact, signal.starts_at, now)
    return _Judged(Judgement.JOINED, running)


def _resolved(connection: Connection, signal: Signal, meaning: Meaning, now: datetime) -> _Judged:
    incident_id = episodes.opened_or_joined(connection, signal)
    if incident_id is None:
        return _Judged(Judgement.CLEARED_NOTHING)
    if meaning.element is None:
        return _Judged(Judgement.CORROBORATED, incident_id)
    if episodes.fires_again(connection, signal):
        return _Judged(Judgement.STALE, incident_id)
    if episodes.another_fires(connection, signal, incident_id, meaning.element):
        return _Judged(Judgement.OTHERS_FIRE, incident_id)
    clear_cause(connection, incident_id, meaning.element, now, reason="monitor_resolved")
    return _Judged(Judgement.CLEARED, incident_id)


def _references(connection: Connection, ids: set[int]) -> dict[int, str]:
    rows = connection.execute(select(t.incident.c.id, t.incident.c.reference).where(t.incident.c.id.in_(ids)))
    return {row.id: row.reference for row in rows}
