"""Finds the reader of a file by what the file is, and counts what could not be played."""

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tellfirst.domain.errors import SetupError
from tellfirst.replay.history import History, Oddity
from tellfirst.replay.readers import cstate, github, google_cloud, pge, statuspage
from tellfirst.replay.readers.records import Made

Reader = Callable[[Path], Iterator[Made]]
SIGNS: Sequence[tuple[frozenset[str], Reader]] = (
    (frozenset({"outage", "states", "outage_start_local_ms"}), pge.read),
    (frozenset({"begin", "external_desc", "updates"}), google_cloud.read),
    (frozenset({"status_sequence", "updates"}), github.read),
    (frozenset({"incident_updates"}), statuspage.read),
)
"""The keys by which a record shows its format."""
LOOKED_AT = 1_000_000
"""Characters of the first line that are looked at; the longest known record has a tenth of them."""


@dataclass
class Shelf:
    """Every history that can be played, and how many records of each file could not, by reason."""

    histories: list[History] = field(default_factory=list)
    skipped: dict[str, Counter[Oddity]] = field(default_factory=dict)

    def add(self, path: Path) -> None:
        """Read one file. Raises SetupError for a file in no format that is known."""
        counts = self.skipped.setdefault(path.name, Counter())
        for one in reader_of(path)(path):
            if isinstance(one, History):
                self.histories.append(one)
            else:
                counts[one] += 1


def read_all(paths: Iterable[Path]) -> Shelf:
    """All files, and of a folder everything in it and below it. Raises SetupError, OSError."""
    shelf = Shelf()
    for path in paths:
        for one in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if not one.is_dir():
                shelf.add(one)
    return shelf


def reader_of(path: Path) -> Reader:
    """By the content, not by the name. Raises SetupError with what is known."""
    if path.suffix == ".md":
        return cstate.read
    keys = _keys(path)
    for sign, reader in SIGNS:
        if sign <= keys:
            return reader
    raise SetupError(
        f"{path} is no history that can be played; known are GitHub's and Google Cloud's incidents and utility "
        "outages as JSON lines (.jsonl, .jsonl.gz), one incident of Statuspage as .json, one issue of cState as .md"
    )


def _keys(path: Path) -> frozenset[str]:
    """Of the first record; of none where the file is no JSON."""
    try:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as text:
            whole = path.suffix == ".json"
            first = json.loads(text.read() if whole else text.readline(LOOKED_AT))
    except (ValueError, EOFError, gzip.BadGzipFile):
        return frozenset()
    return frozenset(first) if isinstance(first, dict) else frozenset()
