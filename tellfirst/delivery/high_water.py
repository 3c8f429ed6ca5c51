"""The high-water mark: how a process knows that its database is older than what it has sent.

Every window raises the database's epoch in the transaction of its intent, and the process keeps the epoch in a file
of its home before the first call. A database that stands below the file was put back from a backup, or is a standby
that missed the last commits: by its books, messages wait that have left long ago.
"""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select, update
from sqlalchemy.sql.dml import ReturningInsert

from tellfirst.delivery import stopping
from tellfirst.delivery.stopping import RESTORED_BACKUP
from tellfirst.domain.delivery import StopEffect
from tellfirst.store.inserting import insert_into, insert_of
from tellfirst.store.prepared import Prepared
from tellfirst.store.tables import ledger_mark

log = logging.getLogger(__name__)
FILE = "epoch"
"""In the installation's home."""
WIDTH = 20
GAP = 1_000_000
"""How far a restored database is put ahead: it then stands above the files of all other homes too, and one hold and
one reconciliation serve for all of them."""


@dataclass(frozen=True, slots=True)
class HighWater:
    """The highest epoch a home has seen; several processes share it. Without a file there is none to keep."""

    file: Path | None = None

    def seen(self) -> int:
        """0 when nothing was sent from here yet, or the file cannot be read as a number."""
        if self.file is None:
            return 0
        try:
            return _number(self.file.read_bytes())
        except FileNotFoundError:
            return 0

    def rise_to(self, epoch: int) -> None:
        """Keep `epoch` unless a higher one is kept. Raises OSError when it cannot be written: then send nothing.

        One write of a fixed width into a file that exists: a kill cannot tear it, and a full disk has room for it.
        """
        if self.file is None:
            return
        with _locked(self.file) as file:
            if epoch > _number(os.pread(file, WIDTH, 0)):
                os.pwrite(file, f"{epoch:0{WIDTH}}".encode(), 0)


NO_HIGH_WATER = HighWater()


def epoch(connection: Connection) -> int:
    """The database's own."""
    return _EPOCH.run(connection).scalar() or 0


def rise(connection: Connection) -> int:
    """One higher, in the transaction of an intent; the new one."""
    risen: int | None = _RISE.run(connection).scalar()
    if risen is not None:
        return risen
    first: int = _FIRST.run(connection).scalar_one()
    return first


def _first(dialect: str) -> ReturningInsert[tuple[int]]:
    return (
        insert_of(dialect, ledger_mark)
        .values(id=1, epoch=1)
        .on_conflict_do_update(index_elements=["id"], set_={"epoch": ledger_mark.c.epoch + 1})
        .returning(ledger_mark.c.epoch)
    )


_FIRST = Prepared(_first)
_EPOCH = Prepared(lambda _: select(ledger_mark.c.epoch))
_RISE = Prepared(
    lambda _: update(ledger_mark).values(epoch=ledger_mark.c.epoch + 1).returning(ledger_mark.c.epoch)
)


def touch(connection: Connection) -> None:
    """Write the mark as it stands: whoever can commit this can keep books."""
    connection.execute(
        insert_into(connection, ledger_mark)
        .values(id=1, epoch=0)
        .on_conflict_do_update(index_elements=["id"], set_={"epoch": ledger_mark.c.epoch})
    )


def hold_if_older(connection: Connection, seen: int, now: datetime) -> bool:
    """Hold everything when the database stands below what was `seen` before this transaction began.

    Whether it does. The reason goes into the log of every running incident; a person asks the carriers
    (`tellfirst reconcile`) and says go.
    """
    stands_at = epoch(connection)
    if stands_at >= seen:
        return False
    if not any(one.reason == RESTORED_BACKUP for one in stopping.in_force(connection)):
        told = {"database_epoch": stands_at, "sent_epoch": seen}
        stopping.stop(connection, None, StopEffect.HOLD, RESTORED_BACKUP, "tellfirst", now, **told)
    rise(connection)
    connection.execute(update(ledger_mark).values(epoch=seen + GAP))
    log.error(
        "the database (epoch %d) is older than what was sent from here (epoch %d): everything is held; "
        "run `tellfirst reconcile --since` the time of the backup, then `tellfirst go`",
        stands_at,
        seen,
    )
    return True


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def _number(written: bytes) -> int:
    text = written.strip()
    return int(text) if text.isdigit() else 0
