"""What is imported and on which terms; how a file is refused as a whole."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from tellfirst.domain.errors import Mistake, Refused


class ImportKind(StrEnum):
    """What the rows of a file are. `phones` is no file: it is the check of numbers that are already here."""

    CUSTOMERS = "customers"
    SERVICES = "services"
    ELEMENTS = "elements"
    EDGES = "edges"
    PRESENCE = "presence"
    CONTACT_POINTS = "contact-points"
    PHONES = "phones"


@dataclass(frozen=True, slots=True)
class Terms:
    """How a file is to be read and when it is refused.

    `region` (like IN) is whose national phone numbers are meant; `refuse_above` is a share of the rows, 0 to 1;
    `rejects` is where the CSV of rejects goes, else it gets a name of its own in `rejects_folder`.
    """

    rejects_folder: Path
    actor: str
    encoding: str = "utf-8"
    separator: str = ","
    region: str | None = None
    refuse_above: float = 0.05
    rejects: Path | None = None
    dry_run: bool = False
    suppression_key: bytes = field(default=b"", repr=False)
    """Under which those who were erased are recognised; empty: nobody is looked for."""


Progress = Callable[[str, float], None]
"""Told of the phase and the share of it that is done, 0 to 1."""


class FileRefused(Refused):
    """Nothing of this file was imported; `mistake` says where, why and what to do."""

    def __init__(self, reason: str, path: Path, line: int, problem: str, cure: str) -> None:
        self.mistake = Mistake(path.name, line, problem, cure)
        super().__init__(reason, f"nothing was imported: {self.mistake}")
