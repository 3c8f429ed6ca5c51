"""The brake that works without the database: a file, or a setting of the process."""

import os
from dataclasses import dataclass
from pathlib import Path

FILE = "STOP"
"""In the installation's home. Making it (`touch`) stops everything; removing it lets go."""


@dataclass(frozen=True, slots=True)
class Brake:
    """Looked at before every window and every single call, so that it holds within one message."""

    file: Path | None = None
    set: bool = False
    """TELLFIRST_STOP was given when the process began."""

    @property
    def is_pulled(self) -> bool:
        # Not Path.exists, which takes three times as long: this is asked for every message.
        return self.set or (self.file is not None and os.path.exists(self.file))


NO_BRAKE = Brake()
