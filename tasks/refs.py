"""What travels between flows and tasks: references and counts, never rows or addresses: the UI shows them."""

from pydantic import BaseModel, ConfigDict, Field


class IncidentRef(BaseModel):
    """Which incident. In Prefect's UI this is the form of every step."""

    model_config = ConfigDict(frozen=True)

    reference: str = Field(
        title="Incident", description="Its reference, like INC-2026-0007", pattern=r"^INC-\d{4}-\d{4,}$"
    )


class Counted(BaseModel):
    """What a step did, in numbers and one named reason."""

    model_config = ConfigDict(frozen=True)

    reason: str
    counts: dict[str, int] = Field(default_factory=dict)
