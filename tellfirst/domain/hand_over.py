"""When the carriers will have taken a notice, reckoned from what they may take: before a single message leaves.

A deadline on a "first word" means nothing at volume. The page is public at once; texts leave at the rate that a carrier
permits, mails faster, and some wait for the morning. So it is split: when the first message leaves, when half and when
95 of 100 have been handed over.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tellfirst.domain.occasion import Channel
from tellfirst.domain.ramp import RECEIPTS_WITHIN, Canary, waves

OWN_RATE: Mapping[Channel, float] = {Channel.SMS: 1_000.0, Channel.EMAIL: 5_000.0}
"""Messages a second one worker is counted with where a carrier permits more: less than half of what two cores were
measured at (docs/measurements.md, 2,385 texts/s and 21,124 mails/s with all receipts)."""
OWN_RATE_ELSEWHERE = 50.0
"""Calls, faxes, WhatsApp and customers' own systems: not measured in volume, so counted with little."""
BEFORE = timedelta(seconds=10)
"""From an incident's opening to its first message on an idle machine, matching included; the page is public then."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Messages that leave through one sender, one after the other, `rate` a second, and not before `from_`."""

    sender: int
    count: int
    rate: float
    from_: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class HandOver:
    """Spans from now. `stuck_count` messages have no open carrier: nothing can be said of them."""

    public: timedelta
    started: timedelta
    half: timedelta
    most: timedelta
    """95 of 100."""
    done: timedelta
    count: int
    stuck_count: int = 0


@dataclass(frozen=True, slots=True)
class Sender:
    """One carrier of a channel as it stands: `share` of the channel's messages, at most `segments_per_second`.

    `free_in` is for how long its line is taken by earlier notices.
    """

    channel: Channel
    share: int
    segments_per_second: float | None = None
    free_in: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Load:
    """`count` messages on a channel of `segments` billed parts in all; those of the night leave `later`."""

    channel: Channel
    count: int
    segments: int
    later: timedelta = timedelta(0)


def lanes(loads: Iterable[Load], senders: Sequence[Sender]) -> tuple[list[Lane], int]:
    """How the loads share the open senders, and how many messages have none. A share of 0 stands by."""
    found: list[Lane] = []
    stuck = 0
    for load in _together(loads):
        open_ = [
            number for number, one in enumerate(senders) if one.channel is load.channel and one.share > 0
        ]
        stuck += 0 if open_ else load.count
        whole, left = sum(senders[number].share for number in open_), load.count
        for number in reversed(open_):
            one = senders[number]
            count = left if number == open_[0] else load.count * one.share // whole
            left -= count
            rate = _rate(one, load.segments / load.count)
            found.append(Lane(number, count, rate, max(one.free_in, load.later)))
    return [lane for lane in found if lane.count], stuck


def _together(loads: Iterable[Load]) -> Iterable[Load]:
    """One load for what leaves on one channel at one time."""
    sums: dict[tuple[Channel, timedelta], tuple[int, int]] = {}
    for one in loads:
        count, segments = sums.get((one.channel, one.later), (0, 0))
        sums[one.channel, one.later] = (count + one.count, segments + one.segments)
    return (Load(channel, count, parts, later) for (channel, later), (count, parts) in sums.items() if count)


def _rate(one: Sender, segments_each: float) -> float:
    own = OWN_RATE.get(one.channel, OWN_RATE_ELSEWHERE)
    if one.segments_per_second is None:
        return own
    return min(own, one.segments_per_second / max(segments_each, 1.0))


@dataclass(frozen=True, slots=True)
class _Piece:
    """`count` messages, evenly from `starts` to `ends` (seconds from now)."""

    starts: float
    ends: float
    count: int

    def by(self, moment: float) -> float:
        if moment >= self.ends:
            return self.count
        if moment <= self.starts:
            return 0.0
        return self.count * (moment - self.starts) / (self.ends - self.starts)


def hand_over(
    loads: Sequence[Load], senders: Sequence[Sender], canary: Canary, before: timedelta = BEFORE
) -> HandOver:
    """When a first word with these loads has been taken. Above the canary's start it leaves in waves, each of which
    waits for the receipts of the one before for as long as they may take."""
    found, stuck = lanes(loads, senders)
    count = sum(lane.count for lane in found)
    pieces = [piece for lane in _in_line(found) for piece in _pieces(*lane, ramped=count > canary.start)]
    if not pieces:
        return HandOver(before, before, before, before, before, 0, stuck)
    half, most, done = (_quantile(pieces, share * count) for share in (0.5, 0.95, 1.0))
    return HandOver(
        public=before,
        started=before + timedelta(seconds=min(piece.starts for piece in pieces)),
        half=before + half,
        most=before + most,
        done=before + done,
        count=count,
        stuck_count=stuck,
    )


def _in_line(found: Sequence[Lane]) -> Iterable[tuple[Lane, float]]:
    """Each lane with the second in which it begins: those of one sender queue."""
    free: dict[int, float] = {}
    for lane in sorted(found, key=lambda one: one.from_):
        starts = max(lane.from_.total_seconds(), free.get(lane.sender, 0.0))
        free[lane.sender] = starts + lane.count / lane.rate
        yield lane, starts


def _pieces(lane: Lane, starts: float, *, ramped: bool) -> Iterable[_Piece]:
    first, second = waves(lane.count) if ramped else (0, 0)
    pause = RECEIPTS_WITHIN.total_seconds()
    for count, waits in ((first, pause), (second, pause), (lane.count - first - second, 0.0)):
        if count:
            ends = starts + count / lane.rate
            yield _Piece(starts, ends, count)
            starts = ends + waits


def _quantile(pieces: Sequence[_Piece], wanted: float) -> timedelta:
    """The first second by which `wanted` messages have gone."""
    low, high = 0.0, max(piece.ends for piece in pieces)
    while high - low > 0.5:
        middle = (low + high) / 2
        if sum(piece.by(middle) for piece in pieces) >= wanted:
            high = middle
        else:
            low = middle
    return timedelta(seconds=round(high))
