"""The part of a pack's file about compensation: the six formulas and their parameters."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from tellfirst.domain.compensation import (
    CENT,
    DaysOfValidity,
    FlatThenBlocks,
    Formula,
    OneOff,
    ProRata,
    Tier,
    TieredByDay,
)
from tellfirst.domain.deadline import Anchor
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.pack import Compensation, FlatPerWorkingDays, Quality
from tellfirst.spans import Span
from tellfirst.strict_yaml import StrictModel
from tellfirst.timelines.dues import DueText
from tellfirst.timelines.sections import Share


def money(value: Any) -> Any:
    """Exact: written in quotes, or a whole number. Raises ValueError for a binary fraction."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError('write an amount in quotes, like "10.34"')
    return value


Money = Annotated[Decimal, BeforeValidator(money), Field(ge=0)]
PerDay = Annotated[int, Field(ge=1)]


class TierFile(StrictModel):
    from_day: PerDay
    least: Money
    share: Share

    def made(self) -> Tier:
        return Tier(self.from_day, self.least, Decimal(str(self.share)))


class FlatPerDayFile(StrictModel):
    kind: Literal["flat_per_day"]
    amount: Money
    after_working_days: PerDay
    calendar: str
    counts_last_day: bool = False

    def made(self) -> FlatPerWorkingDays:
        return FlatPerWorkingDays(self.amount, self.after_working_days, self.calendar, self.counts_last_day)


class FlatThenBlocksFile(StrictModel):
    kind: Literal["flat_then_blocks"]
    first: Money
    after: Span
    block: Span
    per_block: Money

    def made(self) -> Formula:
        return FlatThenBlocks(self.first, self.after, self.block, self.per_block)


class TieredByDayFile(StrictModel):
    kind: Literal["tiered_by_day"]
    tiers: Annotated[tuple[TierFile, ...], Field(min_length=1)]

    def made(self) -> Formula:
        return TieredByDay(tuple(one.made() for one in self.tiers))


class ProRataFile(StrictModel):
    kind: Literal["pro_rata"]
    times: Money
    at_least: Span
    month_days: PerDay = 30

    def made(self, step: Decimal = CENT) -> Formula:
        return ProRata(self.times, self.at_least, self.month_days, step)


class DaysOfValidityFile(StrictModel):
    kind: Literal["days_of_validity"]
    longer_than: Span
    per_day: Span

    def made(self) -> Formula:
        return DaysOfValidity(self.longer_than, self.per_day)


class OneOffFile(StrictModel):
    kind: Literal["one_off"]
    amount: Money

    def made(self) -> Formula:
        return OneOff(self.amount)


Terms = Annotated[
    FlatPerDayFile | FlatThenBlocksFile | TieredByDayFile | ProRataFile | DaysOfValidityFile | OneOffFile,
    Field(discriminator="kind"),
]
IN_DAYS = "days"
"""What a formula gives that gives no money."""


class CompensationFile(StrictModel):
    name: Annotated[str, Field(min_length=1)]
    formula: Terms
    currency: Annotated[str, Field(pattern=r"^([A-Z]{3}|days)$")]
    anchor: Literal[Anchor.STARTED, Anchor.REPORTED]
    quality: Quality
    by_itself: bool
    rounding: Money = CENT
    cap: Money | None = None
    pay_within: DueText | None = None
    counted: bool = True
    services: tuple[ServiceKind, ...] = ()
    from_impact: Literal["at_risk", "degraded", "down"] = "down"

    @model_validator(mode="after")
    def _what_is_given(self) -> "CompensationFile":
        if (self.currency == IN_DAYS) != isinstance(self.formula, DaysOfValidityFile):
            raise ValueError("`days` is the currency of days_of_validity, and of nothing else")
        if self.rounding != CENT and not isinstance(self.formula, ProRataFile):
            raise ValueError("only pro_rata can be rounded otherwise")
        return self

    def made(self) -> Compensation:
        formula = self.formula
        return Compensation(
            name=self.name,
            terms=formula.made(self.rounding) if isinstance(formula, ProRataFile) else formula.made(),
            currency=self.currency,
            anchor=Anchor(self.anchor),
            quality=self.quality,
            by_itself=self.by_itself,
            needs_fee=isinstance(formula, ProRataFile | TieredByDayFile),
            counted=self.counted,
            services=tuple(self.services),
            from_impact=Impact[self.from_impact.upper()],
            cap=self.cap,
            pay_within=self.pay_within,
        )
