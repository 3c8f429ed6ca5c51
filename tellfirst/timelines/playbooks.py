"""Playbooks from YAML files, strictly; and the copy that an incident keeps."""

import hashlib
import re
from datetime import time
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from tellfirst.domain.delivery import Doubt
from tellfirst.domain.errors import Mistake, SetupError
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.domain.playbook import PATIENCE, Playbook
from tellfirst.domain.quiet_hours import WAKING, Instead, QuietHours
from tellfirst.domain.ramp import Canary
from tellfirst.spans import Span
from tellfirst.strict_yaml import File, StrictModel
from tellfirst.timelines.impossible import impossible, without_successor
from tellfirst.timelines.playbook_deadlines import DeadlinesFile
from tellfirst.timelines.sections import (
    ApprovalsFile,
    EscalationFile,
    GoodwillFile,
    PlannedFile,
    SamplingFile,
    Share,
    StaffFile,
    SurveyFile,
)


def _reaching(channel: Channel) -> Channel:
    if channel is Channel.NONE:
        reaching = ", ".join(one for one in Channel if one is not Channel.NONE)
        raise ValueError(f"`none` reaches nobody; write one of {reaching}")
    return channel


Reaching = Annotated[Channel, AfterValidator(_reaching)]


class Words(StrictModel):
    next_update_every: Span
    pull_every: Span | None = None
    warn_before: Span
    overrun_before: Span

    @model_validator(mode="after")
    def _warning_comes_before_the_word(self) -> "Words":
        if self.warn_before >= self.next_update_every:
            raise ValueError("warn_before must be shorter than next_update_every")
        return self


class Verification(StrictModel):
    quiet_for: Span
    ask_customers: SamplingFile | None = None


def _hour(value: Any) -> time:
    if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError('write an hour of the day in quotes, like "21:00"')
    return time.fromisoformat(value)


class Unless(StrictModel):
    severity: tuple[Annotated[str, Field(pattern=r"^S[1-4]$")], ...] = ()
    priority_from: Annotated[int, Field(ge=1, le=9)] | None = None


class QuietHoursFile(StrictModel):
    from_: Annotated[time, BeforeValidator(_hour)] = Field(alias="from")
    to: Annotated[time, BeforeValidator(_hour)]
    channels: tuple[Reaching, ...] = tuple(sorted(WAKING))
    unless: Unless = Unless()
    instead: Instead = Instead.WAIT

    @model_validator(mode="after")
    def _some_hours(self) -> "QuietHoursFile":
        if self.from_ == self.to:
            raise ValueError("from and to are the same hour: nothing would ever leave, or everything")
        return self

    def made(self) -> QuietHours:
        unless = self.unless
        return QuietHours(
            self.from_, self.to, self.channels, unless.severity, unless.priority_from, self.instead
        )


class CanaryFile(StrictModel):
    from_: Annotated[int, Field(ge=100)] = Field(alias="from", default=Canary().start)
    stop_above: Share = Canary().stop_above


class Delivery(StrictModel):
    receipt_within: Span
    in_doubt: Doubt = Doubt.LOOK_UP_THEN_RESEND
    receipt_patience: dict[Reaching, Span] = Field(default_factory=dict)
    around_outage: bool = True
    canary: CanaryFile = CanaryFile()


def _impact(value: Any) -> Impact:
    words = {step.word: step for step in Impact if step is not Impact.OK}
    if not isinstance(value, str) or value not in words:
        raise ValueError(f"write one of {', '.join(words)}")
    return words[value]


class AudienceRules(StrictModel):
    tell_from: Annotated[Impact, BeforeValidator(_impact)]
    seen_within: Span
    located_within: Span
    approve_above: Share


class PlaybookFile(StrictModel):
    """The keys of a playbook file, each explained in docs/playbooks.md."""

    title: str = Field(min_length=1)
    service: ServiceKind
    severity: str = Field(pattern=r"^S[1-4]$")
    alerts: tuple[str, ...]
    by_hand: bool = False
    channels: tuple[Reaching, ...] = Field(min_length=1)
    emergency_calls: bool
    audience: AudienceRules
    words: Words
    verification: Verification
    delivery: Delivery
    survey: SurveyFile
    quiet_hours: QuietHoursFile | None = None
    severity_rises: bool = True
    workaround: bool = False
    approvals: ApprovalsFile = ApprovalsFile()
    escalation: EscalationFile = EscalationFile()
    staff: StaffFile = StaffFile()
    wording: dict[Occasion, Annotated[str, Field(pattern=r"^[a-z0-9_]+(/[a-z0-9_]+)*$")]] = Field(
        default_factory=dict
    )
    goodwill: GoodwillFile | None = None
    deadlines: DeadlinesFile = Field(default_factory=dict)
    planned: PlannedFile | None = None


def load_playbooks(folder: Path, templates: Path | None = None) -> dict[str, Playbook]:
    """Every playbook in `folder` by its file's name; the texts they choose stand below `templates`.

    Raises SetupError with the mistakes of all files, those of playbooks that cannot be kept to among them.
    """
    books: dict[str, Playbook] = {}
    files: dict[str, File] = {}
    claimed: dict[str, str] = {}
    mistakes: list[Mistake] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            file = files[path.stem] = File(path)
            said = file.part(PlaybookFile)
        except SetupError as wrong:
            mistakes += wrong.mistakes
            continue
        book = books[path.stem] = _playbook(path, said)
        mistakes += impossible(file, book, by_hand=said.by_hand, templates=templates)
        for alert in book.alerts:
            if (other := claimed.setdefault(alert, book.name)) != book.name:
                problem = f"{path.name} and {other}.yaml both claim the alert {alert}"
                mistakes.append(Mistake(str(path), 1, problem, "leave it to one"))
    mistakes += without_successor(files, books, {path.stem for path in folder.glob("*.yaml")})
    if mistakes:
        raise SetupError("the playbooks cannot be used", tuple(mistakes))
    if not books:
        mistake = Mistake(
            str(folder), 0, "there is no playbook in this folder", "docs/playbooks.md shows how"
        )
        raise SetupError("the playbooks cannot be used", (mistake,))
    return books


def _playbook(path: Path, file: PlaybookFile) -> Playbook:
    return Playbook(
        name=path.stem,
        version=hashlib.sha256(path.read_bytes()).hexdigest()[:12],
        title=file.title,
        service=file.service,
        severity=file.severity,
        alerts=file.alerts,
        channels=file.channels,
        emergency_calls=file.emergency_calls,
        next_update_every=file.words.next_update_every,
        warn_before=file.words.warn_before,
        overrun_before=file.words.overrun_before,
        quiet_for=file.verification.quiet_for,
        receipt_within=file.delivery.receipt_within,
        in_doubt=file.delivery.in_doubt,
        survey=file.survey.ask,
        survey_after=file.survey.after,
        survey_open_for=file.survey.open_for,
        tell_from=file.audience.tell_from,
        seen_within=file.audience.seen_within,
        located_within=file.audience.located_within,
        approve_above=file.audience.approve_above,
        receipt_patience={**PATIENCE, **file.delivery.receipt_patience},
        around_outage=file.delivery.around_outage,
        quiet_hours=file.quiet_hours.made() if file.quiet_hours else None,
        canary=Canary(file.delivery.canary.from_, file.delivery.canary.stop_above),
        approvals=file.approvals.made(file.audience.approve_above),
        severity_rises=file.severity_rises,
        workaround=file.workaround,
        pull_every=file.words.pull_every,
        sampling=file.verification.ask_customers.made() if file.verification.ask_customers else None,
        escalation=file.escalation.made(),
        staff=file.staff.made(),
        wording={str(occasion): folder for occasion, folder in file.wording.items()},
        goodwill=file.goodwill.made() if file.goodwill else None,
        asking=file.survey.made(),
        deadlines=dict(file.deadlines),
        planned=file.planned.made() if file.planned else None,
    )
