"""Keeps work that one of our own states by a form or at the command line."""

from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, insert, select

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.work import StatedWork, WorkHeld
from tellfirst.store import tables as t


def record(connection: Connection, stated: StatedWork, playbook: str, now: datetime, actor: str) -> int:
    """The id of the new work; it is held where an element is not known to the network.

    Raises RuleBroken, and keeps nothing, for work that is over and for a number the provider has used.
    """
    if stated.window.ends_at <= now:
        raise RuleBroken("the work is over already; open an incident if something is broken")
    w = t.work.c
    same = (w.provider == stated.provider, w.external_id == stated.external_id)
    if connection.scalar(select(w.id).where(*same)) is not None:
        raise RuleBroken(
            f"{stated.provider} has announced {stated.external_id} already; choose another number"
        )
    known = set(connection.scalars(select(t.element.c.id).where(t.element.c.id.in_(stated.objects))))
    values = {
        "provider": stated.provider,
        "external_id": stated.external_id,
        "sequence": stated.sequence,
        "status": stated.status,
        "starts_at": stated.window.starts_at,
        "ends_at": stated.window.ends_at,
    }
    more = {"impact": stated.impact, "playbook": playbook, "zone": stated.zone, "reason": stated.reason}
    held = WorkHeld.UNKNOWN_CIRCUIT if known != set(stated.objects) else None
    key = connection.execute(
        insert(t.work).values(**values, **more, held=held, received_at=now, updated_at=now)
    ).inserted_primary_key
    assert key is not None
    work_id = int(key[0])
    for one in stated.objects:
        element = one if one in known else None
        connection.execute(insert(t.work_object).values(work_id=work_id, object_id=one, element_id=element))
    digest = sha256(f"{stated.provider}\0{stated.external_id}\0{stated.sequence}".encode()).hexdigest()
    kept = {name: values[name] for name in ("sequence", "status", "starts_at", "ends_at")}
    connection.execute(
        insert(t.work_statement).values(
            work_id=work_id, digest=digest, source=stated.source, at=now, actor=actor, **kept
        )
    )
    return work_id
