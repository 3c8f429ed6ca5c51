"""Prometheus Alertmanager's webhook body, version 4.

Source: prometheus.io/docs/alerting/latest/configuration, webhook_config. Each alert is judged by its own
status: a body that says "firing" may hold resolved alerts, and one that lacks an alert says nothing of it.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, ValidationError

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


class Body(BaseModel):
    version: Literal["4"]
    alerts: list[Alert] = Field(min_length=1, max_length=ALERT_LIMIT)
    truncated_alerts: int = Field(0, alias="truncatedAlerts", ge=0)


def parse(body: bytes) -> list[Signal]:
    """The signals in a webhook body. Raises Refused, which names the first wrong field, and takes nothing."""
    try:
        parsed = Body.model_validate_json(body, strict=True)
    except ValidationError as wrong:
        fault = wrong.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"]) or "the body"
        raise Refused(
            "wrong_shape", f"not an Alertmanager version 4 body: {where}: {fault['msg']}", 422
        ) from None
    return [_signal(alert) for alert in parsed.alerts]


def _signal(alert: Alert) -> Signal:
    resolved = alert.status == "resolved"
    return Signal(
        source=SOURCE,
        fingerprint=alert.fingerprint,
        starts_at=alert.starts_at,
        state=SignalState(alert.status),
        # A firing alert carries year 1 (Go's zero time) as its end.
        ends_at=alert.ends_at if resolved and alert.ends_at > _ZERO else None,
        labels=alert.labels,
    )
