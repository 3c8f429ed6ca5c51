"""How a source is asked: where, how often, with which secret, and for how long its silence is borne."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from tellfirst.spans import Span
from tellfirst.strict_yaml import StrictModel

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
