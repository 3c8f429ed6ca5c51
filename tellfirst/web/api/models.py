"""What goes in and comes out, typed; times are UTC, contact points masked."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tellfirst.domain.delivery import StopEffect
from tellfirst.domain.facts import Action, Cause
from tellfirst.domain.incident import Held, Kind, Stage
from tellfirst.domain.occasion import Locale
from tellfirst.notices.words import NOTE_LENGTH
from tellfirst.review.room.heads import Heads

Item = TypeVar("Item")


def writable(text: str) -> str:
    """The text, where a database can keep it: NUL and half a sign it cannot. Raises ValueError."""
    if any(ord(sign) < 32 and sign not in "\n\t\r" for sign in text):
        raise ValueError("no control characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("no half signs") from None
    return text


Reference = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9-]{1,40}$", description="Like INC-2026-0007.", examples=["INC-2026-0007"])
]
Moment = Annotated[
    str,
    Field(
        pattern=r"^(\+[0-9]{1,5}[mhd]|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]{4,15}(Z|[+-][0-9]{2}:?[0-9]{2}))$",
        description="From now, like +90m, +2h or +1d; or an ISO 8601 time with its zone.",
        examples=["+90m", "2026-11-22T16:30+05:30"],
    ),
]
Text = Annotated[str, Field(max_length=300), AfterValidator(writable)]
Named = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(writable)]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at the most.")]
Before = Annotated[int | None, Query(ge=1, le=2**53, description="The `next` of the page before.")]

After = Annotated[
    str, Query(pattern=r"^([0-9]{1,9}\.[0-9]{1,18})?$", description="The `next` of the page before.")
]


class Page(BaseModel, Generic[Item]):
    """Some of a list; `next` leads to more, and is null on the last page."""

    items: list[Item]
    next: str | None = None


class Line(BaseModel):
    """One incident as the board shows it."""

    reference: str
    name: str
    place: str
    kind: Kind
    stage: Stage
    held: Held | None
    severity: str
    started_at: datetime
    opened_at: datetime
    closed_at: datetime | None
    next_word_at: datetime | None
    estimate_at: datetime | None
    next_due_at: datetime | None
    waits_for: str
    stopped: str
    taken_by: str
    contact_count: int
    broken_promise_count: int
    customers: Heads


class Incident(Line):
    """The same with its facts and where its run is watched."""

    cause: Cause
    action: Action
    playbook: str | None
    audience_revision: int
    verified_at: datetime | None
    ends_at: datetime | None
    run: str | None = Field(description="The page of its run in Prefect.")
    room: str = Field(description="Its page in the control room.")


class Deadline(BaseModel):
    incident: str
    owed: str
    to: str
    by_pack: str
    anchor: str
    due_at: datetime
    binds: bool
    state: str
    why: str


class Promise(BaseModel):
    incident: str
    kind: str
    made_in: int
    made_at: datetime
    due_at: datetime
    state: str
    settled_at: datetime | None
    late_by_seconds: int
    reason: str
    answered_by: int | None


class Call(BaseModel):
    """One call to staff."""

    incident: str
    about: str
    level: int
    role: str
    asked: str
    due_at: datetime | None
    raised_at: datetime
    state: str
    why: str
    taken_by: str


class Work(BaseModel):
    work: int
    provider: str
    number: str
    status: str
    starts_at: datetime
    ends_at: datetime
    impact: str
    hits: int
    incident: str | None
    held: str | None
    cure: str


class Question(BaseModel):
    """What waits for a person's leave; an audience of nobody has no clock."""

    incident: str
    state: str
    revision: int
    customers: int
    share: str
    agreed: int
    needed: int
    first_by: str | None
    asked_at: datetime | None
    due_at: datetime | None
    text_parts: int
    reason: str | None


class Notice(BaseModel):
    """What was told; `audience` counts customers, `occasion` says where it was only published or a holding word."""

    number: int
    at: str
    occasion: str
    reason: str
    by: str
    audience: int
    handed_over: int
    delivered: int
    unreachable: int
    halted: str
    next_word_by: str
    estimate: str


class CauseLine(BaseModel):
    """An element or an area that failed, and how far it is back; times are empty until then."""

    cause: str
    name: str
    impact: str
    since: str
    reported_back: str
    verified: str
    withdrawn: str


class _Seen(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class PreviewText(_Seen):
    channel: str
    language: str
    count: int
    subject: str
    words: str
    parts: int


class PreviewWording(_Seen):
    """The texts that the first word would be, the largest group of readers first."""

    occasion: str
    texts: list[PreviewText]
    reader_count: int
    unshown_count: int
    part_count: int
    cost: Decimal | None
    currency: str
    next_word_at: datetime | None


class PreviewEstimate(_Seen):
    message_counts: dict[str, int]
    segment_count: int
    cost: Decimal | None
    currency: str
    missing: list[str]


class PreviewHandOver(_Seen):
    """Spans from the moment it may leave."""

    started: timedelta
    half: timedelta
    most: timedelta
    done: timedelta
    count: int
    stuck_count: int


class Preview(_Seen):
    """Counts of customers; `fresh`: made for this look, nobody is matched by it."""

    incident: str
    name: str
    stage: str
    held: str | None
    revision: int
    fresh: bool
    affected_count: int
    base_count: int
    share: str
    approve_above: str
    approval_needed: bool
    at_risk_count: int
    uncertain_count: int
    priority_count: int
    impacts: dict[str, int]
    services: dict[str, int]
    channels: dict[str, int]
    languages: dict[str, int]
    outcomes: dict[str, int]
    areas: dict[str, int]
    estimate: PreviewEstimate
    hand_over: PreviewHandOver
    wording: PreviewWording


class Happened(BaseModel):
    at: datetime
    what: str
    incident: str
    channel: str
    how: str


class Person(BaseModel):
    """One customer's history, the oldest first. More stands here as more is kept of them."""

    model_config = ConfigDict(extra="allow")

    reference: str
    language: str
    wish: str | None
    priority: bool
    services: list[dict[str, Any]]
    entries: list[Happened]


class Me(BaseModel):
    account: str
    roles: list[str]


class Body(BaseModel):
    """A request that says nothing unknown."""

    model_config = ConfigDict(extra="forbid")


class Update(Body):
    """At least one of its parts."""

    cause: Cause | None = None
    action: Action | None = None
    estimate: Moment | None = None
    notes: dict[Locale, Annotated[str, Field(max_length=NOTE_LENGTH), AfterValidator(writable)]] = Field(
        default_factory=dict, description="Your sentence by language.", max_length=4
    )
    correction: bool = False


class Elements(Body):
    elements: list[Named] = Field(default_factory=list, max_length=1_000)


class Stop(Body):
    reason: Annotated[str, Field(min_length=1, max_length=300), AfterValidator(writable)]
    effect: StopEffect = StopEffect.HOLD


class Approve(Body):
    revision: int = Field(ge=0, le=2**31 - 1, description="The revision of the audience that you looked at.")
    remark: Text = ""


class Decline(Body):
    revision: int = Field(ge=0, le=2**31 - 1)
    remark: Annotated[str, Field(min_length=1, max_length=300), AfterValidator(writable)]


class Extend(Body):
    until: Moment


class Done(BaseModel):
    """What came of an act: a closed word, and what it touched."""

    done: str
    incident: str | None = None
    elements: list[str] = Field(default_factory=list)
    notices: list[int] = Field(default_factory=list)
    count: int | None = None
