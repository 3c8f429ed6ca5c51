"""Stop and go: a person, or the ledger itself, keeps what has not left from leaving, for one incident or for all.

A stop is looked at in the statement of every intent (`objections`) and right before every call (`Watch`).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    bindparam,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from tellfirst.delivery.leasing import Lease
from tellfirst.delivery.objections import stops
from tellfirst.domain.delivery import DeliveryReason, StopEffect
from tellfirst.domain.incident import Stage
from tellfirst.domain.lifecycle import LOOK_AGAIN_AFTER
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.engine import reading
from tellfirst.store.prepared import Prepared, number

RESTORED_BACKUP = "restored_backup"
"""Why the ledger holds itself: its database is older than what was sent."""
LOOK_EVERY = 0.25
"""Seconds between two looks of a sending process: a stop holds within this and the call being made."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop in force. `incident` is its reference; empty: everything is stopped."""

    incident: str
    effect: StopEffect
    reason: str
    actor: str
    at: datetime

    @property
    def sentence(self) -> str:
        """As it is shown to people."""
        what = self.incident or "everything"
        does = "is cancelled" if self.effect is StopEffect.CANCEL else "waits"
        return (
            f"{what} is stopped since {self.at:%Y-%m-%d %H:%M:%S} UTC by {self.actor}: {self.reason}; "
            f"what has not left {does}"
        )


def stop(
    connection: Connection,
    incident_id: int | None,
    effect: StopEffect,
    reason: str,
    actor: str,
    now: datetime,
    **details: Any,
) -> None:
    """Stop an incident, or everything. It holds from the commit on; `details` go into the logs of the incidents."""
    connection.execute(
        insert(t.stop).values(incident_id=incident_id, effect=effect, reason=reason, actor=actor, at=now)
    )
    done = "cancelled_what_waits" if effect is StopEffect.CANCEL else "held_what_waits"
    for concerned in _running(connection, incident_id):
        incidents.note(connection, concerned, now, "stop", done, actor=actor, why=reason, **details)


def go(
    connection: Connection,
    incident_id: int | None,
    actor: str,
    now: datetime,
    wall: datetime,
    *,
    everything: bool = False,
) -> list[Stop]:
    """Lift the stops of an incident, those of everything, or (`everything`) all there are. Those lifted.

    What was held may leave at once, and every incident concerned is due: whoever had a word cancelled is told anew.
    """
    s = t.stop
    own = s.c.incident_id.is_(None) if incident_id is None else s.c.incident_id == incident_id
    chosen = s.c.lifted_at.is_(None) if everything else (s.c.lifted_at.is_(None) & own)
    rows = connection.execute(_listed().where(chosen)).all()
    connection.execute(update(s).where(chosen).values(lifted_at=now, lifted_by=actor))
    concerned: set[int] = set()
    for row in rows:
        concerned.update(_running(connection, row.incident_id))
    for one in sorted(concerned):
        incidents.note(connection, one, now, "stop", "lifted", actor=actor)
        _make_due(connection, one, now, wall)
    return [_stop(row) for row in rows]


def in_force(connection: Connection, incident_id: int | None = None) -> list[Stop]:
    """Stops nobody has lifted, the oldest first; with `incident_id` those that concern it."""
    s = t.stop.c
    found = _listed().where(s.lifted_at.is_(None))
    if incident_id is not None:
        found = found.where(or_(s.incident_id.is_(None), s.incident_id == incident_id))
    return [_stop(row) for row in connection.execute(found)]


def nothing_new(connection: Connection, incident_id: int, now: datetime) -> bool:
    """Whether nothing new may be said: a stop is in force, or has just been met by a notice and nobody said go.

    The second is for a brake, of which the database knows nothing: what is planned while it is pulled is
    cancelled, and planned again only after a while.
    """
    return bool(NOTHING_NEW.run(connection, incident_id=incident_id, since=met_since(now)).scalar_one())


def met_since(now: datetime) -> datetime:
    """How long ago the stop may have been met."""
    return now - LOOK_AGAIN_AFTER


def _nothing_new(_dialect: str) -> Select[tuple[bool]]:
    n, s, its = t.notice.c, t.stop.c, number("incident_id")
    concerns = or_(s.incident_id.is_(None), s.incident_id == its)
    in_force_now = select(s.id).where(concerns, s.lifted_at.is_(None)).exists()
    lifted_since = select(s.id).where(concerns, s.lifted_at >= n.halted_at).correlate(t.notice).exists()
    met = select(n.id).where(
        n.incident_id == its,
        n.halted_reason == DeliveryReason.STOPPED,
        n.halted_at > bindparam("since", type_=n.halted_at.type),
        ~lifted_since,
    )
    return select(or_(in_force_now, met.exists()))


NOTHING_NEW = Prepared(_nothing_new)
"""See `nothing_new`; `since` is `met_since`."""


class Watch:
    """What a sending process looks at before each call: is there a stop for what it is sending?

    The database is asked a few times a second, not once per call. While it is away the last answer stands: the
    brake is what works without it.
    """

    def __init__(self, engine: Engine, held: Lease, steps: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._held = held
        self._steps = steps
        self._looked_at: float | None = None
        self._effect: StopEffect | None = None

    def __call__(self) -> StopEffect | None:
        """The graver effect in force, None when there is none."""
        now = self._steps()
        if self._looked_at is None or now - self._looked_at >= LOOK_EVERY:
            self._looked_at = now
            self._effect = self._look()
        return self._effect

    def _look(self) -> StopEffect | None:
        columns = [
            stops(literal(self._held.notice_id), effect) for effect in (StopEffect.CANCEL, StopEffect.HOLD)
        ]
        try:
            with reading(self._engine) as connection:
                cancel, hold = connection.execute(select(*columns)).one()
        except SQLAlchemyError:
            return self._effect
        if cancel:
            return StopEffect.CANCEL
        return StopEffect.HOLD if hold else None


def _listed() -> Any:
    s, i = t.stop.c, t.incident.c
    columns = (s.incident_id, i.reference, s.effect, s.reason, s.actor, s.at)
    return select(*columns).outerjoin(t.incident, i.id == s.incident_id).order_by(s.id)


def _stop(row: Row[Any]) -> Stop:
    return Stop(row.reference or "", StopEffect(row.effect), row.reason, row.actor, row.at)


def _running(connection: Connection, incident_id: int | None) -> Sequence[int]:
    i = t.incident.c
    own: ColumnElement[bool] = i.stage != Stage.CLOSED if incident_id is None else i.id == incident_id
    return connection.scalars(select(i.id).where(own)).all()


def _make_due(connection: Connection, incident_id: int, now: datetime, wall: datetime) -> None:
    i, c, n = t.incident, t.chunk, t.notice.c
    still_open = (i.c.id == incident_id) & (i.c.stage != Stage.CLOSED)
    # The version too: whoever has read the incident before must not put off what is due now.
    connection.execute(update(i).where(still_open).values(next_due_at=now, version=i.c.version + 1))
    its = select(n.id).where(n.incident_id == incident_id)
    waiting = (c.c.notice_id.in_(its), c.c.done_at.is_(None), c.c.lease_until.is_(None), c.c.due_at > wall)
    connection.execute(update(c).where(*waiting).values(due_at=wall))
