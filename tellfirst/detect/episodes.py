"""What is known of an alert's episodes; one lasts from the moment it fired until it resolved."""

from sqlalchemy import ColumnElement, Connection, Row, and_, not_, select

from tellfirst.domain.signal import Signal, SignalState
from tellfirst.store.tables import signal as s

Seen = Row[tuple[int, int | None, str | None]]
"""The row of a signal that came before: `id`, `incident_id`, `element_id`."""


def seen_before(connection: Connection, signal: Signal) -> Seen | None:
    """The same episode in the same state, through whichever receiver."""
    return connection.execute(
        select(s.c.id, s.c.incident_id, s.c.element_id).where(
            _same_alert(signal), s.c.starts_at == signal.starts_at, s.c.state == signal.state
        )
    ).one_or_none()


def over(connection: Connection, signal: Signal) -> bool:
    """A resolved body of this or a later episode has been seen: this firing is an old one on its way late."""
    resolved = _same_alert(signal), s.c.state == SignalState.RESOLVED, s.c.starts_at >= signal.starts_at
    return connection.scalar(select(s.c.id).where(*resolved).limit(1)) is not None


def fires_again(connection: Connection, signal: Signal) -> bool:
    """A later episode has begun: this resolve is an old one on its way late."""
    firing = _same_alert(signal), s.c.state == SignalState.FIRING, s.c.starts_at > signal.starts_at
    return connection.scalar(select(s.c.id).where(*firing).limit(1)) is not None


def opened_or_joined(connection: Connection, signal: Signal) -> int | None:
    """The incident of the episode that `signal` resolves, or of the one before whose resolve was lost."""
    incident_id: int | None = connection.scalar(
        select(s.c.incident_id)
        .where(
            _same_alert(signal),
            s.c.state == SignalState.FIRING,
            s.c.starts_at <= signal.starts_at,
            s.c.incident_id.is_not(None),
        )
        .order_by(s.c.starts_at.desc())
        .limit(1)
    )
    return incident_id


def another_fires(connection: Connection, signal: Signal, incident_id: int, element_id: str) -> bool:
    """A second alert (another technology on the mast, another monitor) still reports the same element."""
    later = s.alias()
    resolved = select(later.c.id).where(
        later.c.source == s.c.source,
        later.c.fingerprint == s.c.fingerprint,
        later.c.state == SignalState.RESOLVED,
        later.c.starts_at >= s.c.starts_at,
    )
    firing = select(s.c.id).where(
        s.c.incident_id == incident_id,
        s.c.element_id == element_id,
        s.c.state == SignalState.FIRING,
        not_(_same_alert(signal)),
        ~resolved.exists(),
    )
    return connection.scalar(firing.limit(1)) is not None


def _same_alert(signal: Signal) -> ColumnElement[bool]:
    return and_(s.c.source == signal.source, s.c.fingerprint == signal.fingerprint)
