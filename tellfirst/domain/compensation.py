"""What an outage is worth to a customer, by the six kinds of formula that rules and contracts use.

Each rule is reckoned by itself and shown by itself; they are never merged. Amounts are in the rule's currency, exact
until the rounding that the rule names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from tellfirst.domain.calendars import WorkingCalendar, moment, working_day_after
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.times import utc

ZERO = Decimal(0)
DAY = timedelta(days=1)
CENT = Decimal("0.01")


class Unit(StrEnum):
    """What is given."""

    MONEY = "money"
    DAYS = "days"
    """Of validity or of rent; what a day is worth is the biller's to say."""


@dataclass(frozen=True, slots=True)
class Loss:
    """One customer's loss of service. Raises RuleBroken for times that run backwards or have no zone.

    `reported_at` is when they told us; None: they did not. `monthly_fee` is in the rule's currency.
    """

    began_at: datetime
    ended_at: datetime
    zone: str
    reported_at: datetime | None = None
    monthly_fee: Decimal = ZERO

    def __post_init__(self) -> None:
        # The difference of two local times of one zone would be without the hour that a changed clock adds.
        object.__setattr__(self, "began_at", utc(self.began_at))
        object.__setattr__(self, "ended_at", utc(self.ended_at))
        if self.ended_at < self.began_at:
            raise RuleBroken("a loss of service cannot end before it began")

    @property
    def lasted(self) -> timedelta:
        return self.ended_at - self.began_at


@dataclass(frozen=True, slots=True)
class Due:
    """What one rule gives for one loss, and the sum as it was reckoned."""

    amount: Decimal
    unit: Unit
    reckoning: str


def _money(amount: Decimal, step: Decimal, reckoning: str) -> Due:
    return Due((amount / step).quantize(Decimal(1), ROUND_HALF_UP) * step, Unit.MONEY, reckoning)


def _local(at: datetime, zone: str) -> date:
    return WorkingCalendar(zone).local_day(at)


@dataclass(frozen=True, slots=True)
class FlatPerDay:
    """`amount` for every calendar day after `working_days` full working days from the report.

    Ofcom, automatic compensation: from the third day on where two full working days have passed. Whether the day of
    the repair counts is not settled in the sources read; `counts_last_day` says it.
    """

    amount: Decimal
    working_days: int
    calendar: WorkingCalendar
    counts_last_day: bool = False

    def due(self, loss: Loss) -> Due:
        """Nothing without a report: the clock starts there."""
        if loss.reported_at is None:
            return Due(ZERO, Unit.MONEY, "not reported")
        reported, repaired = (self.calendar.local_day(at) for at in (loss.reported_at, loss.ended_at))
        first = working_day_after(reported, self.working_days, self.calendar) + DAY
        last = repaired if self.counts_last_day else repaired - DAY
        days = max(0, (last - first).days + 1)
        return _money(self.amount * days, CENT, f"{days} days x {self.amount}")


@dataclass(frozen=True, slots=True)
class FlatThenBlocks:
    """`first` for a loss longer than `after`, then `per_block` for every further whole `block`.

    Ofgem, guaranteed standards for supply restoration (2015 regulations as amended).
    """

    first: Decimal
    after: timedelta
    block: timedelta
    per_block: Decimal

    def due(self, loss: Loss) -> Due:
        """Nothing for a loss of exactly `after`: it must be longer."""
        if loss.lasted <= self.after:
            return Due(ZERO, Unit.MONEY, "not long enough")
        blocks = (loss.lasted - self.after) // self.block
        return _money(
            self.first + blocks * self.per_block, CENT, f"{self.first} + {blocks} x {self.per_block}"
        )


@dataclass(frozen=True, slots=True)
class Tier:
    """From the `from_day`-th day on: the greater of `least` and `share` of the monthly fee, per day."""

    from_day: int
    least: Decimal
    share: Decimal


@dataclass(frozen=True, slots=True)
class TieredByDay:
    """Per calendar day, counted from the day after the report; each day's amount is rounded by itself.

    TKG § 58 (3). The day of the repair counts; the sources read do not settle it, and the published case of 284 days
    and 2,810 euros only comes out so.
    """

    tiers: Sequence[Tier]

    def due(self, loss: Loss) -> Due:
        """Nothing without a report."""
        if loss.reported_at is None:
            return Due(ZERO, Unit.MONEY, "not reported")
        days = (_local(loss.ended_at, loss.zone) - _local(loss.reported_at, loss.zone)).days
        total, parts = ZERO, []
        for tier, following in zip(self.tiers, [*self.tiers[1:], None], strict=True):
            last = days if following is None else min(days, following.from_day - 1)
            count = max(0, last - tier.from_day + 1)
            daily = max(tier.least, (loss.monthly_fee * tier.share).quantize(CENT, ROUND_HALF_UP))
            total += count * daily
            if count:
                parts.append(f"{count} x {daily}")
        return _money(total, CENT, " + ".join(parts) or "not long enough")


@dataclass(frozen=True, slots=True)
class ProRata:
    """`times` the fee for the time lost, of a month of `month_days` days, rounded to `step`.

    Nothing for a loss shorter than `at_least`. Korea, standard terms since 2023: ten times, two hours.
    """

    times: Decimal
    at_least: timedelta
    month_days: int = 30
    step: Decimal = CENT

    def due(self, loss: Loss) -> Due:
        if loss.lasted < self.at_least:
            return Due(ZERO, Unit.MONEY, "not long enough")
        hours = Decimal(loss.lasted // timedelta(seconds=1)) / 3600
        fee = loss.monthly_fee * hours / (24 * self.month_days)
        return _money(fee * self.times, self.step, f"{self.times} x the fee for {hours.normalize():f} h")


@dataclass(frozen=True, slots=True)
class DaysOfValidity:
    """A day for every calendar day with more than `per_day` lost, once the whole is longer than `longer_than`.

    TRAI, QoS Regulations 2024: more than 24 hours, and more than 12 in a calendar day.
    """

    longer_than: timedelta
    per_day: timedelta

    def due(self, loss: Loss) -> Due:
        if loss.lasted <= self.longer_than:
            return Due(ZERO, Unit.DAYS, "not long enough")
        day, last, counted = _local(loss.began_at, loss.zone), _local(loss.ended_at, loss.zone), 0
        while day <= last:
            begins, ends = moment(day, time(0), loss.zone), moment(day + DAY, time(0), loss.zone)
            lost = min(ends, loss.ended_at) - max(begins, loss.began_at)
            counted += lost > self.per_day
            day += DAY
        return Due(Decimal(counted), Unit.DAYS, f"{counted} days with more than {self.per_day} lost")


@dataclass(frozen=True, slots=True)
class OneOff:
    """A fixed `amount` for what went wrong once: a missed appointment, a wrong notice."""

    amount: Decimal

    def due(self, _loss: Loss) -> Due:
        return Due(self.amount, Unit.MONEY, "once")


Formula = FlatPerDay | FlatThenBlocks | TieredByDay | ProRata | DaysOfValidity | OneOff
