"""Who works in the control room: what a role may do, when a session ends, and how long a wrong password waits."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from tellfirst.domain.errors import RuleBroken


class Role(StrEnum):
    """An account may have several; none of them holds another."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    APPROVER = "approver"
    ADMIN = "admin"


class Right(StrEnum):
    """What is asked for at a door."""

    LOOK = "look"
    """Counts, times and states: nothing about a single customer."""
    CUSTOMERS = "customers"
    """Lists of customers, and what a single one was told or wrote. Every such look is audited."""
    SPEAK = "speak"
    """Post a word, declare restored, take an incident, withdraw a cause, let work start and end."""
    ANSWER = "answer"
    """Take what a customer brought, answer it, pass it on, close it."""
    STOP = "stop"
    """Stop and hold sending, and let it go on."""
    APPROVE = "approve"
    """Let many customers be told, or not."""
    AUDIT = "audit"
    """Who looked at whom, and who did what."""


class AccountState(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.LOOK}),
    Role.OPERATOR: frozenset({Right.LOOK, Right.CUSTOMERS, Right.SPEAK, Right.ANSWER, Right.STOP}),
    Role.APPROVER: frozenset({Right.LOOK, Right.CUSTOMERS, Right.STOP, Right.APPROVE}),
    Role.ADMIN: frozenset({Right.LOOK, Right.AUDIT}),
}
"""An admin reads the audit and approves nothing: who watches is not who acts."""

IDLE_FOR = timedelta(minutes=30)
LASTS_FOR = timedelta(hours=12)
"""A session ends so long after it was last used, and so long after it began, whichever comes first."""

PASSWORD_LENGTH = range(15, 257)
"""NIST SP 800-63B-4, 3.1.1.2: at least 15 where a password is the only factor; 64 or more must be allowed, and no
rules of composition."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_TAKEN = frozenset({"tellfirst", "form", "system"})
"""Authors that are no persons."""

FREE_TRIES, FREE_TRIES_OF_NAME = 5, 30
"""Wrong passwords for one name from one address, and for one name from anywhere, before anybody waits."""
LONGEST_WAIT, LONGEST_WAIT_OF_NAME = timedelta(minutes=15), timedelta(seconds=30)
"""The second is short: whoever guesses from many addresses must not lock a person out while there is an outage."""
TRIES_KEPT_FOR = timedelta(days=1)


def rights_of(roles: Iterable[Role]) -> frozenset[Right]:
    """All that these roles may do together."""
    return frozenset().union(*(RIGHTS[role] for role in roles))


def stands(begun_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """Whether a session is still one."""
    return now - begun_at < LASTS_FOR and now - seen_at < IDLE_FOR


def wait_after(failures: int, free: int, longest: timedelta) -> timedelta:
    """How long after its `failures`-th wrong password the next one is looked at: nothing, then 1, 2, 4 … seconds."""
    if failures < free:
        return timedelta(0)
    return min(longest, timedelta(seconds=2 ** min(failures - free, 20)))


def clean_name(typed: str) -> str:
    """The name as it is kept. Raises RuleBroken for one that cannot be an account's."""
    name = typed.strip().casefold()
    if not _NAME.fullmatch(name) or name in _TAKEN:
        raise RuleBroken(
            f"{typed.strip()[:60]!r} cannot be the name of an account; take 2 to 40 of a-z, 0-9, '.', '-' and '_', "
            "beginning with a letter or a digit"
        )
    return name


def one_form(password: str) -> str:
    """Signs that can be typed in several ways are one sign (NIST SP 800-63B-4, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def clean_password(name: str, typed: str) -> str:
    """The password as it is hashed.

    Raises RuleBroken, without a word of it, when it is too short, too long, or made of little but the name.
    """
    password = one_form(typed)
    if len(password) not in PASSWORD_LENGTH:
        raise RuleBroken(
            f"a password has {PASSWORD_LENGTH.start} to {PASSWORD_LENGTH.stop - 1} characters; several words will do"
        )
    if len(set(password.casefold())) < 5 or len(password.casefold().replace(name, "")) < 8:
        raise RuleBroken(
            "this password is guessed too easily; several words that nobody connects with you will do"
        )
    return password
