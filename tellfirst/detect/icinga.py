"""Icinga 2: its event stream (StateChange, Notification) and its listing of hosts and services.

Source: icinga.com/docs/icinga-2/latest/doc/12-icinga2-api, event streams and object queries. A soft state is a
check that is being repeated, and no signal yet. A recovery inside a downtime comes as a StateChange alone, without
the notification RECOVERY; acknowledgements and downtimes are notifications too, and say nothing of service.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from tellfirst.detect.alertmanager import ALERT_LIMIT, Text, refusal
from tellfirst.domain.errors import Refused
from tellfirst.domain.signal import Signal, SignalState

HARD = 1
SERVICE_SEVERITY = {0: "ok", 1: "warning", 2: "critical", 3: "unknown"}
HOST_ALERT, SERVICE_ALERT = "HostDown", "ServiceDown"
Seconds = Annotated[float, Field(ge=0, lt=253_000_000_000, allow_inf_nan=False)]


class CheckResult(BaseModel):
    execution_end: Seconds


class StateChange(BaseModel):
    type: Literal["StateChange"]
    host: Text = Field(min_length=1)
    service: Text = ""
    state: Annotated[float, Field(ge=0, le=3)]
    state_type: Annotated[float, Field(ge=0, le=1)]
    downtime_depth: Annotated[float, Field(ge=0)] = 0
    check_result: CheckResult


class Notified(BaseModel):
    type: Literal["Notification"]
    host: Text = Field(min_length=1)
    service: Text = ""
    notification_type: str
    check_result: CheckResult


_LINE: TypeAdapter[StateChange | Notified] = TypeAdapter(
    Annotated[StateChange | Notified, Field(discriminator="type")]
)


class Attributes(BaseModel):
    """Of a host or a service; `last_hard_state_change` is the end of the check that brought it."""

    name: Text
    host_name: Text = ""
    state: Annotated[float, Field(ge=0, le=3)]
    state_type: Annotated[float, Field(ge=0, le=1)]
    last_hard_state: Annotated[float, Field(ge=0, le=3)]
    last_hard_state_change: Seconds
    last_check: float
    """-1 before the first check, when every host is listed as down."""
    downtime_depth: float = 0
    vars: dict[str, Any] | None = None


class Checked(BaseModel):
    type: Literal["Host", "Service"]
    attrs: Attributes


class Listing(BaseModel):
    results: list[Checked]


def read_stream(body: bytes, source: str) -> list[Signal]:
    """The signals in lines of the event stream. Raises Refused, which names the line, and takes nothing.

    Events of other types, soft states and notifications that say nothing of service are passed over.
    """
    signals: list[Signal] = []
    lines = [line for line in body.split(b"\n") if line.strip()]
    if not lines or len(lines) > ALERT_LIMIT:
        raise Refused("wrong_shape", f"not 1 to {ALERT_LIMIT} lines of Icinga's event stream", 422)
    for number, line in enumerate(lines, 1):
        try:
            tree = json.loads(line)
            if not isinstance(tree, dict) or not isinstance(tree.get("type"), str):
                raise Refused("wrong_shape", f"line {number} is no event of Icinga's stream", 422)
            if tree["type"] in ("StateChange", "Notification"):
                signals += _of_line(_LINE.validate_python(tree), source)
        except ValidationError as wrong:
            raise refusal(f"an event of Icinga's stream in line {number}", wrong) from None
        except (ValueError, RecursionError):
            raise Refused("wrong_shape", f"line {number} is no JSON that can be read", 422) from None
    return signals


class Look(StrEnum):
    """How well Icinga knows the state that it lists."""

    HARD = "hard"
    SOFT = "soft"
    """The check is being repeated; the last hard state still counts."""
    NEVER = "never"
    """It has not been checked since Icinga started."""


def read_objects(body: bytes, source: str) -> list[tuple[Signal, Look]]:
    """Every host or service of a listing as it stands, and how well that is known. Raises Refused."""
    try:
        listing = Listing.model_validate_json(body)
    except ValidationError as wrong:
        raise refusal("a listing of Icinga's objects", wrong) from None
    return [(_of_object(one, source), _look(one.attrs)) for one in listing.results]


def _look(attrs: Attributes) -> Look:
    if attrs.last_check <= 0:
        return Look.NEVER
    return Look.HARD if attrs.state_type == HARD else Look.SOFT


def _of_line(line: StateChange | Notified, source: str) -> Iterable[Signal]:
    ended = line.check_result.execution_end
    if isinstance(line, Notified):
        # The state is in the StateChange; a notification makes good one that was lost.
        if line.notification_type == "RECOVERY":
            yield _signal(source, line.host, line.service, 0, ended, False, {})
        return
    if line.state_type == HARD:
        yield _signal(source, line.host, line.service, int(line.state), ended, line.downtime_depth > 0, {})


def _of_object(one: Checked, source: str) -> Signal:
    attrs = one.attrs
    host, service = (attrs.host_name, attrs.name) if one.type == "Service" else (attrs.name, "")
    more = {name: str(value) for name, value in (attrs.vars or {}).items() if isinstance(value, str | int)}
    state, since = int(attrs.last_hard_state), attrs.last_hard_state_change
    return _signal(source, host, service, state, since, attrs.downtime_depth > 0, more)


def _signal(
    source: str, host: str, service: str, state: int, since: float, downtime: bool, more: dict[str, str]
) -> Signal:
    severity = SERVICE_SEVERITY[state] if service else ("critical" if state else "ok")
    labels = {**more, "alertname": SERVICE_ALERT if service else HOST_ALERT, "host": host}
    labels |= {"severity": severity} | ({"service": service} if service else {})
    name = f"{host}!{service}" if service else host
    return Signal(
        source=source,
        fingerprint=name,
        starts_at=datetime.fromtimestamp(since, UTC),
        state=SignalState.FIRING if state else SignalState.RESOLVED,
        ends_at=None,
        labels=labels,
        suppressed=downtime and bool(state),
    )
