"""What an ops engineer fills in on Prefect's pages when a run waits for a person."""

from enum import StrEnum

from prefect.input import RunInput
from pydantic import Field


class Decision(StrEnum):
    NOT_YET = "not decided yet"
    YES = "yes, tell them"
    NO = "no, do not tell them"


class ApprovalForm(RunInput):
    """May so many customers be told?

    Every field has a default: a plain resume, by the clock or by a command that was quicker, needs no answer.
    """

    decision: Decision = Field(default=Decision.NOT_YET, title="Shall they be told?")
    name: str = Field(default="", title="Your name", max_length=80)
    remark: str = Field(default="", title="Remark; needed for a no", max_length=300)
