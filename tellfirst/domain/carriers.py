"""How carriers of one channel share its messages: slowly away from a bad one, slowly back, never without a reason.

After GOV.UK Notify, which moves ten points of priority from a slow provider at most every five minutes, brings it
back when nothing has happened for a while, and moves nothing when all are slow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class CarrierReason(StrEnum):
    """Why a carrier stands as it stands, or why nothing was changed; stored and shown."""

    CONFIGURED = "configured"
    """As config/channels.yaml says."""
    SLOW = "slow"
    """Too many of its messages took too long to a receipt, or have none."""
    FAILING = "failing"
    """Too many of its calls ended without an answer or were refused for no fault of the customer's."""
    TAKES_OVER = "takes_over"
    """Another carrier of the channel was slow or failing."""
    COMES_BACK = "comes_back"
    """No carrier of the channel was bad for a while: a step back towards the configured shares."""
    BY_HAND = "by_hand"
    """A person said so."""
    REFUSES_ALL = "refuses_all"
    """Closed: its answer says that every further call would fail alike."""
    STILL_REFUSES = "still_refuses"
    """Tried with one message, and still closed."""
    TAKES_AGAIN = "takes_again"
    """Tried with one message, which it took: open again."""
    CLOSED_BY_HAND = "closed_by_hand"
    OPENED_BY_HAND = "opened_by_hand"
    NOTHING_TO_DO = "nothing_to_do"
    """All carriers are good and have their configured shares."""
    NO_OTHER = "no_other"
    """There is no second open carrier."""
    CHANGED_LATELY = "changed_lately"
    """The last change must be seen to work first."""
    ALL_ARE_BAD = "all_are_bad"
    """Then the trouble is elsewhere, and moving messages about helps nobody."""
    AT_THE_FLOOR = "at_the_floor"
    """It has as little as it may have; some must go through it or its recovery could not be seen."""


@dataclass(frozen=True, slots=True)
class Measures:
    """One carrier's messages of the last quarter of an hour."""

    judged_count: int = 0
    """Handed over, and final or old enough to be called slow."""
    slow_count: int = 0
    offered_count: int = 0
    trouble_count: int = 0
    """Offered, and refused for now, refused for no fault of the customer's, or without an answer."""

    @property
    def slow_share(self) -> float:
        return self.slow_count / self.judged_count if self.judged_count else 0.0

    @property
    def trouble_share(self) -> float:
        return self.trouble_count / self.offered_count if self.offered_count else 0.0


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The numbers of the rule."""

    measured_over: timedelta = timedelta(minutes=15)
    slow_after: timedelta = timedelta(minutes=5)
    """From hand-over to a receipt."""
    slow_share: float = 0.15
    trouble_share: float = 0.15
    sample: int = 50
    """Fewer messages than this prove nothing."""
    step: int = 10
    """Points of share moved at once."""
    floor: int = 10
    """A bad carrier keeps this much, so that its recovery can be seen."""
    change_every: timedelta = timedelta(minutes=5)
    back_after: timedelta = timedelta(minutes=15)
    """Without a change and without a bad carrier, shares go one step back towards the configured ones."""
    hand_holds: timedelta = timedelta(hours=1)
    """How long shares set by a person are left alone."""


THRESHOLDS = Thresholds()


@dataclass(frozen=True, slots=True)
class Rank:
    """One open carrier of a channel as the rule sees it."""

    name: str
    configured: int
    share: int
    measures: Measures = Measures()


@dataclass(frozen=True, slots=True)
class Shift:
    """New shares of the carriers that change, and why; `name` is the carrier that gave the reason."""

    reason: CarrierReason
    shares: tuple[tuple[str, int], ...] = ()
    name: str = ""


def verdict(measures: Measures, limits: Thresholds = THRESHOLDS) -> CarrierReason | None:
    """SLOW or FAILING; None for a carrier that is well or whose sample is too small."""
    if measures.offered_count >= limits.sample and measures.trouble_share >= limits.trouble_share:
        return CarrierReason.FAILING
    if measures.judged_count >= limits.sample and measures.slow_share >= limits.slow_share:
        return CarrierReason.SLOW
    return None


def shift(
    ranks: Sequence[Rank],
    changed_at: datetime | None,
    by_hand: bool,
    now: datetime,
    limits: Thresholds = THRESHOLDS,
) -> Shift:
    """What becomes of the shares of one channel's open carriers, in their configured order.

    `changed_at` is the last change of any of them, `by_hand` whether a person made it. An empty `shares` means that
    nothing changes, for the reason given.
    """
    if len(ranks) < 2:
        return Shift(CarrierReason.NO_OTHER)
    since = now - changed_at if changed_at else limits.hand_holds
    if since < (limits.hand_holds if by_hand else limits.change_every):
        return Shift(CarrierReason.BY_HAND if by_hand else CarrierReason.CHANGED_LATELY)
    bad = {one.name: why for one in ranks if (why := verdict(one.measures, limits))}
    if len(bad) == len(ranks):
        return Shift(CarrierReason.ALL_ARE_BAD)
    if bad:
        return _away(ranks, bad, limits)
    if all(one.share == one.configured for one in ranks):
        return Shift(CarrierReason.NOTHING_TO_DO)
    if since < limits.back_after:
        return Shift(CarrierReason.CHANGED_LATELY)
    return _back(ranks, limits)


def _away(ranks: Sequence[Rank], bad: dict[str, CarrierReason], limits: Thresholds) -> Shift:
    """One step from the worst that still has something to give, to those that are not bad."""
    worst_first = sorted((one for one in ranks if one.name in bad), key=_badness, reverse=True)
    for one in worst_first:
        gives = min(limits.step, one.share - min(limits.floor, one.configured))
        if gives > 0:
            takers = [other for other in ranks if other.name not in bad]
            taken = _spread(gives, takers)
            shares = ((one.name, one.share - gives), *((name, share) for name, share in taken.items()))
            return Shift(bad[one.name], shares, one.name)
    return Shift(CarrierReason.AT_THE_FLOOR, name=worst_first[0].name)


def _badness(one: Rank) -> float:
    return max(one.measures.slow_share, one.measures.trouble_share)


def _spread(points: int, takers: Sequence[Rank]) -> dict[str, int]:
    """Point by point to whoever has least of what was configured for it; the earlier one in doubt."""
    shares = {one.name: one.share for one in takers}
    for _ in range(points):
        least = min(takers, key=lambda one: shares[one.name] - one.configured)
        shares[least.name] += 1
    return {one.name: shares[one.name] for one in takers if shares[one.name] != one.share}


def _back(ranks: Sequence[Rank], limits: Thresholds) -> Shift:
    """One step from those above their configured share to those below it."""
    lacking = [one for one in ranks if one.share < one.configured]
    having = [one for one in ranks if one.share > one.configured]
    points = min(
        limits.step,
        sum(one.configured - one.share for one in lacking),
        sum(one.share - one.configured for one in having),
    )
    shares = {one.name: one.share for one in ranks}
    for _ in range(points):
        most = max(having, key=lambda one: shares[one.name] - one.configured)
        least = min(lacking, key=lambda one: shares[one.name] - one.configured)
        shares[most.name] -= 1
        shares[least.name] += 1
    changed = tuple((one.name, shares[one.name]) for one in ranks if shares[one.name] != one.share)
    if not changed:
        return Shift(CarrierReason.NOTHING_TO_DO)
    return Shift(CarrierReason.COMES_BACK, changed, lacking[0].name)


def pick(shares: Sequence[tuple[str, int]], number: int) -> str:
    """Who of the open carriers takes the piece of that number: each its share of any run of numbers.

    Steps of the golden ratio spread consecutive numbers as evenly as can be, without chance. Where nobody has a
    share left, the first takes all.
    """
    total = sum(share for _, share in shares)
    if total == 0:
        return shares[0][0]
    point = number * _GOLDEN % _WHOLE * total / _WHOLE
    for name, share in shares:
        if point < share:
            return name
        point -= share
    return shares[-1][0]


_GOLDEN, _WHOLE = 6_180_339_887, 10_000_000_000

TRY_FIRST, TRY_LAST = timedelta(minutes=1), timedelta(minutes=30)


def try_again_after(closed_for: timedelta) -> timedelta:
    """When a closed carrier is tried with one message: after a minute, then each time twice as late, up to half an
    hour."""
    return max(TRY_FIRST, min(closed_for, TRY_LAST))
