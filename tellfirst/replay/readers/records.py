"""What all readers share: lines of JSON, times, and the record that is skipped with its reason."""

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tellfirst.replay.history import History, Oddity, OddRecord

Record = dict[str, Any]
Made = History | Oddity


def records(path: Path) -> Iterator[Record | None]:
    """Each line of a file of JSON lines, gzipped or not; None for one that is no JSON object."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield _record(line)


def _record(line: str) -> Record | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def made(record: Record | None, make: Callable[[Record], History]) -> Made:
    """The history of a record, or why it is none."""
    if record is None:
        return Oddity.UNREADABLE
    try:
        return make(record)
    except OddRecord as odd:
        return odd.oddity
    except (KeyError, TypeError, ValueError, AttributeError):
        return Oddity.UNREADABLE


def moment(text: str | None) -> datetime | None:
    """An ISO 8601 time with its zone as UTC. Raises OddRecord for one without: guessing would shift everything."""
    if not text:
        return None
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise OddRecord(Oddity.UNREADABLE)
    return found.astimezone(UTC)


def needed(text: str | None) -> datetime:
    """The same where there must be one."""
    found = moment(text)
    if found is None:
        raise OddRecord(Oddity.UNREADABLE)
    return found
