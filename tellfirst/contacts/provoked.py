"""May this text leave? Asked for every text that anybody can make us send, in the transaction that would send it.

Counted in the database: what one process does not see another one pays for.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, delete, or_, select
from sqlalchemy.sql.dml import ReturningInsert

from tellfirst.domain.erasing import Kind, digest
from tellfirst.domain.occasion import Channel
from tellfirst.domain.provoked import (
    ATTACKS,
    CEILINGS,
    ORDER,
    Ceilings,
    Purpose,
    Scope,
    Trip,
    calling_code,
    hour_of,
    subjects,
)
from tellfirst.store import tables as t
from tellfirst.store.inserting import insert_into, insert_of
from tellfirst.store.prepared import Prepared, parameters, text

log = logging.getLogger(__name__)
KEPT_FOR = timedelta(days=2)
NUMBERS = (Channel.WHATSAPP, Channel.VOICE, Channel.FAX)
"""Channels whose contact points are numbers."""


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
    # By purpose: whoever has texted us much still gets a code.
    counted = subjects(number, country, f"{purpose} {digest(key, Kind.NUMBER, number)}")
    known = bool(_KNOWN.run(connection, number=number).scalar())
    if served and not known and country not in served:
        trip: Trip | None = Trip.NOT_SERVED
    else:
        trip = _tripped(connection, CEILINGS[purpose], counted, hour_at, known=known)
    if trip in ATTACKS:
        of_what = {Trip.PREFIX: counted[Scope.PREFIX], Trip.TOTAL: ""}.get(trip, country)
        _alarm(connection, trip, of_what, hour_at, now)
    return trip


def forget_old(connection: Connection, now: datetime) -> int:
    """Counts of hours that are over."""
    p = t.provoked_text
    return connection.execute(delete(p).where(p.c.hour_at < hour_of(now) - KEPT_FOR)).rowcount


def _tripped(
    connection: Connection,
    ceilings: Ceilings,
    counted: Mapping[Scope, str],
    hour_at: datetime,
    *,
    known: bool,
) -> Trip | None:
    """The narrowest first, and none beyond the first that is over: one number that asks on and on holds up itself."""
    for scope, trip in ORDER:
        if known and scope is not Scope.NUMBER:
            return None
        asked = _COUNT.run(
            connection, hour_at=hour_at, scope=scope.value, subject=counted[scope]
        ).scalar_one()
        if asked > ceilings.of(scope):
            return trip
    return None


def _known(_dialect: str) -> Select[tuple[bool]]:
    c, p = t.customer.c, t.contact_point.c
    number = text("number")
    own = select(c.id).where(c.phone == number)
    return select(
        or_(own.exists(), select(p.customer_id).where(p.channel.in_(NUMBERS), p.address == number).exists())
    )


def _count(dialect: str) -> ReturningInsert[tuple[int]]:
    p = t.provoked_text
    names = parameters(p, "hour_at", "scope", "subject")
    insert = insert_of(dialect, p).values(**names, count=1)
    return insert.on_conflict_do_update(index_elements=list(names), set_={"count": p.c.count + 1}).returning(
        p.c.count
    )


_KNOWN, _COUNT = Prepared(_known), Prepared(_count)


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
