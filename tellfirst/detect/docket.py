"""All that is known about the alerts of one body, read at once, and judged in memory alert by alert.

An episode lasts from the moment an alert fired until it resolved, whichever receivers bring it. Reading it for ten
thousand alerts one by one would take longer than the customers' patience.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, Insert, Row, Select, and_, cast, insert, or_, select

from tellfirst.domain.incident import RUNNING
from tellfirst.domain.signal import Judgement, Signal, SignalState
from tellfirst.store import tables as t
from tellfirst.store.listed import listed
from tellfirst.store.prepared import Prepared, among, as_given_each, one_of_given, parameters, prepared

_s = t.signal.c
Alert = tuple[str, str]
"""Source and fingerprint."""


@dataclass(slots=True)
class Episode:
    """One row of the table `signal`, as it is or as it is to be; `id` is None before it is written."""

    id: int | None
    alert: Alert
    starts_at: datetime
    state: SignalState
    judgement: Judgement
    incident_id: int | None
    element: str | None
    signal: Signal | None = None
    seen_again: int = 0
    judged_anew: bool = False


@dataclass(slots=True)
class Docket:
    """What the books say of some alerts, kept up to date while these are judged."""

    episodes: dict[Alert, list[Episode]] = field(default_factory=lambda: defaultdict(list))
    reporting: dict[tuple[int, str], list[Episode]] = field(default_factory=lambda: defaultdict(list))
    """Firing episodes by incident and element."""
    claimed: set[tuple[int, str]] = field(default_factory=set)
    """Causes that are reported gone."""
    running: dict[str, int] = field(default_factory=dict)
    """The newest running incident of each cause key."""
    running_ids: set[int] = field(default_factory=set)

    def seen_before(self, signal: Signal) -> Episode | None:
        """The same episode in the same state, through whichever receiver."""
        for one in self._of(signal):
            if one.starts_at == signal.starts_at and one.state is signal.state:
                return one
        return None

    def over(self, signal: Signal) -> bool:
        """A resolve of this or a later episode has been seen: this firing is an old one on its way late."""
        return any(
            one.state is SignalState.RESOLVED and one.starts_at >= signal.starts_at
            for one in self._of(signal)
        )

    def fires_again(self, signal: Signal) -> bool:
        """A later episode has begun: this resolve is an old one on its way late."""
        return any(
            one.state is SignalState.FIRING and one.starts_at > signal.starts_at for one in self._of(signal)
        )

    def opened_or_joined(self, signal: Signal) -> int | None:
        """The incident of the episode that `signal` resolves, or of the one before whose resolve was lost."""
        earlier = [
            one
            for one in self._of(signal)
            if one.state is SignalState.FIRING
            and one.starts_at <= signal.starts_at
            and one.incident_id is not None
        ]
        return max(earlier, key=lambda one: one.starts_at).incident_id if earlier else None

    def another_fires(self, signal: Signal, incident_id: int, element: str) -> bool:
        """A second alert (another technology on the mast, another monitor) still reports the same element."""
        return any(
            one.alert != (signal.source, signal.fingerprint) and not self._resolved(one)
            for one in self.reporting[incident_id, element]
        )

    def add(self, episode: Episode) -> None:
        """It is known from now on."""
        self.episodes[episode.alert].append(episode)
        self.report(episode)

    def report(self, episode: Episode) -> None:
        """Its incident and element are known from now on."""
        if episode.state is SignalState.FIRING and episode.incident_id and episode.element:
            self.reporting[episode.incident_id, episode.element].append(episode)

    def _of(self, signal: Signal) -> list[Episode]:
        return self.episodes.get((signal.source, signal.fingerprint), [])

    def _resolved(self, episode: Episode) -> bool:
        return any(
            one.state is SignalState.RESOLVED and one.starts_at >= episode.starts_at
            for one in self.episodes[episode.alert]
        )


def open_docket(connection: Connection, signals: Sequence[Signal], cause_keys: Collection[str]) -> Docket:
    """The docket of `signals`, and of the running incidents of `cause_keys`."""
    docket = Docket()
    fingerprints = sorted({one.fingerprint for one in signals})
    sources = sorted({one.source for one in signals})
    first = _MINE.run(connection, sources=sources, given=as_given_each(fingerprints)).all()
    ids = sorted({row.incident_id for row in first if row.incident_id is not None})
    rows = {row.id: row for row in first}
    if ids and any(one.state is SignalState.RESOLVED for one in signals):
        # Whether another alert still reports the same element takes every episode of every alert of the incident.
        others = select(_s.source, _s.fingerprint).where(_s.incident_id.in_(ids)).distinct().subquery()
        beside = and_(_s.source == others.c.source, _s.fingerprint == others.c.fingerprint)
        rows |= {row.id: row for row in _rows(connection, select(others.c.source).where(beside).exists())}
    for row in sorted(rows.values(), key=lambda row: row.id):
        docket.add(_episode(row))
    e = t.incident_element.c
    for row in _RUNNING.run(connection, given=as_given_each(sorted(cause_keys)), ids=ids):
        docket.running[row.cause_key] = row.id
        docket.running_ids.add(row.id)
    if ids:
        gone = select(e.incident_id, e.element_id).where(e.incident_id.in_(ids), e.until_at.is_not(None))
        claimed = connection.execute(gone)
        docket.claimed |= {(row.incident_id, row.element_id) for row in claimed}
    return docket


def write_docket(connection: Connection, docket: Docket, now: datetime) -> None:
    """Keep every episode that is new, was seen again or judged anew."""
    every = [one for episodes in docket.episodes.values() for one in episodes]
    if again := [one for one in every if one.id is not None and one.seen_again]:
        seen = {one.id: one.seen_again for one in again if one.id is not None}
        for times in sorted(set(seen.values())):
            ids = [key for key, count in seen.items() if count == times]
            chosen = _s.id.in_(_these(connection, ids))
            values = {"seen_count": _s.seen_count + times, "last_seen_at": now}
            connection.execute(t.signal.update().where(chosen).values(values))
    for one in every:
        if one.id is not None and one.judged_anew:
            values = {
                "incident_id": one.incident_id,
                "judgement": one.judgement,
                "element_id": one.element,
            }
            connection.execute(t.signal.update().where(_s.id == one.id).values(values))
    if new := [_written(one, now) for one in every if one.id is None]:
        _new.run_each(connection, new)


@prepared
def _new() -> Insert:
    given = parameters(
        t.signal,
        *("source", "fingerprint", "starts_at", "state", "ends_at", "received_at", "last_seen_at"),
        *("seen_count", "labels", "element_id", "judgement", "incident_id"),
    )
    return insert(t.signal).values(given)


def _these(connection: Connection, ids: Sequence[int]) -> Select[tuple[int]]:
    chosen = listed(connection, [str(one) for one in ids]).subquery()
    return select(cast(chosen.c.value, BigInteger))


def _written(one: Episode, now: datetime) -> dict[str, Any]:
    assert one.signal is not None
    return {
        "source": one.signal.source,
        "fingerprint": one.signal.fingerprint,
        "starts_at": one.starts_at,
        "state": one.state,
        "ends_at": one.signal.ends_at,
        "received_at": now,
        "last_seen_at": now,
        "seen_count": 1 + one.seen_again,
        "labels": one.signal.labels,
        "element_id": one.element,
        "judgement": one.judgement,
        "incident_id": one.incident_id,
    }


def _rows(connection: Connection, chosen: Any) -> Sequence[Row[Any]]:
    return connection.execute(select(*_COLUMNS).where(chosen)).all()


_COLUMNS = (
    _s.id,
    _s.source,
    _s.fingerprint,
    _s.starts_at,
    _s.state,
    _s.judgement,
    _s.incident_id,
    _s.element_id,
)


def _mine(dialect: str) -> Select[Any]:
    mine = (among(_s.source, "sources"), one_of_given(dialect, _s.fingerprint))
    return select(*_COLUMNS).where(*mine)


def _running(dialect: str) -> Select[tuple[int, str]]:
    i = t.incident.c
    wanted = or_(one_of_given(dialect, i.cause_key), among(i.id, "ids"))
    return select(i.id, i.cause_key).where(wanted, i.stage.in_(RUNNING)).order_by(i.id)


_MINE, _RUNNING = Prepared(_mine), Prepared(_running)


def _episode(row: Row[Any]) -> Episode:
    return Episode(
        id=row.id,
        alert=(row.source, row.fingerprint),
        starts_at=row.starts_at,
        state=SignalState(row.state),
        judgement=Judgement(row.judgement),
        incident_id=row.incident_id,
        element=row.element_id,
    )
