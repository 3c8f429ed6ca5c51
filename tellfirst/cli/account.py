"""`tellfirst account`: who may come into the control room and its API. Passwords are typed or piped, never words."""

import getpass
import sys
from datetime import timedelta
from typing import Annotated, Any

from cyclopts import App, Parameter

from tellfirst.accounts import keeping, tokens
from tellfirst.accounts.audit import audit
from tellfirst.accounts.keeping import Account
from tellfirst.accounts.passwords import hash_of
from tellfirst.bootstrap import World, world
from tellfirst.cli.spans import span
from tellfirst.cli.typist import typist
from tellfirst.domain.account import Role, clean_name, clean_password
from tellfirst.domain.audit import Audited
from tellfirst.domain.errors import RuleBroken
from tellfirst.printing import err, out, show_json, show_table
from tellfirst.store.engine import reading, writing

app = App(name="account", help="Accounts of the control room: names, roles, passwords and tokens.")
Name = Annotated[str, Parameter(help="Like asha.")]
Roles = Annotated[
    list[Role],
    Parameter(help="viewer, operator, approver, admin; several are listed.", consume_multiple=True),
]
Json = Annotated[bool, Parameter(help="Print for programs.", negative="")]


@app.command
def add(name: Name, /, *, roles: Roles) -> None:
    """Add an account; its password is asked for, or read as one line from standard input."""
    here = world()
    kept = clean_name(name)
    with reading(here.engine) as connection:
        if keeping.kept_password(connection, kept):
            raise RuleBroken(f"there is an account {kept} already; `tellfirst account list` shows it")
    hashed = hash_of(clean_password(kept, _password()))
    with writing(here.engine) as connection:
        it = keeping.add(connection, kept, hashed, roles, here.wall.now())
        _audit(here, connection, Audited.ACCOUNT_ADDED, account=it.name, roles=sorted(it.roles))
    out.print(f"{it.name} may come in as {_said(it)}: {here.settings.web_url}/room")


@app.command(name="list")
def list_(*, json: Json = False) -> None:
    """Every account with its roles; disabled ones stay in the list, for the audit names them."""
    with reading(world().engine) as connection:
        found = keeping.listed(connection)
    rows = [
        {"account": one.name, "roles": _said(one), "state": one.state.value, "since": one.created_at}
        for one in found
    ]
    show_json(rows) if json else show_table(
        "Accounts", rows, empty="none; `tellfirst account add NAME --roles admin`"
    )


@app.command
def password(name: Name, /) -> None:
    """Give an account a new password: its sessions end and its tokens are revoked."""
    here = world()
    with reading(here.engine) as connection:
        it = keeping.by_name(connection, name)
    hashed = hash_of(clean_password(it.name, _password()))
    with writing(here.engine) as connection:
        keeping.set_password(connection, it.name, hashed, here.wall.now())
        _audit(here, connection, Audited.PASSWORD_CHANGED, account=it.name)
    out.print(f"{it.name} has a new password; all its sessions have ended and its tokens are revoked")


@app.command
def roles(name: Name, /, *, roles: Roles) -> None:
    """Give an account these roles instead of those it has; they hold from its next request on."""
    here = world()
    with writing(here.engine) as connection:
        it = keeping.set_roles(connection, name, roles)
        _audit(here, connection, Audited.ROLES_CHANGED, account=it.name, roles=sorted(it.roles))
    out.print(f"{it.name} is {_said(it)} now")


@app.command
def disable(name: Name, /) -> None:
    """Shut an account out at once, sessions and tokens included; what it did stays in the audit."""
    here = world()
    with writing(here.engine) as connection:
        it = keeping.disable(connection, name, here.wall.now())
        _audit(here, connection, Audited.ACCOUNT_DISABLED, account=it.name)
    out.print(f"{it.name} is shut out")


@app.command
def enable(name: Name, /) -> None:
    """Let a disabled account in again, with the password it had."""
    here = world()
    with writing(here.engine) as connection:
        it = keeping.enable(connection, name)
        _audit(here, connection, Audited.ACCOUNT_ENABLED, account=it.name)
    out.print(f"{it.name} may come in again as {_said(it)}")


@app.command
def token(
    name: Name,
    /,
    *,
    label: Annotated[str, Parameter(help="What it is for, like helpdesk-integration.")],
    lasts: Annotated[str, Parameter(help="For how long, like 90d; for ever when left out.")] = "",
) -> None:
    """Make a bearer token for the JSON API; it is printed this once, and may what the account may."""
    here = world()
    now = here.wall.now()
    expires_at = now + _lasting(lasts) if lasts else None
    with writing(here.engine) as connection:
        it = keeping.by_name(connection, name)
        number, made = tokens.make(connection, it, label.strip(), now, expires_at)
        _audit(here, connection, Audited.TOKEN_MADE, account=it.name, token=number)
    err.print(
        f"token {number} of {it.name}; it is not shown again (`tellfirst account revoke {number}` ends it)"
    )
    sys.stdout.write(f"{made}\n")


@app.command(name="tokens")
def tokens_(*, json: Json = False) -> None:
    """Every token with its label, never itself."""
    with reading(world().engine) as connection:
        found = tokens.listed(connection)
    rows = [
        {
            "token": one.id,
            "account": one.account,
            "label": one.label,
            "made": one.created_at,
            "expires": one.expires_at,
            "revoked": one.revoked_at,
        }
        for one in found
    ]
    show_json(rows) if json else show_table("Tokens", rows, empty="none")


@app.command
def revoke(number: Annotated[int, Parameter(help="Its number in `tellfirst account tokens`.")], /) -> None:
    """End a token at once."""
    here = world()
    with writing(here.engine) as connection:
        name = tokens.revoke(connection, number, here.wall.now())
        _audit(here, connection, Audited.TOKEN_REVOKED, account=name, token=number)
    out.print(f"token {number} of {name} is worth nothing any more")


def _password() -> str:
    """Typed twice at a terminal, else the first line of standard input. Raises RuleBroken."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    typed = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != typed:
        raise RuleBroken("these were two different passwords; nothing was changed")
    return typed


def _lasting(typed: str) -> timedelta:
    days, unit = typed[:-1], typed[-1:]
    return timedelta(days=int(days)) if unit == "d" and days.isdecimal() else span(typed)


def _said(it: Account) -> str:
    return ", ".join(sorted(it.roles))


def _audit(here: World, connection: Any, what: Audited, **details: Any) -> None:
    audit(connection, typist(), what, here.clock.now(), **details)
