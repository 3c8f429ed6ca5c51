"""Accounts as they are kept: added, given roles and passwords, disabled; never removed, for the audit names them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from tellfirst.accounts.login_tries import forget
from tellfirst.domain.account import AccountState, Right, Role, rights_of
from tellfirst.domain.errors import NotFound, RuleBroken
from tellfirst.store.tables import account, api_token, room_session


@dataclass(frozen=True, slots=True)
class Account:
    """Who somebody is and what they may do; not their password."""

    id: int
    name: str
    roles: frozenset[Role]
    state: AccountState
    created_at: datetime

    def may(self, right: Right) -> bool:
        """A disabled account may nothing."""
        return self.state is AccountState.ACTIVE and right in rights_of(self.roles)


def add(
    connection: Connection, name: str, password_hash: str, roles: Iterable[Role], now: datetime
) -> Account:
    """Raises RuleBroken for a name that is taken, also by a disabled account: the audit must not mean two people."""
    if _row(connection, name) is not None:
        raise RuleBroken(f"there is an account {name} already; `tellfirst account list` shows it")
    connection.execute(
        insert(account).values(
            name=name,
            password_hash=password_hash,
            roles=sorted(_some(roles)),
            state=AccountState.ACTIVE,
            created_at=now,
            password_at=now,
        )
    )
    return by_name(connection, name)


def by_name(connection: Connection, name: str) -> Account:
    """Raises NotFound."""
    row = _row(connection, name)
    if row is None:
        raise NotFound(f"there is no account {name}; `tellfirst account list` shows them")
    return _account(row)


def listed(connection: Connection) -> list[Account]:
    """All, by name."""
    return [_account(row) for row in connection.execute(select(account).order_by(account.c.name))]


def kept_password(connection: Connection, name: str) -> tuple[Account, str] | None:
    """The account with the hash of its password; None when there is no such account."""
    row = _row(connection, name)
    return (_account(row), str(row.password_hash)) if row is not None else None


def set_password(connection: Connection, name: str, password_hash: str, now: datetime) -> Account:
    """All its sessions end and its tokens are revoked: whoever had the old password keeps no way in."""
    it = by_name(connection, name)
    values = {"password_hash": password_hash, "password_at": now}
    connection.execute(update(account).where(account.c.id == it.id).values(**values))
    _shut_out(connection, it, now)
    forget(connection, name)
    return it


def set_roles(connection: Connection, name: str, roles: Iterable[Role]) -> Account:
    """They hold from its next request on."""
    it = by_name(connection, name)
    connection.execute(update(account).where(account.c.id == it.id).values(roles=sorted(_some(roles))))
    return by_name(connection, name)


def disable(connection: Connection, name: str, now: datetime) -> Account:
    """Its sessions end and its tokens are revoked."""
    it = by_name(connection, name)
    connection.execute(update(account).where(account.c.id == it.id).values(state=AccountState.DISABLED))
    _shut_out(connection, it, now)
    return it


def enable(connection: Connection, name: str) -> Account:
    """It may log in again with the password it had."""
    it = by_name(connection, name)
    connection.execute(update(account).where(account.c.id == it.id).values(state=AccountState.ACTIVE))
    return it


def is_empty(connection: Connection) -> bool:
    """Whether nobody has an account yet."""
    return connection.execute(select(account.c.id).limit(1)).first() is None


def of_row(row: Row[Any]) -> Account:
    """The account of a row that has its columns."""
    return _account(row)


def _shut_out(connection: Connection, it: Account, now: datetime) -> None:
    connection.execute(delete(room_session).where(room_session.c.account_id == it.id))
    its = (api_token.c.account_id == it.id, api_token.c.revoked_at.is_(None))
    connection.execute(update(api_token).where(*its).values(revoked_at=now))


def _some(roles: Iterable[Role]) -> frozenset[Role]:
    wanted = frozenset(roles)
    if not wanted:
        raise RuleBroken(f"give the account at least one role: {', '.join(Role)}")
    return wanted


def _row(connection: Connection, name: str) -> Row[Any] | None:
    return connection.execute(select(account).where(account.c.name == name.strip().casefold())).one_or_none()


def _account(row: Row[Any]) -> Account:
    roles = frozenset(Role(role) for role in row.roles)
    return Account(row.id, row.name, roles, AccountState(row.state), row.created_at)
