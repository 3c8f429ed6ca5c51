"""Who was erased and must not come back by a later import: recognised by keyed hashes, never by what they hash."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, exists, or_, select

from tellfirst.domain.erasing import RECYCLED_AFTER, Kind, digest
from tellfirst.store import tables as t
from tellfirst.store.inserting import insert_into

AT_ONCE = 500
"""Hashes in one look: SQLite takes 999 values a statement in old builds."""
Named = tuple[Kind, str]
"""A value and what it is."""


def suppress(connection: Connection, key: bytes, values: Iterable[Named], now: datetime) -> int:
    """Keep `values` from coming back: a reference for good, an address until it may be somebody else's."""
    rows = [
        {
            "digest": digest(key, kind, value),
            "kind": kind,
            "at": now,
            "until_at": None if kind is Kind.REFERENCE else now + RECYCLED_AFTER,
        }
        for kind, value in values
    ]
    if not rows:
        return 0
    insert = insert_into(connection, t.suppression)
    again = {name: insert.excluded[name] for name in ("at", "until_at")}
    connection.execute(insert.on_conflict_do_update(index_elements=["digest"], set_=again), rows)
    return len(rows)


def lift(connection: Connection, key: bytes, values: Iterable[Named]) -> int:
    """They may come back: by their own wish, or because the address is another's now. How many were suppressed."""
    digests = [digest(key, kind, value) for kind, value in values]
    s = t.suppression
    return connection.execute(delete(s).where(s.c.digest.in_(digests))).rowcount


def any_in_force(connection: Connection, now: datetime) -> bool:
    """Whether anybody is: most houses look at a million rows for nothing."""
    return bool(connection.scalar(select(exists().where(_in_force(now)))))


def in_force(connection: Connection, digests: Iterable[str], now: datetime) -> frozenset[str]:
    """Those of `digests` that must not come back."""
    s, wanted = t.suppression.c, list(digests)
    found: set[str] = set()
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        found |= set(connection.scalars(select(s.digest).where(s.digest.in_(part), _in_force(now))))
    return frozenset(found)


def forget_old(connection: Connection, now: datetime) -> int:
    """Hashes of addresses that may be somebody else's by now."""
    s = t.suppression
    return connection.execute(delete(s).where(s.c.until_at <= now)).rowcount


def _in_force(now: datetime) -> ColumnElement[bool]:
    s = t.suppression.c
    return or_(s.until_at.is_(None), s.until_at > now)
