"""Passwords: Argon2id with the second recommended parameters of RFC 9106, section 4 (3 passes, 64 MiB, 4 lanes)."""

from functools import lru_cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from tellfirst.domain.account import one_form
from tellfirst.domain.errors import Refused

AT_ONCE = 2
"""Each takes 64 MiB and a tenth of a second of all cores: forty at once would take the machine from the ledger."""
WAITS_FOR_TURN = 5.0
"""Seconds."""

_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
_turns = BoundedSemaphore(AT_ONCE)


def hash_of(password: str) -> str:
    """What is kept of a password."""
    return _hasher.hash(one_form(password))


def matches(kept: str | None, typed: str) -> bool:
    """Whether it is the password. Without one to compare with it takes as long and says no.

    Raises Refused (503) when too many others are being compared.
    """
    if not _turns.acquire(timeout=WAITS_FOR_TURN):
        raise Refused("busy", "too many are logging in at this moment; try again in a few seconds", 503)
    try:
        return _hasher.verify(kept or _nobodys(), one_form(typed)) and kept is not None
    except (VerificationError, InvalidHashError):
        return False
    finally:
        _turns.release()


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _hasher.hash("nobody has this password")
