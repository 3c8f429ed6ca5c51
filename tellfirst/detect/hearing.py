"""A body comes in: read by the kind of its source."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from tellfirst.detect import alertmanager, cap, icinga
from tellfirst.detect.bodies import asks_for, decode, map_body
from tellfirst.detect.sources import Sources
from tellfirst.domain.errors import Refused
from tellfirst.domain.signal import Signal, SignalState
from tellfirst.store import tables as t


@dataclass(frozen=True, slots=True)
class Heard:
    """What a body says. `missing_count` alerts were cut off; `to_do` is for a person, and then nothing is said."""

    signals: tuple[Signal, ...]
    missing_count: int = 0
    to_do: str | None = None

    @property
    def wants_asking(self) -> bool:
        """Whether the source is to be asked before this is judged: something is missing, or is said to be over."""
        return self.missing_count > 0 or any(one.state is SignalState.RESOLVED for one in self.signals)


def hear(name: str, sources: Sources, body: bytes, now: datetime) -> Heard:
    """Read a body of the source `name`. Raises Refused, and takes nothing, when it is not of its kind."""
    source = sources.all.get(name)
    if source is None:
        raise Refused("unknown_source", "no source of this name is configured in sources.yaml", 404)
    if source.parser == "alertmanager":
        read = alertmanager.read(body, name)
        return Heard(tuple(read.signals), read.truncated_count)
    if source.parser == "icinga":
        return Heard(tuple(icinga.read_stream(body, name)))
    if source.parser == "cap":
        return Heard(tuple(cap.read_cap(body, name)))
    known = sources.body(name)
    assert known is not None, "checked when the configuration was read"
    tree = decode(body)
    if to_do := asks_for(tree, known):
        return Heard((), to_do=to_do)
    return Heard(tuple(map_body(tree, known, name, now)))


def by_area(
    connection: Connection, name: str, sources: Sources, signals: Sequence[Signal]
) -> Iterator[Signal]:
    """A CAP alert is known by its areas: what ends it ends each of them, and what was ended first stays so.
    Signals of other kinds are left as they are."""
    if sources.all[name].parser != "cap":
        yield from signals
        return
    s = t.signal.c
    for one in signals:
        alert, _, area = one.fingerprint.partition("-")
        if one.state is SignalState.RESOLVED and not area:
            areas = select(s.fingerprint, s.starts_at, s.labels).where(
                s.source == name, s.state == SignalState.FIRING, s.fingerprint.startswith(f"{alert}-")
            )
            for row in connection.execute(areas.order_by(s.fingerprint)).all():
                yield Signal(
                    name,
                    row.fingerprint,
                    row.starts_at,
                    SignalState.RESOLVED,
                    None,
                    row.labels,
                    place=one.place,
                )
        elif one.state is SignalState.FIRING and area:
            ended = select(s.id).where(
                s.source == name, s.state == SignalState.RESOLVED, s.fingerprint == alert
            )
            if connection.scalar(ended.limit(1)) is not None:
                yield Signal(
                    name,
                    one.fingerprint,
                    one.starts_at,
                    SignalState.RESOLVED,
                    None,
                    one.labels,
                    place=one.place,
                )
        yield one
