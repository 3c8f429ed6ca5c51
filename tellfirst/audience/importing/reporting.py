"""Report: what became of every row of a file."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from tellfirst.audience.importing.rules import SENTENCES, Note, Rule
from tellfirst.audience.importing.terms import ImportKind


class Watch:
    """Seconds spent in each phase."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, phase: str) -> Iterator[None]:
        begun = perf_counter()
        try:
            yield
        finally:
            self.seconds[phase] = self.seconds.get(phase, 0.0) + perf_counter() - begun


@dataclass(frozen=True, slots=True)
class Report:
    """Every row is new, changed, unchanged, ignored or rejected. `refused` says why nothing was imported."""

    kind: ImportKind
    file: str
    row_count: int = 0
    new_count: int = 0
    changed_count: int = 0
    unchanged_count: int = 0
    ignored_count: int = 0
    rejected_count: int = 0
    repaired_count: int = 0
    removed_count: int = 0
    unreachable_count: int = 0
    incident_count: int = 0
    notes: Counter[tuple[str, Note]] = field(default_factory=Counter)
    rejects: Counter[tuple[str, str]] = field(default_factory=Counter)
    rejects_file: Path | None = None
    batch_id: int | None = None
    dry_run: bool = False
    refused: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def accepted_count(self) -> int:
        return self.new_count + self.changed_count + self.unchanged_count

    @property
    def rows_per_second(self) -> float:
        spent = sum(self.seconds.values())
        return self.row_count / spent if spent else 0.0

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": str(self.kind),
            "file": self.file,
            "refused": self.refused,
            "dry_run": self.dry_run,
            "batch": self.batch_id,
            "rows": self.row_count,
            "accepted": {
                "new": self.new_count,
                "changed": self.changed_count,
                "unchanged": self.unchanged_count,
            },
            "ignored_duplicates": self.ignored_count,
            "removed": self.removed_count,
            "repaired": {"rows": self.repaired_count, "by_rule": self.noted()},
            "rejected": {"rows": self.rejected_count, "by_rule": self.broken()},
            "rejects_file": str(self.rejects_file) if self.rejects_file else None,
            "cannot_be_told": self.unreachable_count,
            "incidents_to_look_at": self.incident_count,
            "seconds": {phase: round(spent, 3) for phase, spent in self.seconds.items()},
            "rows_per_second": round(self.rows_per_second),
        }

    def noted(self) -> list[dict[str, Any]]:
        """What was mended, most often first."""
        return [
            {"column": column, "rule": str(note), "values": count, "what": SENTENCES[note]}
            for (column, note), count in self.notes.most_common()
        ]

    def broken(self) -> list[dict[str, Any]]:
        """Why rows were rejected, most often first."""
        return [
            {"column": column, "rule": rule, "rows": count, "what to do": SENTENCES[Rule(rule)]}
            for (column, rule), count in self.rejects.most_common()
        ]

    def summary(self) -> list[dict[str, Any]]:
        """One line per fate, for a table."""
        told = {
            "rows": self.row_count,
            "new": self.new_count,
            "changed": self.changed_count,
            "unchanged": self.unchanged_count,
            "repaired among them": self.repaired_count,
            "rejected": self.rejected_count,
            "ignored: the same row again": self.ignored_count,
        }
        told |= {"edges removed": self.removed_count} if self.kind is ImportKind.EDGES else {}
        told |= (
            {"cannot be told: no phone, no mail": self.unreachable_count} if self.unreachable_count else {}
        )
        return [{"what": name, "count": count} for name, count in told.items()]
