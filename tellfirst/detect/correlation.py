"""From signals to incidents: one incident per cause, judged alert by alert, whatever order they come in."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, select, text

from tellfirst.detect import under_work
from tellfirst.detect.docket import Alert
from tellfirst.detect.judging import Judging
from tellfirst.detect.sources import Sources
from tellfirst.domain.confirmation import Answer
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.signal import Judgement, Signal
from tellfirst.store import tables as t
from tellfirst.store.prepared import among, prepared

MOVING = frozenset(
    {
        Judgement.JOINED,
        Judgement.CLEARED,
        Judgement.VANISHED,
        Judgement.STILL_FIRING,
        Judgement.CORROBORATED,
    }
)
TURN = 7_355_609
"""The advisory lock on PostgreSQL under which bodies are judged in turn; any number nobody else uses."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a body did: how many signals were judged how, and the incidents that moved."""

    judgements: Mapping[str, int]
    opened: tuple[str, ...]
    moved: tuple[str, ...]


def take_signals(
    connection: Connection,
    signals: Iterable[Signal],
    sources: Sources,
    books: Mapping[str, Playbook],
    now: datetime,
    answers: Mapping[Alert, Answer] | None = None,
) -> Taken:
    """Store and judge `signals`: open, join or clear incidents. Idempotent: a body may come again.

    `answers` are what sources said of alerts that resolve, where they were asked before.
    """
    # Two receivers are served at the same moment: judged side by side, both would open an incident. On SQLite
    # the writing transaction itself is the turn.
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": TURN})
    meant = under_work.all_explained(connection, [(one, sources.meaning(one)) for one in signals])
    judging = Judging(connection, meant, sources, books, now, answers or {})
    judged = [judging.judge(signal, meaning) for signal, meaning in meant]
    judging.write()
    by_judgement: dict[int, set[Judgement]] = {}
    for judgement, incident_id in judged:
        if incident_id is not None:
            by_judgement.setdefault(incident_id, set()).add(judgement)
    opened = {key for key, seen in by_judgement.items() if Judgement.OPENED in seen}
    moved = {key for key, seen in by_judgement.items() if seen & MOVING} - opened
    names = _references(connection, opened | moved)
    return Taken(
        judgements=dict(Counter(judgement.value for judgement, _ in judged)),
        opened=tuple(names[key] for key in sorted(opened)),
        moved=tuple(names[key] for key in sorted(moved)),
    )


def _references(connection: Connection, ids: set[int]) -> dict[int, str]:
    return {row.id: row.reference for row in _named.run(connection, ids=list(ids))}


@prepared
def _named() -> Select[tuple[int, str]]:
    i = t.incident.c
    return select(i.id, i.reference).where(among(i.id, "ids"))
