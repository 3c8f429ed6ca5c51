"""What a database's refusal means for people: what is wrong, and what mends it. Codes decide, never texts."""

from typing import NamedTuple

from sqlalchemy.exc import DBAPIError, SQLAlchemyError


class Fault(NamedTuple):
    """A closed word to count by, and what to do."""

    word: str
    cure: str


FULL = Fault("disk_full", "its disk is full; make room, nothing is deleted to make any")
READ_ONLY = Fault("read_only", "it may only be read; give the account the right to write it")
LOCKED = Fault("locked", "another process has held its write lock for too long; find which one")
DAMAGED = Fault("damaged", "its file is damaged or no database; put a backup back and reconcile")
UNREADABLE = Fault("unreadable", "its file cannot be read or written; look at the disk and the permissions")
AWAY = Fault("away", "it cannot be reached; start it, or mend TELLFIRST_DATABASE_URL")
TOO_SLOW = Fault("too_slow", "a statement ran longer than it may; look for locks and for what else it does")
CROWDED = Fault("crowded", "it takes no more connections; raise its limit, or run fewer processes")
OTHER = Fault("failed", "`tellfirst doctor` says what is wrong")

ON_SQLITE = {
    "SQLITE_FULL": FULL,
    "SQLITE_READONLY": READ_ONLY,
    "SQLITE_BUSY": LOCKED,
    "SQLITE_LOCKED": LOCKED,
    "SQLITE_CORRUPT": DAMAGED,
    "SQLITE_NOTADB": DAMAGED,
    "SQLITE_CANTOPEN": UNREADABLE,
    "SQLITE_IOERR": UNREADABLE,
    "SQLITE_PERM": UNREADABLE,
}
"""Result codes of sqlite.org/rescode.html; an extended one begins with its primary one."""
ON_POSTGRESQL = {
    "53100": FULL,
    "53300": CROWDED,
    "25006": READ_ONLY,
    "25P03": TOO_SLOW,
    "55P03": LOCKED,
    "57014": TOO_SLOW,
    "57P": AWAY,
    "08": AWAY,
    "XX001": DAMAGED,
}
"""SQLSTATE, PostgreSQL documentation, appendix A; a shorter key is the class."""


def fault_of(failure: SQLAlchemyError) -> Fault:
    """What `failure` comes from; its own text may hold values of the statement, and is for nobody."""
    if not isinstance(failure, DBAPIError) or failure.orig is None:
        return OTHER
    name = getattr(failure.orig, "sqlite_errorname", None)
    if name is not None:
        return next((fault for code, fault in ON_SQLITE.items() if name.startswith(code)), OTHER)
    state = getattr(failure.orig, "sqlstate", None)
    if state is None:
        # psycopg has no code for a server that does not answer at all.
        return AWAY if failure.connection_invalidated or _never_connected(failure) else OTHER
    return next((fault for code, fault in ON_POSTGRESQL.items() if state.startswith(code)), OTHER)


def _never_connected(failure: DBAPIError) -> bool:
    return type(failure.orig).__name__ in {"OperationalError", "ConnectionTimeout"}
