"""Wrong passwords are counted, by name and address and by name alone, before they are looked at."""

from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, delete, select

from tellfirst.domain.account import (
    FREE_TRIES,
    FREE_TRIES_OF_NAME,
    LONGEST_WAIT,
    LONGEST_WAIT_OF_NAME,
    TRIES_KEPT_FOR,
    wait_after,
)
from tellfirst.domain.errors import Refused
from tellfirst.store.inserting import insert_into
from tellfirst.store.tables import login_try


def count_try(connection: Connection, name: str, address: str, now: datetime) -> None:
    """Count it as failed, which a right password takes back: then many at once are no more than one after the other.

    Raises Refused (429), and counts nothing, while this name must wait. It does so for names nobody has, too.
    """
    tries = login_try
    connection.execute(delete(tries).where(tries.c.last_at < now - TRIES_KEPT_FOR))
    limits = (
        (_key(name, address), FREE_TRIES, LONGEST_WAIT),
        (_key(name), FREE_TRIES_OF_NAME, LONGEST_WAIT_OF_NAME),
    )
    waits = [_wait(connection, key, free, longest, now) for key, free, longest in limits]
    if (wait := max(waits)) > timedelta(0):
        seconds = max(1, round(wait.total_seconds()))
        raise Refused("too_many_tries", f"too many wrong passwords; try again in {seconds} s", 429)
    for key, _, _ in limits:
        counted = insert_into(connection, tries).values(key=key, failure_count=1, last_at=now)
        more = {"failure_count": tries.c.failure_count + 1, "last_at": now}
        connection.execute(counted.on_conflict_do_update(index_elements=["key"], set_=more))


def forget(connection: Connection, name: str, address: str = "") -> None:
    """The password was right, or is a new one."""
    keys = [_key(name), *([_key(name, address)] if address else [])]
    connection.execute(delete(login_try).where(login_try.c.key.in_(keys)))


def _wait(connection: Connection, key: str, free: int, longest: timedelta, now: datetime) -> timedelta:
    row = connection.execute(select(login_try).where(login_try.c.key == key)).one_or_none()
    if row is None:
        return timedelta(0)
    until: datetime = row.last_at + wait_after(row.failure_count, free, longest)
    return max(until - now, timedelta(0))


def _key(name: str, address: str = "") -> str:
    return sha256(f"{name.strip().casefold()[:200]}\0{address}".encode()).hexdigest()
