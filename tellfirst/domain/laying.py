"""Laying deadlines again after a change: what is new, what got stricter, and what is owed no more.

Nothing that was met or missed is touched. A time that was given is never moved later.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tellfirst.domain.deadline import Anchor, DeadlineName, DeadlineReason, DeadlineState, Hearer

COMES_BACK = frozenset({DeadlineReason.NO_LONGER_ASKED, DeadlineReason.PACK_LEFT, DeadlineReason.EXEMPT})
"""Reasons for which a void deadline is owed again when it is asked for again."""


@dataclass(frozen=True, slots=True)
class Key:
    """What makes a deadline the same one when it is laid again."""

    pack: str
    name: DeadlineName
    hearer: Hearer
    anchor: Anchor
    subject: int = 0
    number: int = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """A deadline as policy asks for it now. `span`: how long there is, should its time have passed already."""

    key: Key
    anchor_at: datetime
    counts_from: datetime
    due_at: datetime
    span: timedelta


@dataclass(frozen=True, slots=True)
class Laid:
    """A deadline as it stands in the books."""

    id: int
    key: Key
    due_at: datetime
    state: DeadlineState
    reason: DeadlineReason | None


@dataclass(frozen=True, slots=True)
class Laying:
    """What to write. `moved` and `reopened` are by the row's id, with its new time."""

    new: tuple[Wanted, ...]
    moved: Mapping[int, datetime]
    reopened: Mapping[int, datetime]
    void: tuple[Laid, ...]


def lay(wanted: Iterable[Wanted], laid: Iterable[Laid], now: datetime) -> Laying:
    """The difference between what is asked for at `now` and what stands in the books.

    What is not asked for any more and whose time has passed is left to be judged: it was owed until then.
    """
    asked = {one.key: one for one in wanted}
    books = {one.key: one for one in laid}
    moved: dict[int, datetime] = {}
    reopened: dict[int, datetime] = {}
    for key, row in books.items():
        if (want := asked.get(key)) is None:
            continue
        if row.state is DeadlineState.OPEN and want.due_at < row.due_at:
            stricter = tightened(row.due_at, want, now)
            moved |= {row.id: stricter} if stricter < row.due_at else {}
        elif row.state is DeadlineState.VOID and row.reason in COMES_BACK:
            reopened[row.id] = tightened(max(row.due_at, now + want.span), want, now)
    void = tuple(
        one
        for key, one in books.items()
        if key not in asked and one.state is DeadlineState.OPEN and one.due_at > now
    )
    return Laying(tuple(one for key, one in asked.items() if key not in books), moved, reopened, void)


def tightened(due_at: datetime, want: Wanted, now: datetime) -> datetime:
    """A stricter time; where it would have passed before anybody knew of it, the whole span from now on.

    Never later than `due_at`, which was owed before.
    """
    if want.due_at >= now:
        return min(due_at, want.due_at)
    return min(due_at, now + want.span)


def same_rhythm(dues: list[datetime], laid: Iterable[Laid]) -> bool:
    """Whether what is repeated falls due when the books say: else the rhythm changed, and only the next counts."""
    known = [one for one in laid if one.state is not DeadlineState.VOID]
    return all(one.key.number <= len(dues) and dues[one.key.number - 1] == one.due_at for one in known)
