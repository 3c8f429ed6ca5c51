"""How a source is asked: where, how often, with which secret, and for how long its silence is borne."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from tellfirst.strict_yaml import StrictModel

_SPAN = re.compile(r"^(\d{1,5})\s*(s|m|h|d)$")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def _span(value: Any) -> timedelta:
    found = _SPAN.match(value) if isinstance(value, str) else None
    if not found or int(found[1]) == 0:
        raise ValueError("write a span above zero with its unit, like 60s or 15m")
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]])


Span = Annotated[timedelta, BeforeValidator(_span)]
Address = Annotated[str, Field(pattern=r"^https?://[^\s/?#@]+(?:/[^\s?#]*)?$")]
"""Without a user: secrets stand in the environment."""


class Poll(StrictModel):
    """`token` is the NAME of a variable; with `user` it holds that account's password, else a bearer token."""

    url: Address
    every: Span = timedelta(seconds=60)
    token: str = ""
    user: str = ""
    ca_file: str = ""
    targets: Address | None = None
    """The Prometheus that sends the alerts: it knows whether a target still exists."""
    target_labels: tuple[str, ...] = Field(("job", "instance"), min_length=1)
    """The labels that an alert has in common with the `up` of its target."""
    patience: Span = timedelta(minutes=15)
    """After this without a believable answer a person is needed."""
