"""A scenario: what monitors, engineers and customers do, minute by minute, from a YAML file."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BeforeValidator, Field, field_validator, model_validator

from tellfirst.domain.errors import SetupError
from tellfirst.domain.facts import Action, Cause, WorkReason
from tellfirst.domain.survey import read_score
from tellfirst.spans import span
from tellfirst.strict_yaml import StrictModel, read


def _after(value: Any) -> timedelta:
    return timedelta(0) if str(value) == "0" else span(value)


After = Annotated[timedelta, BeforeValidator(_after)]


class Alert(StrictModel):
    """A monitor's body, posted byte for byte."""

    body: str


class Update(StrictModel):
    """An engineer's word on the incident at a place."""

    place: str
    cause: Cause | None = None
    action: Action | None = None
    estimate: str = ""
    notes: dict[str, str] = Field(default_factory=dict)


class Question(StrictModel):
    """Customers of a place text us. `among`: those already affected there, or anybody else."""

    place: str
    says: dict[str, str] = Field(min_length=1)
    """A text per language; one customer of each language sends it."""
    among: Literal["affected", "others"] = "affected"


class Call(StrictModel):
    """A customer of a place calls us, and presses these keys one after another."""

    place: str
    language: str = "en"
    keys: tuple[Literal["1", "2"], ...] = ()
    among: Literal["affected", "others"] = "affected"


class Letter(StrictModel):
    """Customers of a place write us a mail; one customer of each language."""

    place: str
    subject: str
    says: dict[str, str] = Field(min_length=1)
    among: Literal["affected", "others"] = "affected"


class Answers(StrictModel):
    """Customers answer the survey: every n-th of those asked by SMS replies, every n-th asked by mail clicks."""

    place: str
    every: int = Field(ge=1)
    sms: tuple[str, ...] = Field(min_length=1)
    comment: str

    @field_validator("sms")
    @classmethod
    def _each_is_a_score(cls, replies: tuple[str, ...]) -> tuple[str, ...]:
        for reply in replies:
            if read_score(reply) is None:
                raise ValueError(f"'{reply}' is no score; begin with a digit from 1 to 5")
        return replies


class Work(StrictModel):
    """Work ahead, stated on the form in Prefect's UI; `begins` and `ends` are counted from the scenario's start."""

    number: str = Field(min_length=1)
    elements: tuple[str, ...] = Field(min_length=1)
    begins: After
    ends: After
    zone: str = "UTC"
    impact: Literal["down", "degraded", "at_risk"] = "down"
    reason: WorkReason = WorkReason.MAINTENANCE


class WorkWord(StrictModel):
    """An engineer's word on announced work: `tellfirst work complete` and its like. `until` is for `extend` alone."""

    place: str
    says: Literal["start", "complete", "extend", "cancel"]
    until: str = ""

    @model_validator(mode="after")
    def _only_an_extension_has_an_end(self) -> Self:
        if (self.says == "extend") != bool(self.until):
            raise ValueError("`until` is for `extend`, which needs it")
        return self


class Step(StrictModel):
    """One thing that happens, so long after the start. Exactly one of the actions is given."""

    after: After
    title: str
    alert: Alert | None = None
    update: Update | None = None
    question: Question | None = None
    call: Call | None = None
    letter: Letter | None = None
    answers: Answers | None = None
    work: Work | None = None
    work_word: WorkWord | None = None


class Scenario(StrictModel):
    title: str
    starts_at: AwareDatetime
    seed: int
    customers: int = Field(ge=100)
    steps: tuple[Step, ...] = Field(min_length=1)

    def at(self, step: Step) -> datetime:
        return self.starts_at + step.after


def load_scenario(path: Path) -> Scenario:
    """Raises SetupError for mistakes, for steps out of order, and for a body that is not there."""
    scenario = read(path, Scenario)
    previous = timedelta(0)
    for step in scenario.steps:
        actions = [
            *(step.alert, step.update, step.question, step.call, step.letter),
            *(step.answers, step.work, step.work_word),
        ]
        if sum(action is not None for action in actions) != 1:
            raise SetupError(f"{path.name}: the step '{step.title}' must do exactly one thing")
        if step.after < previous:
            raise SetupError(
                f"{path.name}: the step '{step.title}' comes before the one above it; sort them by time"
            )
        previous = step.after
        if step.alert and not (path.parent / step.alert.body).is_file():
            raise SetupError(f"{path.name}: there is no body {step.alert.body} beside the scenario")
    return scenario
