"""Sources are asked as well as heard: what a body left out, what was silenced, what vanished, what is confirmed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, select

from tellfirst.detect import confirming
from tellfirst.detect.asking import Standing
from tellfirst.detect.causes import reopen_causes
from tellfirst.detect.correlation import Taken, take_signals
from tellfirst.detect.sources import Sources
from tellfirst.domain.confirmation import Answer
from tellfirst.domain.incident import RUNNING
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.signal import Signal, SignalState
from tellfirst.store import tables as t
from tellfirst.store.inserting import insert_into

WORST_FIRST = (Answer.STILL_FIRING, Answer.VANISHED, Answer.SOURCE_SILENT, Answer.CONFIRMED_GONE)
"""Of several alerts that report one element the worst answer counts."""


def due_sources(connection: Connection, sources: Sources, now: datetime) -> list[str]:
    """The sources that are to be asked now, by name."""
    c = t.source_standing.c
    polled = {row.source: row.polled_at for row in connection.execute(select(c.source, c.polled_at))}
    return [
        name
        for name, one in sources.all.items()
        if one.poll and (polled.get(name) is None or polled[name] + one.poll.every <= now)
    ]


def take_answer(
    connection: Connection,
    name: str,
    heard: Sequence[Signal],
    standing: Standing,
    sources: Sources,
    books: Mapping[str, Playbook],
    asked_at: datetime,
    now: datetime,
) -> Taken:
    """Judge what a body said together with what its source answered, and confirm what was reported gone.

    An alert of ours that the source does not list any more has resolved, whether it was said or not: silences and
    lost webhooks swallow resolves. `asked_at` is when it was asked; what came later is none of the answer's.
    """
    said = {one.fingerprint for one in heard if one.state is SignalState.RESOLVED}
    unlisted = _unlisted(connection, name, standing, asked_at)
    resolved = [one for one in unlisted if one.fingerprint not in said]
    answers = {
        (one.source, one.fingerprint): standing.answer(one.fingerprint, one.labels)
        for one in (*heard, *resolved)
        if one.state is SignalState.RESOLVED
    }
    signals = [*heard, *standing.signals, *resolved]
    taken = take_signals(connection, signals, sources, books, now, answers)
    poll = sources.all[name].poll
    assert poll is not None, "only a source with a poll is asked"
    found = _about_claims(connection, name, standing)
    for incident_id, elements in _still_firing(found).items():
        reopen_causes(connection, incident_id, elements, now)
    confirmed = confirming.confirm(connection, name, found, poll.patience, now)
    _stand(connection, name, polled_at=asked_at, answered_at=now, fault=None)
    moved = _references(connection, {*confirmed, *_still_firing(found)}) - {*taken.opened}
    return Taken(taken.judgements, taken.opened, tuple(sorted({*taken.moved} | moved)))


def take_silence(
    connection: Connection, name: str, sources: Sources, fault: str, asked_at: datetime, now: datetime
) -> None:
    """The source gave no answer: nothing that waits for one is believed meanwhile."""
    poll = sources.all[name].poll
    assert poll is not None, "only a source with a poll is asked"
    silent = {
        (one.incident_id, one.element): Answer.SOURCE_SILENT for one in confirming.claims(connection, name)
    }
    confirming.confirm(connection, name, silent, poll.patience, now)
    _stand(connection, name, polled_at=asked_at, fault=fault)


def note_heard(connection: Connection, name: str, now: datetime, to_do: str | None = None) -> None:
    """A body of the source came; `to_do` is what a person has to do before it says more."""
    _stand(connection, name, heard_at=now, to_do=to_do)


def _stand(connection: Connection, name: str, **values: object) -> None:
    stands = insert_into(connection, t.source_standing).values(source=name, **values)
    connection.execute(stands.on_conflict_do_update(index_elements=["source"], set_=values))


def _unlisted(connection: Connection, name: str, standing: Standing, asked_at: datetime) -> Iterable[Signal]:
    """Resolves of our firing episodes that the source has nothing to say of, but for what is still down."""
    s, i = t.signal.c, t.incident
    later = t.signal.alias()
    over = (
        select(later.c.id)
        .where(
            later.c.source == s.source,
            later.c.fingerprint == s.fingerprint,
            later.c.state == SignalState.RESOLVED,
            later.c.starts_at >= s.starts_at,
        )
        .exists()
    )
    fires = (
        select(s.fingerprint, s.starts_at, s.labels)
        .join(i, i.c.id == s.incident_id)
        .where(
            s.source == name,
            s.state == SignalState.FIRING,
            s.last_seen_at < asked_at,
            i.c.stage.in_(RUNNING),
            ~over,
        )
    )
    for row in connection.execute(fires.order_by(s.starts_at, s.fingerprint)):
        answer = standing.answer(row.fingerprint, row.labels)
        if answer in (Answer.CONFIRMED_GONE, Answer.VANISHED):
            yield Signal(name, row.fingerprint, row.starts_at, SignalState.RESOLVED, None, row.labels)


def _about_claims(connection: Connection, name: str, standing: Standing) -> dict[tuple[int, str], Answer]:
    """What the source says of each cause that it has to confirm."""
    c, s = t.confirmation.c, t.signal.c
    reports = (
        select(c.incident_id, c.element_id, s.fingerprint, s.labels)
        .join(
            t.signal,
            and_(
                s.incident_id == c.incident_id,
                s.element_id == c.element_id,
                s.source == c.source,
                s.state == SignalState.FIRING,
            ),
        )
        .where(c.source == name)
    )
    found: dict[tuple[int, str], set[Answer]] = defaultdict(set)
    for row in connection.execute(reports):
        found[row.incident_id, row.element_id].add(standing.answer(row.fingerprint, row.labels))
    wanted = {(one.incident_id, one.element) for one in confirming.claims(connection, name)}
    return {
        cause: next(one for one in WORST_FIRST if one in answers)
        for cause, answers in found.items()
        if cause in wanted
    }


def _still_firing(found: Mapping[tuple[int, str], Answer]) -> dict[int, list[str]]:
    firing: dict[int, list[str]] = defaultdict(list)
    for (incident_id, element), answer in found.items():
        if answer is Answer.STILL_FIRING:
            firing[incident_id].append(element)
    return firing


def _references(connection: Connection, ids: set[int]) -> set[str]:
    i = t.incident.c
    return set(connection.scalars(select(i.reference).where(i.id.in_(sorted(ids)))))
