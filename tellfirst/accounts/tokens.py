"""Bearer tokens for programs: each belongs to an account and may what the account may."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, or_, select, update

from tellfirst.accounts.keeping import Account, of_row
from tellfirst.domain.account import AccountState
from tellfirst.domain.errors import NotFound
from tellfirst.store.tables import account, api_token

PREFIX = "tfa_"
"""By which a token that leaked into a repository is recognised."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A token without itself."""

    id: int
    account: str
    label: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


def make(
    connection: Connection, it: Account, label: str, now: datetime, expires_at: datetime | None
) -> tuple[int, str]:
    """Its number and the token itself, which is shown this once and kept by nobody."""
    token = PREFIX + secrets.token_urlsafe(32)
    key = connection.execute(
        insert(api_token).values(
            account_id=it.id,
            label=label,
            token_hash=_hash(token),
            created_at=now,
            expires_at=expires_at,
        )
    ).inserted_primary_key
    assert key is not None
    return int(key[0]), token


def bearer(connection: Connection, token: str, now: datetime) -> Account | None:
    """Whose token it is; None for one that is revoked, expired, unknown, or of a disabled account."""
    k = api_token.c
    row = connection.execute(
        select(account)
        .join(api_token, k.account_id == account.c.id)
        .where(
            k.token_hash == _hash(token),
            k.revoked_at.is_(None),
            or_(k.expires_at.is_(None), k.expires_at > now),
            account.c.state == AccountState.ACTIVE,
        )
    ).one_or_none()
    return of_row(row) if row is not None else None


def listed(connection: Connection) -> list[Listed]:
    """Every token there was, the newest first."""
    k = api_token.c
    rows = connection.execute(
        select(k.id, account.c.name, k.label, k.created_at, k.expires_at, k.revoked_at)
        .join(account, account.c.id == k.account_id)
        .order_by(k.id.desc())
    )
    return [Listed(*row) for row in rows]


def revoke(connection: Connection, token_id: int, now: datetime) -> str:
    """The name of its account. Raises NotFound for a number that is none, or of one that is revoked already."""
    k = api_token
    done = connection.execute(
        update(k).where(k.c.id == token_id, k.c.revoked_at.is_(None)).values(revoked_at=now)
    )
    if done.rowcount != 1:
        raise NotFound(f"there is no token {token_id} to revoke; `tellfirst account tokens` lists them")
    its = select(account.c.name).join(k, k.c.account_id == account.c.id).where(k.c.id == token_id)
    return str(connection.execute(its).scalar_one())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
