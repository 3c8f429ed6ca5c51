"""What a statement writes: the work as it stands, what it hits, and the statement itself."""

from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from tellfirst.domain.work import StatedWork, Window, WorkHeld, WorkStatus, WorkVerdict
from tellfirst.store import tables as t
from tellfirst.works.circuits import elements_of, unknown_count
from tellfirst.works.known import KnownWork


def stated_before(connection: Connection, digest: str) -> int | None:
    """The work that the very same words were about."""
    s = t.work_statement.c
    return connection.execute(select(s.work_id).where(s.digest == digest)).scalar()


def keep(
    connection: Connection,
    work_id: int,
    stated: StatedWork,
    digest: str,
    verdict: WorkVerdict,
    actor: str,
    now: datetime,
) -> None:
    """The statement, whatever came of it."""
    connection.execute(
        insert(t.work_statement).values(
            work_id=work_id,
            digest=digest,
            source=stated.source.value,
            sequence=stated.sequence,
            status=stated.status.value,
            starts_at=stated.window.starts_at,
            ends_at=stated.window.ends_at,
            at=now,
            actor=actor,
            external_id=stated.external_id,
            stamp=stated.stamp,
            verdict=verdict.value,
        )
    )


def open_work(connection: Connection, stated: StatedWork, number: str, book: str, now: datetime) -> int:
    """Work of which nobody knew; its id."""
    made = connection.execute(
        insert(t.work).values(
            provider=stated.provider,
            external_id=number,
            sequence=max(stated.sequence, 0),
            status=stated.status.value,
            starts_at=stated.window.starts_at,
            ends_at=stated.window.ends_at,
            impact=stated.impact.value,
            playbook=book,
            zone=stated.zone,
            reason=stated.reason,
            received_at=now,
            updated_at=now,
        )
    ).inserted_primary_key
    assert made is not None
    work_id = int(made[0])
    _put_objects(connection, work_id, stated)
    return work_id


def apply(
    connection: Connection,
    known: KnownWork,
    stated: StatedWork,
    status: WorkStatus,
    window: Window,
    now: datetime,
) -> None:
    """The work as this statement has it; one that names no objects leaves those that are known."""
    connection.execute(
        update(t.work)
        .where(t.work.c.id == known.id)
        .values(
            sequence=max(stated.sequence, known.sequence),
            status=status.value,
            starts_at=window.starts_at,
            ends_at=window.ends_at,
            zone=stated.zone or known.zone,
            reason=stated.reason or known.reason,
            updated_at=now,
        )
    )
    if not stated.objects:
        return
    o = t.work_object.c
    # A provider writes to each account of ours by itself, and each of these words speaks of its own circuits alone.
    theirs = or_(o.account == stated.account, o.object_id.in_(stated.objects))
    connection.execute(delete(t.work_object).where(o.work_id == known.id, theirs))
    _put_objects(connection, known.id, stated)


def hold(connection: Connection, work_id: int, held: WorkHeld | None) -> None:
    """Why a person must look, or that nobody must."""
    connection.execute(update(t.work).where(t.work.c.id == work_id).values(held=held.value if held else None))


def follow_book(connection: Connection, work_id: int, book: str) -> None:
    """Give work the playbook that it had to wait for."""
    connection.execute(update(t.work).where(t.work.c.id == work_id).values(playbook=book))


def has_unknown(connection: Connection, work_id: int) -> bool:
    """Whether it hits something of which nobody has said which element it is."""
    return unknown_count(connection, work_id) > 0


def next_number(connection: Connection, ended: KnownWork, again: str) -> str:
    """A number that is free, for work that begins again under that of `ended`."""
    base = ended.external_id.partition(again)[0]
    w = t.work.c
    named = or_(w.external_id == base, w.external_id.startswith(base + again, autoescape=True))
    count = connection.execute(select(func.count()).where(w.provider == ended.provider, named)).scalar_one()
    return f"{base}{again}{count + 1}"


def _put_objects(connection: Connection, work_id: int, stated: StatedWork) -> None:
    if not stated.objects:
        return
    elements = elements_of(connection, stated.provider, stated.objects, stated.source)
    rows = [
        {
            "work_id": work_id,
            "object_id": one,
            "element_id": elements.get(one),
            "impact": stated.impact_on(one).value,
            "account": stated.account,
        }
        for one in stated.objects
    ]
    connection.execute(insert(t.work_object), rows)
    o = t.work_object.c
    # Of all accounts: what another one of ours was told stands too.
    worst = select(func.max(o.impact)).where(o.work_id == work_id).scalar_subquery()
    connection.execute(update(t.work).where(t.work.c.id == work_id).values(impact=worst))
