"""What a file of announced work came to: statements, and what was rejected with line and cure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from tellfirst.domain.errors import Mistake, Refused
from tellfirst.domain.work import StatedWork

OWN = "own"
"""The provider of our own work."""
MOST_BYTES = 10_000_000
"""Of one file; a notice with its pictures has less than a tenth."""
SEVERAL = "#"


@dataclass(frozen=True, slots=True)
class Statement:
    """One work as a file states it. `digest` is the same when the same words come again; `line` 0 is the file."""

    stated: StatedWork
    digest: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class WorksRead:
    """Every work of a file is in one of the two."""

    statements: tuple[Statement, ...]
    rejected: tuple[Mistake, ...] = ()


def statements_of(raw: bytes, works: Iterable[StatedWork]) -> WorksRead:
    """All works of one notice; the same bytes have the same digests."""
    numbered = enumerate(one_window_each(list(works)))
    return WorksRead(tuple(Statement(one, digest_of(raw, place)) for place, one in numbered))


def digest_of(raw: bytes, place: int = 0) -> str:
    """Of the work at this place in a notice, or of one row."""
    return sha256(b"%d\0" % place + raw).hexdigest()


def one_window_each(works: Sequence[StatedWork]) -> list[StatedWork]:
    """Works that a notice states several times, once for each night, get a number of their own: `TTN-1#2`."""
    windows: dict[tuple[str, str], set[object]] = defaultdict(set)
    for one in works:
        windows[one.external_id, one.account].add((one.window.starts_at, one.window.ends_at))
    found = []
    for one in works:
        known = sorted(windows[one.external_id, one.account], key=str)
        if len(known) == 1:
            found.append(one)
            continue
        night = known.index((one.window.starts_at, one.window.ends_at)) + 1
        found.append(replace(one, external_id=f"{one.external_id}{SEVERAL}{night}"))
    return found


def refused(file: str, mistakes: Sequence[Mistake]) -> Refused:
    """A notice with a mistake is refused as a whole; every mistake is named with its cure."""
    listed = "\n  ".join(str(one) for one in mistakes)
    return Refused("bad_notice", f"{file} was refused, nothing of it was stored:\n  {listed}")
