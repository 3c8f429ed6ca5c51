"""What `tellfirst doctor` looks at. A fault stops you, a warning is for your judgement."""

import sqlite3
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from packaging.specifiers import SpecifierSet
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from tellfirst.bootstrap import World
from tellfirst.delivery import high_water, roster, stopping
from tellfirst.domain.errors import TellFirstError
from tellfirst.installation import answers
from tellfirst.store.engine import reading
from tellfirst.store.faults import fault_of
from tellfirst.store.migrate import at_head
from tellfirst.store.tables import incident_entry

PINS = {"prefect": ">=3.8.8,<3.9", "fastapi": ">=0.139,<0.151", "sqlalchemy": ">=2.0.30,<2.1"}
"""Outside these the Prefect server does not start, or starts and never fires a schedule."""
SQLITE_MENDED = ((3, 51, 3), (3, 50, 7), (3, 44, 6))
"""Releases in which the WAL-reset race is closed (sqlite.org/wal.html): the first of each line."""

MOUNTS = Path("/proc/self/mounts")
NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "fuse.sshfs"}
    | {"fuse.glusterfs", "fuse.cephfs", "fuse.s3fs", "fuse.rclone", "ncpfs", "davfs", "fuse.davfs2", "gpfs"}
)


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    verdict: Literal["good", "warning", "fault"]
    detail: str


def examine(here: World) -> list[Finding]:
    """Every finding, the good ones too: what was not looked at cannot be well."""
    return [*_versions(), _sqlite(), *_home(here), _brake(here), *_ports(here), *_database(here)]


def _versions() -> Iterator[Finding]:
    python = sys.version.split()[0]
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding("Python", "good" if fits else "fault", f"{python}; 3.11 to 3.13 are supported")
    for package, wanted in PINS.items():
        try:
            found = version(package)
        except PackageNotFoundError:
            yield Finding(package, "fault", "is not installed; run `make install`")
            continue
        fits = SpecifierSet(wanted).contains(found)
        yield Finding(package, "good" if fits else "fault", f"{found}; must be {wanted}")


def _sqlite() -> Finding:
    found = sqlite3.sqlite_version_info
    mended = (
        any(found[:2] == line[:2] and found >= line for line in SQLITE_MENDED) or found >= SQLITE_MENDED[0]
    )
    text = f"{sqlite3.sqlite_version}"
    if mended:
        return Finding("SQLite", "good", text)
    return Finding(
        "SQLite",
        "warning",
        f"{text} can lose a commit when two processes reset the write-ahead log at once; "
        "use PostgreSQL in production, or SQLite 3.51.3 or later",
    )


def _brake(here: World) -> Finding:
    brake = here.brake
    if brake.set:
        return Finding("brake", "warning", "TELLFIRST_STOP is set: nothing is sent, what waits is cancelled")
    if brake.is_pulled:
        return Finding(
            "brake", "warning", f"{brake.file} exists: nothing is sent, what waits is cancelled; remove it"
        )
    return Finding("brake", "good", "is not pulled")


def _home(here: World) -> Iterator[Finding]:
    home = here.settings.home
    if not home.exists():
        yield Finding("home", "good", f"{home} will be made by `tellfirst up`")
        return
    for path in (home, home / "secrets.json", home / "tellfirst.db"):
        if path.exists():
            yield _private(path)


def _private(path: Path) -> Finding:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return Finding(
            "permissions", "fault", f"{path} is open to others ({mode:04o}); run chmod go-rwx on it"
        )
    return Finding("permissions", "good", f"{path} is {mode:04o}")


def _ports(here: World) -> Iterator[Finding]:
    settings = here.settings
    for name, url in (
        ("Prefect server", f"{settings.prefect_url}/api/ready"),
        ("web", f"{settings.web_url}/ready"),
    ):
        up = answers(url)
        yield Finding(name, "good" if up else "warning", f"{url} {'answers' if up else 'does not answer'}")


def lacking(here: World) -> str:
    """What the database lacks before anything can be kept in it, and who makes it; empty when it is current.

    Raises SQLAlchemyError when it cannot be read.
    """
    file = here.engine.url.database
    if here.engine.dialect.name == "sqlite" and file and not Path(file).exists():
        # A look at it would make an empty one, with whatever permissions are usual here.
        return f"{file} is not there yet; `tellfirst up` makes it"
    return "" if at_head(here.engine) else "is not migrated; `tellfirst up` does it"


def _database(here: World) -> Iterator[Finding]:
    file = here.engine.url.database
    try:
        if lacks := lacking(here):
            yield Finding("database", "warning", lacks)
            return
        seen = here.high_water.seen()
        with reading(here.engine) as connection:
            yield Finding("database", "good", "is at the current version")
            yield _clock(connection, here)
            yield _epoch(connection, seen)
            yield from _stops(connection)
            yield from _carriers(connection)
        if here.engine.dialect.name == "sqlite" and file:
            yield file_system(Path(file))
    except TellFirstError as wrong:
        yield Finding("clock", "fault", str(wrong))
    except SQLAlchemyError as failure:
        word, cure = fault_of(failure)
        yield Finding("database", "fault", f"cannot be read ({word}): {cure}")


def _carriers(connection: Connection) -> Iterator[Finding]:
    """A carrier that is closed while nobody knows is a city that is not told."""
    closed = roster.closed(connection)
    for name, code in closed.items():
        cure = f"mend it, then `tellfirst carriers open {name}`"
        yield Finding("carriers", "fault", f"{name} is closed ({code}); {cure}")
    if not closed:
        yield Finding("carriers", "good", "none is closed")


def _clock(connection: Connection, here: World) -> Finding:
    """A machine whose clock was set back would take promises that are due for far away."""
    newest: datetime | None = connection.scalar(select(func.max(incident_entry.c.at)))
    now = here.clock.now()
    if newest and newest > now + timedelta(seconds=5):
        return Finding(
            "clock",
            "fault",
            f"stands at {now:%Y-%m-%d %H:%M:%S} UTC, before the newest entry "
            f"({newest:%Y-%m-%d %H:%M:%S}); set it right",
        )
    stepped = here.settings.clock == "stepped"
    detail = f"{'is stepped and ' if stepped else ''}stands at {now:%Y-%m-%d %H:%M:%S} UTC"
    return Finding("clock", "warning" if stepped else "good", detail)


def _epoch(connection: Connection, seen: int) -> Finding:
    """A database put back from a backup does not know of the last messages."""
    stands_at = high_water.epoch(connection)
    if stands_at >= seen:
        return Finding("epoch", "good", f"{stands_at}; nothing newer was sent from this home")
    return Finding(
        "epoch",
        "fault",
        f"the database stands at {stands_at}, this home has sent up to {seen}: it was put back from a backup; "
        "the first send will hold everything, or run `tellfirst reconcile --since` the time of the backup now",
    )


def _stops(connection: Connection) -> Iterator[Finding]:
    stops = stopping.in_force(connection)
    if not stops:
        yield Finding("stop", "good", "nothing is stopped")
    for one in stops:
        verdict: Literal["warning", "fault"] = (
            "fault" if one.reason == stopping.RESTORED_BACKUP else "warning"
        )
        yield Finding("stop", verdict, f"{one.sentence}; `tellfirst go` lifts it")


def file_system(file: Path, mounts: Path = MOUNTS) -> Finding:
    """sqlite.org/wal.html: the write-ahead log needs shared memory, which a network file system has not."""
    kind = mounted_as(file, mounts)
    if kind in NETWORK:
        return Finding(
            "file system",
            "fault",
            f"{file} lies on {kind}, a network file system, where SQLite loses data; use a local disk or PostgreSQL",
        )
    return Finding("file system", "good", kind or "unknown")


def mounted_as(file: Path, mounts: Path = MOUNTS) -> str:
    """The kind of file system a file lies on, by the longest mount point above it; empty where nobody says."""
    if not mounts.exists():
        return ""
    above = {str(file.resolve()), *map(str, file.resolve().parents)}
    lines = (line.split() for line in mounts.read_text(errors="replace").splitlines())
    fitting = [(len(words[1]), place, words[2]) for place, words in enumerate(lines) if words[1] in above]
    return max(fitting)[2] if fitting else ""
