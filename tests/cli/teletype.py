"""A command that was typed, and what came back."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import hyderabad

NOW = hyderabad.T0 + timedelta(minutes=7)
"""Where the clock of the installation stands."""
NOBODY_LISTENS = "9"
"""A port."""
NOWHERE = "nowhere:///api"
"""A Prefect that cannot be dialled; at a port where nobody listens its client tries for a second and a half."""


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """The one line of a refusal. It fails when there is more, or anything else."""
        assert (self.status, self.out) == (1, ""), self
        [line] = self.err.splitlines()
        assert line.startswith("tellfirst: ")
        assert "Traceback" not in line
        return line.removeprefix("tellfirst: ")


Terminal = Callable[..., Said]
