"""The form on which an ops engineer states work ahead, in Prefect's UI."""

from datetime import datetime
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.facts import WorkReason
from tellfirst.domain.impact import Impact
from tellfirst.domain.work import UNSAID, StatedWork, Window, WorkSource, WorkStatus


class Hit(StrEnum):
    """How badly what is worked on is hit."""

    DOWN = "down"
    DEGRADED = "degraded"
    AT_RISK = "at_risk"


class WorkForm(BaseModel):
    """Work ahead. Times are by the clock of `zone`."""

    model_config = ConfigDict(frozen=True)

    number: str = Field(
        title="Number", description="Your own number of this work, like CHG-4711", min_length=1
    )
    elements: tuple[str, ...] = Field(
        title="Elements", description="What is worked on, like site:HYD0004", min_length=1
    )
    begins: datetime = Field(title="Begins", description="By the clock of the zone below")
    ends: datetime = Field(title="Ends", description="By the clock of the zone below")
    zone: str = Field("UTC", title="Zone", description="Whose clock, like Asia/Kolkata")
    impact: Hit = Field(Hit.DOWN, title="Impact")
    reason: WorkReason = Field(WorkReason.MAINTENANCE, title="Reason", description="As customers are told")
    playbook: str = Field("planned_work", title="Playbook", min_length=1)
    provider: str = Field("own", title="Provider", description="Whose work it is", min_length=1)

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError(f"there is no zone {zone}; write one like Asia/Kolkata")
        return zone

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        try:
            self.window()
        except RuleBroken as wrong:
            raise ValueError(str(wrong)) from None
        return self

    def window(self) -> Window:
        """Raises RuleBroken for work that ends before it begins."""
        return Window(self._moment(self.begins), self._moment(self.ends))

    def stated(self) -> StatedWork:
        return StatedWork(
            provider=self.provider,
            external_id=self.number,
            sequence=UNSAID,
            status=WorkStatus.CONFIRMED,
            window=self.window(),
            objects=self.elements,
            impact=Impact[self.impact.name],
            source=WorkSource.FORM,
            reason=self.reason,
            zone=self.zone,
            playbook=self.playbook,
        )

    def _moment(self, typed: datetime) -> datetime:
        """A time that names its own offset is taken at its word."""
        return typed if typed.tzinfo else typed.replace(tzinfo=ZoneInfo(self.zone))
