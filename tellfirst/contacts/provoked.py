"""May this text leave? Asked for every text that anybody can make us send, in the transaction that would send it.

Counted in the database: what one process does not see another one pays for.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, exists, or_, select

from tellfirst.contacts.callers import of_number
from tellfirst.domain.erasing import Kind, digest
from tellfirst.domain.provoked import (
    ATTACKS,
    CEILINGS,
    Purpose,
    Scope,
    Trip,
    calling_code,
    hour_of,
    subjects,
    tripped,
)
from tellfirst.store import tables as t
from tellfirst.store.inserting import insert_into

log = logging.getLogger(__name__)
KEPT_FOR = timedelta(days=2)


def withheld(
    connection: Connection,
    purpose: Purpose,
    number: str,
    key: bytes,
    now: datetime,
    served: frozenset[str] = frozenset(),
) -> Trip | None:
    """Why a text to `number` (E.164) must not leave; None, and counted, when it may.

    `key` hashes the number, which is not kept. `served` are calling codes of countries; empty: all of them. What
    looks like an attack is written down for the control room, once an hour for each reason.
    """
    country, hour_at = calling_code(number), hour_of(now)
    counted = subjects(number, country, digest(key, Kind.NUMBER, number))
    known = bool(connection.scalar(select(exists().where(of_number(number)))))
    counts = _counts(connection, counted, hour_at)
    trip = tripped(CEILINGS[purpose], counts, known=known)
    if served and not known and country not in served:
        trip = Trip.NOT_SERVED
    if trip is None:
        _count(connection, counted if not known else {Scope.NUMBER: counted[Scope.NUMBER]}, hour_at)
        return None
    if trip in ATTACKS:
        of_what = {Trip.PREFIX: counted[Scope.PREFIX], Trip.TOTAL: ""}.get(trip, country)
        _alarm(connection, trip, of_what, hour_at, now)
    return trip


def forget_old(connection: Connection, now: datetime) -> int:
    """Counts of hours that are over."""
    p = t.provoked_text
    return connection.execute(delete(p).where(p.c.hour_at < hour_of(now) - KEPT_FOR)).rowcount


def _counts(connection: Connection, counted: Mapping[Scope, str], hour_at: datetime) -> dict[Scope, int]:
    p = t.provoked_text.c
    these = or_(*(and_(p.scope == scope, p.subject == subject) for scope, subject in counted.items()))
    rows = connection.execute(select(p.scope, p.count).where(p.hour_at == hour_at, these))
    return {Scope(row.scope): row[1] for row in rows}


def _count(connection: Connection, counted: Mapping[Scope, str], hour_at: datetime) -> None:
    p = t.provoked_text
    rows = [
        {"hour_at": hour_at, "scope": scope, "subject": subject, "count": 1}
        for scope, subject in counted.items()
    ]
    one_more = {"count": p.c.count + 1}
    key = ["hour_at", "scope", "subject"]
    connection.execute(
        insert_into(connection, p).on_conflict_do_update(index_elements=key, set_=one_more), rows
    )


def _alarm(connection: Connection, trip: Trip, subject: str, hour_at: datetime, now: datetime) -> None:
    a = t.provoked_alarm
    insert = insert_into(connection, a).values(
        hour_at=hour_at, reason=trip, subject=subject, at=now, withheld_count=1
    )
    one_more = {"withheld_count": a.c.withheld_count + 1}
    known = insert.on_conflict_do_update(index_elements=["hour_at", "reason", "subject"], set_=one_more)
    many = connection.scalar(known.returning(a.c.withheld_count))
    if many == 1:
        # The line that a watcher of logs pages by; a range of numbers and a country are nobody's.
        log.error("texts are withheld: %s %s; somebody makes money of them", trip, subject)
