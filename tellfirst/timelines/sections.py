"""The sections of a playbook file that may be left out, and what each becomes."""

import re
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from tellfirst.domain.approval import Approvals
from tellfirst.domain.escalation import Escalation, Staff, StaffRole
from tellfirst.domain.goodwill import Goodwill
from tellfirst.domain.planned_work import PlannedRules
from tellfirst.domain.survey import Asking, SurveyKind
from tellfirst.domain.verification import Sampling
from tellfirst.spans import Span
from tellfirst.strict_yaml import StrictModel

_SHARE = re.compile(r"^(\d{1,3})%$")


def share(value: Any) -> float:
    """'25%' as 0.25. Raises ValueError for anything else."""
    found = _SHARE.match(value) if isinstance(value, str) else None
    if not found or not 0 < int(found[1]) <= 100:
        raise ValueError("write a share of all customers, like 25%, up to 100%")
    return int(found[1]) / 100


Share = Annotated[float, BeforeValidator(share)]
Count = Annotated[int, Field(ge=1)]


class ApprovalsFile(StrictModel):
    above_count: Count | None = None
    second_above: Share | None = None
    second_above_count: Count | None = None
    within: Span = Approvals().within

    def made(self, above: float) -> Approvals:
        return Approvals(above, self.above_count, self.second_above, self.second_above_count, self.within)


class SamplingFile(StrictModel):
    size: Count
    wait: Span

    def made(self) -> Sampling:
        return Sampling(self.size, self.wait)


class EscalationFile(StrictModel):
    warn_at: Share = Escalation().warn_at
    after: tuple[Span, ...] = Escalation().after
    roles: Annotated[tuple[StaffRole, ...], Field(min_length=1)] = Escalation().roles

    def made(self) -> Escalation:
        return Escalation(self.warn_at, self.after, self.roles)


class StaffFile(StrictModel):
    filled_by: dict[StaffRole, str] = Field(default_factory=dict)
    inform: tuple[str, ...] = ()

    def made(self) -> Staff:
        return Staff(self.filled_by, self.inform)


class GoodwillFile(StrictModel):
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    per_customer: Annotated[Decimal, Field(gt=0)]
    from_impact: Literal["at_risk", "degraded", "down"] = "down"

    def made(self) -> Goodwill:
        return Goodwill(self.currency, self.per_customer, self.from_impact)


class SurveyFile(StrictModel):
    ask: bool
    after: Span
    open_for: Span
    kind: SurveyKind = SurveyKind.CSAT
    at_most: Count = Asking().at_most
    per: Span = Asking().per
    call_back_up_to: Annotated[int, Field(ge=0)] | None = None
    call_back_within: Span = Asking().call_back_within

    @model_validator(mode="after")
    def _not_everybody_is_called(self) -> Self:
        best = self.kind.scores[-1]
        if self.call_back_up_to is not None and self.call_back_up_to >= best:
            raise ValueError(f"call_back_up_to must be below {best}, the best score of {self.kind}")
        return self

    def made(self) -> Asking:
        return Asking(self.kind, self.at_most, self.per, self.call_back_up_to, self.call_back_within)


class PlannedFile(StrictModel):
    lead: Span
    remind_before: Span = PlannedRules().remind_before
    becomes: Annotated[str, Field(min_length=1)]

    def made(self) -> PlannedRules:
        return PlannedRules(self.lead, self.remind_before, self.becomes)
