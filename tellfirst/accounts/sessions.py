"""Sessions: a random token for the browser, its hash in the books, and an end in any case."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, insert, or_, select, update

from tellfirst.accounts.keeping import Account, of_row
from tellfirst.domain.account import IDLE_FOR, LASTS_FOR, AccountState, stands
from tellfirst.store.engine import reading, writing
from tellfirst.store.tables import account, room_session

TOUCHED_EVERY = timedelta(minutes=1)
"""A session's last use is written at most so often: a look must not cost a transaction that writes."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is logged in. `csrf` stands in every form of theirs and is worth nothing in another session."""

    account: Account
    token: str = field(repr=False)

    @property
    def csrf(self) -> str:
        return csrf_of(self.token)


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def csrf_of(token: str) -> str:
    """What forms carry that belong to `token`: made of it, so that it cannot be known without it."""
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


def same(given: str, known: str) -> bool:
    """Whether they are one, in a time that does not depend on how much of them is."""
    return hmac.compare_digest(given.encode(), known.encode())


def begin(connection: Connection, it: Account, now: datetime) -> str:
    """A new session. Its token is always a new one: none that the browser brought is taken over."""
    token, s = new_token(), room_session.c
    over = or_(s.begun_at < now - LASTS_FOR, s.seen_at < now - IDLE_FOR)
    connection.execute(delete(room_session).where(over))
    values = {"token_hash": _hash(token), "account_id": it.id, "begun_at": now, "seen_at": now}
    connection.execute(insert(room_session).values(**values))
    return token


def find(engine: Engine, token: str, now: datetime, *, uses: bool = True) -> Session | None:
    """Whose session it is; None for one that has ended or never was. It is used by that, unless a page that looks by
    itself asks: an open window must not keep a session from ending idle."""
    if not token or len(token) > 100:
        return None
    s = room_session
    with reading(engine) as connection:
        row = connection.execute(
            select(account, s.c.begun_at, s.c.seen_at)
            .join(account, account.c.id == s.c.account_id)
            .where(s.c.token_hash == _hash(token))
        ).one_or_none()
    if row is None or row.state != AccountState.ACTIVE or not stands(row.begun_at, row.seen_at, now):
        return None
    if uses and now - row.seen_at >= TOUCHED_EVERY:
        with writing(engine) as connection:
            connection.execute(update(s).where(s.c.token_hash == _hash(token)).values(seen_at=now))
    return Session(of_row(row), token)


def end(connection: Connection, token: str) -> None:
    """Logged out; the token is worth nothing any more."""
    connection.execute(delete(room_session).where(room_session.c.token_hash == _hash(token)))


def _hash(token: str) -> str:
    # A plain hash will do for 256 random bits: there is nothing to guess.
    return hashlib.sha256(token.encode()).hexdigest()
