"""What a person says about work that waits for them: it is the same as another one, it is not, it is to be told."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.work import UNSAID, StatedWork, WorkHeld, WorkSource, WorkStatus
from tellfirst.store import tables as t
from tellfirst.works import booking
from tellfirst.works.known import KnownWork, by_id
from tellfirst.works.statements import digest_of
from tellfirst.works.stating import Stated, state


def is_same(
    connection: Connection,
    work_id: int,
    other_id: int,
    actor: str,
    books: Mapping[str, Playbook],
    now: datetime,
) -> Stated:
    """What was held as a work of its own is the newest word about another: that one's row takes it, and its number.

    Raises RuleBroken for work that customers know of, or of another provider.
    """
    it, other = by_id(connection, work_id), by_id(connection, other_id)
    if it.incident_id is not None or it.id == other.id or it.provider != other.provider:
        raise RuleBroken(
            f"work {work_id} cannot become part of work {other_id}: only what nobody was told of can, and only of "
            "the same provider; cancel it instead"
        )
    stated = _as_stated(connection, it, other)
    connection.execute(
        update(t.work_statement).where(t.work_statement.c.work_id == it.id).values(work_id=other.id)
    )
    connection.execute(delete(t.work_object).where(t.work_object.c.work_id == it.id))
    connection.execute(delete(t.work).where(t.work.c.id == it.id))
    return state(connection, stated, _own_digest("same", it.id, actor, now), actor, books, now)


def is_apart(connection: Connection, work_id: int, now: datetime) -> KnownWork:
    """It is a work of its own; what else it waits for it goes on waiting for. Raises RuleBroken."""
    it = by_id(connection, work_id)
    if it.held is not WorkHeld.PERHAPS_THE_SAME:
        raise RuleBroken(f"work {work_id} is not held as perhaps the same as another; nothing was changed")
    held = WorkHeld.UNKNOWN_CIRCUIT if booking.has_unknown(connection, work_id) else None
    if not it.playbook:
        held = WorkHeld.NO_PLAYBOOK
    if it.has_ended or it.window.ends_at <= now:
        held = WorkHeld.NEVER_ANNOUNCED
    booking.hold(connection, work_id, held)
    return by_id(connection, work_id)


def cancel(
    connection: Connection, work_id: int, actor: str, books: Mapping[str, Playbook], now: datetime
) -> Stated:
    """A person says that it will not take place. Raises RuleBroken for work that has ended."""
    it = by_id(connection, work_id)
    if it.has_ended:
        raise RuleBroken(f"work {work_id} is {it.status.value} already; nothing was changed")
    stated = StatedWork(
        provider=it.provider,
        external_id=it.external_id,
        # Its provider's next number stays free: by it the work can be announced again.
        sequence=UNSAID,
        status=WorkStatus.CANCELLED,
        window=it.window,
        objects=(),
        impact=it.impact,
        source=WorkSource.CLI,
    )
    return state(connection, stated, _own_digest("cancel", it.id, actor, now), actor, books, now)


def _as_stated(connection: Connection, it: KnownWork, other: KnownWork) -> StatedWork:
    o = t.work_object.c
    rows = connection.execute(select(o.object_id, o.impact, o.account).where(o.work_id == it.id)).all()
    newer = it.sequence if it.sequence > other.sequence else UNSAID
    return StatedWork(
        provider=it.provider,
        external_id=other.external_id,
        sequence=newer,
        status=it.status,
        window=it.window,
        objects=tuple(row.object_id for row in rows),
        impact=it.impact,
        source=WorkSource.CLI,
        reason=it.reason,
        account=next((row.account or "" for row in rows), ""),
        zone=it.zone,
        object_impacts=tuple(
            (row.object_id, type(it.impact)(row.impact)) for row in rows if row.impact is not None
        ),
    )


def _own_digest(deed: str, work_id: int, actor: str, now: datetime) -> str:
    return digest_of(f"{deed} {work_id} {actor} {now.isoformat()}".encode())
