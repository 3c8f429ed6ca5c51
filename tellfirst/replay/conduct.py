"""How customers were kept informed in one incident, the same measures for the company and for us.

Both are reduced to what a customer saw: words at times, some with the time of the next and some with an estimate.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from tellfirst.domain.promise import PromiseState
from tellfirst.replay.books import Ledger
from tellfirst.replay.history import Grade, History

WITHIN = (1, 5, 15)
"""Minutes of grace in which a promised word may still come."""
A_MINUTE = timedelta(minutes=1)
NEVER_SILENT_FOR = timedelta(minutes=30)
"""How long customers of a major incident may hear nothing."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One word as customers saw it; `is_live` while they wait, the others say that it is over."""

    at: datetime
    is_live: bool
    next_by: datetime | None
    estimate_at: datetime | None


@dataclass(frozen=True, slots=True)
class Conduct:
    """Spans in minutes. `first_word` counts from the onset; None where nobody said anything while it went on."""

    first_word: float | None
    longest_silence: float
    words: int
    live_words: int
    words_with_time: int
    promises: int
    late_by: tuple[float, ...]
    """Minutes by which each promised word was late; zero or less: kept."""
    estimates: int
    standing_expired: int
    """Estimates that stood although their time had passed, and in the next figure for how long."""
    minutes_expired: float
    broken: int
    """Promises of any kind that the books call broken; for a company the late words among those it promised."""
    longer_than_promised: int
    """Silences that outlasted the promise before them by more than a minute."""
    open_too_long: int = 0
    holding_words: int = 0
    """What went out by itself because no engineer had spoken; not known of a company."""

    @property
    def every_promise_kept(self) -> bool:
        """False too where nothing was promised at all: there was nothing to keep."""
        return bool(self.promises) and not self.broken

    def kept_within(self, minutes: float) -> int:
        return sum(late <= minutes for late in self.late_by)


@dataclass(frozen=True, slots=True)
class Compared:
    """One history: what its company did, and what we would have."""

    id: str
    source: str
    title: str
    grade: Grade
    onset_known: bool
    company: Conduct
    ours: Conduct


def of_company(it: History) -> Conduct:
    """From the record alone. A promise is kept by whatever the company said next, its last word included."""
    words = [Seen(word.at, True, word.next_by, word.estimate_at) for word in it.words]
    seen = [*words, Seen(it.resolved_at, False, None, None)]
    late = tuple(_minutes(after.at - said.next_by) for said, after in pairwise(seen) if said.next_by)
    return _conduct(it.onset, seen, it.resolved_at, late, sum(one > 1 for one in late))


def of_ours(it: History, books: Ledger) -> Conduct:
    """From the books alone: notices and their deliveries for what was said, promises as they were settled."""
    seen = [Seen(told.at, told.is_live, told.next_by, told.estimate_at) for told in books.told]
    of_words = [one for one in books.promises if one.kind == "next_update"]
    late = tuple(
        one.late_by / 60 if one.settled_at else _minutes(books.ends_at - one.due_at) for one in of_words
    )
    broken = sum(one.state in (PromiseState.BROKEN, PromiseState.OPEN) for one in books.promises)
    ours = _conduct(it.onset, seen, books.verified_at or books.ends_at, late, broken)
    holding = sum(told.holding for told in books.told)
    return replace(ours, open_too_long=books.overdue_count, holding_words=holding)


def _conduct(
    onset: datetime,
    seen: list[Seen],
    ends_at: datetime,
    late_by: tuple[float, ...],
    broken: int,
) -> Conduct:
    live = [one for one in seen if one.is_live]
    expired = list(_expired(seen, ends_at))
    return Conduct(
        first_word=_minutes(seen[0].at - onset) if seen else None,
        longest_silence=max(_minutes(gap) for gap in _silences(onset, seen, ends_at)),
        words=len(seen),
        live_words=len(live),
        words_with_time=sum(one.next_by is not None for one in live),
        promises=len(late_by),
        late_by=late_by,
        estimates=len({one.estimate_at for one in live if one.estimate_at}),
        standing_expired=len(expired),
        minutes_expired=sum(map(_minutes, expired)),
        broken=broken,
        longer_than_promised=sum(
            after.at > said.next_by + A_MINUTE for said, after in pairwise(seen) if said.next_by
        ),
    )


def _silences(onset: datetime, seen: list[Seen], ends_at: datetime) -> Iterator[timedelta]:
    """From the onset to the first word, from word to word, and to the end where the last word came before it."""
    moments = [onset, *(one.at for one in seen), max(ends_at, seen[-1].at if seen else onset)]
    yield from (later - earlier for earlier, later in pairwise(moments))


def _expired(seen: list[Seen], ends_at: datetime) -> Iterator[timedelta]:
    """For how long each estimate stood after its time had passed: until the word that replaced it, or the end."""
    for said, after in pairwise([*seen, Seen(ends_at, False, None, None)]):
        if said.estimate_at and said.is_live:
            stood = min(after.at, max(ends_at, said.at)) - max(said.estimate_at, said.at)
            if stood > timedelta(0):
                yield stood


def _minutes(span: timedelta) -> float:
    return span.total_seconds() / 60
