"""What is asked for about contacts and openings, and what is answered; times are UTC, contact points masked."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import AfterValidator, BaseModel, Field

from tellfirst.contacts.hands import LONGEST
from tellfirst.contacts.receiving import BODY_LENGTH
from tellfirst.domain.contact import ContactKind
from tellfirst.web.api.models import (
    Body,
    Done,
    Moment,
    Named,
    Preview,
    PreviewWording,
    Text,
    writable,
)

ContactReference = Annotated[
    str, Path(pattern=r"^(CON-)?[0-9]{1,17}$", description="Like CON-000123.", examples=["CON-000123"])
]
DEEPEST = 12
"""Levels of a drawing: a collection of collections of multipolygons has nine."""
Circle = Annotated[
    str,
    Field(
        pattern=r"^-?[0-9.]{1,20},-?[0-9.]{1,20},[0-9.]{1,20}$",
        description="Latitude, longitude, metres.",
        examples=["17.4948,78.3996,500"],
    ),
]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9 -]{1,20}\*?$", examples=["500072", "5000*"])]


def _shallow(value: Any) -> Any:
    """No drawing is deeper; one that is would cost more than it says."""
    level = [value]
    for _ in range(DEEPEST):
        inner = [
            one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)
        ]
        level = [one for part in inner for one in part]
        if not level:
            return value
    raise ValueError(f"more than {DEEPEST} levels deep")


class Open(Body):
    """An incident that a person opens: by elements, by areas, or by both."""

    playbook: Named = Field(examples=["mobile_site_down"])
    elements: list[Named] = Field(default_factory=list, max_length=1_000, examples=[["site:HYD0004"]])
    impact: Literal["down", "degraded", "at_risk"] = "down"
    since: Moment | None = Field(None, description="Now when left out.")
    drawing: Annotated[dict[str, Any], AfterValidator(_shallow)] | None = Field(
        None, description="GeoJSON (RFC 7946): a feature, a collection of them, or a polygon."
    )
    repair: bool = Field(False, description="Mend outlines that cross themselves.")
    near: list[Circle] = Field(default_factory=list, max_length=50)
    area_codes: list[Code] = Field(default_factory=list, max_length=1_000)
    place: Text = Field("", description="What customers call where it is; it stands in every text.")


class Foreseen(Preview):
    """Whom it would hurt, what they would read first and what that costs. Nothing is opened; `incident` is empty."""


class Look(BaseModel):
    """What an act would do. `what` is a closed word; nothing has been done."""

    what: str
    elements: list[str] = Field(default_factory=list)
    count: int | None = Field(None, description="Messages that would be stopped, or would leave.")
    wording: PreviewWording | None = None


class Understood(BaseModel):
    about: str
    words: str
    weight: float


class Answer(BaseModel):
    """One answer to a contact, and how it has fared."""

    at: datetime
    author: str
    kind: str
    channel: str
    state: str
    reason: str | None
    try_count: int
    sent_at: datetime | None
    body: str


class File(BaseModel):
    name: str
    media_type: str
    left_out: str | None


class Contact(BaseModel):
    """What came, how it was understood and why, what became of it, and every answer."""

    contact: str
    received_at: datetime
    door: str
    customer: str | None
    address: str
    language: str | None
    incident: str | None
    kind: str | None
    service: str | None
    place: str | None
    sureness: float | None
    because: list[Understood]
    match: str | None
    state: str
    reason: str | None
    queue: str | None
    answer_due_at: datetime | None
    taken_by: str | None
    closed_at: datetime | None
    subject: str | None
    body: str
    files: list[File]
    answers: list[Answer]


class Bring(Body):
    """A contact that one of our people brings: by whom, through which customer or contact point, and the words."""

    text: Annotated[str, Field(min_length=1, max_length=BODY_LENGTH), AfterValidator(writable)]
    customer: Annotated[str, Field(pattern=r"^([A-Za-z0-9._-]{1,60})?$")] = ""
    address: Annotated[str, Field(max_length=254), AfterValidator(writable)] = ""
    subject: Annotated[str, Field(max_length=250), AfterValidator(writable)] = ""


class Kind(Body):
    kind: ContactKind | None = Field(None, description="What it was, where nobody had been sure.")


class Reply(Kind):
    text: Annotated[str, Field(min_length=1, max_length=LONGEST), AfterValidator(writable)]
    given: bool = Field(False, description="It was said already, as on the telephone; nothing leaves.")


class PassOn(Kind):
    queue: Named = Field(examples=["billing"])


class Close(Kind):
    reason: Annotated[str, Field(min_length=1, max_length=300), AfterValidator(writable)]


class Handled(Done):
    """What came of an act about a contact."""

    contact: str
    state: str
    queue: str | None


class Brought(Handled):
    """The same, and what to say to the customer."""

    kind: str | None
    match: str | None
    answer_due_at: datetime | None
    answer: str
