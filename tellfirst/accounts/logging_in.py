"""Logging in and out. Who is refused learns neither whether there is such an account nor what was wrong."""

from datetime import datetime

from sqlalchemy import Engine

from tellfirst.accounts import sessions
from tellfirst.accounts.audit import audit
from tellfirst.accounts.keeping import kept_password
from tellfirst.accounts.login_tries import count_try, forget
from tellfirst.accounts.passwords import matches
from tellfirst.domain.account import AccountState
from tellfirst.domain.audit import Actor, Audited, Through
from tellfirst.domain.errors import Refused
from tellfirst.store.engine import reading, writing

WRONG = "name and password do not belong together"


def log_in(engine: Engine, name: str, password: str, address: str, wall: datetime, now: datetime) -> str:
    """The token of a new session. `wall` is the machine's clock, by which sessions last; `now` the audit's.

    The password is compared between two transactions: nobody waits for Argon2. Raises Refused: 401 for a name and a
    password that do not belong together, 429 while this name must wait, 503 when too many log in.
    """
    with writing(engine) as connection:
        count_try(connection, name, address, wall)
    with reading(engine) as connection:
        known = kept_password(connection, name)
    allowed = known is not None and known[0].state is AccountState.ACTIVE
    right = matches(known[1] if known and allowed else None, password)
    if known is None or not right:
        if known is not None:
            with writing(engine) as connection:
                audit(connection, Actor(known[0].name, Through.ROOM), Audited.LOGIN_REFUSED, now)
        raise Refused("bad_login", WRONG, 401)
    it = known[0]
    with writing(engine) as connection:
        if kept_password(connection, name) != known:
            # Disabled, or given another password, while this one was compared.
            raise Refused("bad_login", WRONG, 401)
        forget(connection, name, address)
        audit(connection, Actor(it.name, Through.ROOM), Audited.LOGGED_IN, now)
        return sessions.begin(connection, it, wall)


def log_out(engine: Engine, it: sessions.Session, now: datetime) -> None:
    """The session is over."""
    with writing(engine) as connection:
        sessions.end(connection, it.token)
        audit(connection, Actor(it.account.name, Through.ROOM), Audited.LOGGED_OUT, now)
