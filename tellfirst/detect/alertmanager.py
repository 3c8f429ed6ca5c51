"""Prometheus Alertmanager: its webhook body, version 4, and what its API v2 lists.

Source: prometheus.io/docs/alerting/latest/configuration, webhook_config; its OpenAPI document, api/v2.
Each alert is judged by its own status: a body that says "firing" may hold resolved alerts, and one that lacks an
alert says nothing of it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError

from tellfirst.domain.errors import Refused
from tellfirst.domain.signal import Signal, SignalState

SOURCE = "alertmanager"
ALERT_LIMIT = 10_000
_ZERO = datetime(1, 1, 1, tzinfo=UTC)


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("this moment does not exist in UTC") from None


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]
"""PostgreSQL can keep every sign but NUL."""


class Alert(BaseModel):
    status: Literal["firing", "resolved"]
    labels: dict[Text, Text]
    starts_at: Moment = Field(alias="startsAt")
    ends_at: Moment = Field(alias="endsAt")
    fingerprint: Text = Field(min_length=1, max_length=64)


class Standing(BaseModel):
    """`unprocessed` is an alert that has not been looked at yet; it fires all the same."""

    state: Literal["active", "suppressed", "unprocessed"]


class Listed(BaseModel):
    """An alert as API v2 lists it."""

    labels: dict[Text, Text]
    starts_at: Moment = Field(alias="startsAt")
    fingerprint: Text = Field(min_length=1, max_length=64)
    status: Standing


_LISTING = TypeAdapter(list[Listed])


class Body(BaseModel):
    version: Literal["4"]
    alerts: list[Alert] = Field(min_length=1, max_length=ALERT_LIMIT)
    truncated_alerts: int = Field(0, alias="truncatedAlerts", ge=0)


@dataclass(frozen=True, slots=True)
class Read:
    """The signals of a body, and how many alerts it was too short for (`max_alerts` of the receiver)."""

    signals: list[Signal]
    truncated_count: int


def parse(body: bytes, source: str = SOURCE) -> list[Signal]:
    """The signals in a webhook body. Raises Refused, which names the first wrong field, and takes nothing."""
    return read(body, source).signals


def read(body: bytes, source: str = SOURCE) -> Read:
    """The same, with how much is missing. Raises Refused."""
    try:
        parsed = Body.model_validate_json(body, strict=True)
    except ValidationError as wrong:
        raise refusal("an Alertmanager version 4 body", wrong) from None
    return Read([_signal(alert, source) for alert in parsed.alerts], parsed.truncated_alerts)


def read_listing(body: bytes, source: str = SOURCE) -> list[Signal]:
    """The alerts that fire now, silenced ones too, from an answer of GET /api/v2/alerts. Raises Refused.

    Alertmanager lists no resolved ones; `endsAt` is when an alert lapses unless it is sent again, no end.
    """
    try:
        listing = _LISTING.validate_json(body, strict=True)
    except ValidationError as wrong:
        raise refusal("a listing of Alertmanager's API v2", wrong) from None
    return [
        Signal(
            source=source,
            fingerprint=alert.fingerprint,
            starts_at=alert.starts_at,
            state=SignalState.FIRING,
            ends_at=None,
            labels=alert.labels,
            suppressed=alert.status.state == "suppressed",
        )
        for alert in listing
    ]


def refusal(what: str, wrong: ValidationError) -> Refused:
    """Names the first wrong field and repeats nothing of what was sent."""
    fault = wrong.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in fault["loc"]) or "the body"
    return Refused("wrong_shape", f"not {what}: {where}: {fault['msg']}", 422)


def _signal(alert: Alert, source: str) -> Signal:
    resolved = alert.status == "resolved"
    return Signal(
        source=source,
        fingerprint=alert.fingerprint,
        starts_at=alert.starts_at,
        state=SignalState(alert.status),
        # A firing alert carries year 1 (Go's zero time) as its end.
        ends_at=alert.ends_at if resolved and alert.ends_at > _ZERO else None,
        labels=alert.labels,
    )
