"""What a replay came to: by source, for people and for programs."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tellfirst.replay.comparing import Failed, Outcome
from tellfirst.replay.conduct import Compared
from tellfirst.replay.figures import Figure, figures

EVERYTHING = "all"


@dataclass
class Report:
    """Everything that was played. `skipped` is by file, then by reason."""

    command: str
    skipped: Mapping[str, Mapping[str, int]]
    compared: list[Compared] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    wall_seconds: float = 0.0
    load: tuple[float, float] = (0.0, 0.0)
    """The machine's load average at the beginning and at the end."""
    jobs: int = 1

    def add(self, outcome: Outcome) -> None:
        if isinstance(outcome, Failed):
            self.failed.append(outcome)
        else:
            self.compared.append(outcome)

    @property
    def per_minute(self) -> float:
        return 60 * len(self.compared) / self.wall_seconds if self.wall_seconds else 0.0

    def by_source(self) -> Iterator[tuple[str, int, list[Figure]]]:
        """Each source by itself, then all of them together where there are several."""
        groups: dict[str, list[Compared]] = defaultdict(list)
        for one in sorted(self.compared, key=lambda it: (it.source, it.id)):
            groups[one.source].append(one)
        if len(groups) > 1:
            groups[EVERYTHING] = [one for group in groups.values() for one in group]
        for name, group in groups.items():
            yield name, len(group), figures(group)

    def misses(self) -> list[str]:
        """What did not hold, in sentences; empty when all did."""
        found = [f"{one.source} {one.id} was not played to its end: {one.what}" for one in self.failed]
        for name, _, each in self.by_source():
            found += [
                f"{name}: {figure.name} is {shown(figure.ours)} {figure.unit}, wanted {figure.target}"
                for figure in each
                if figure.met is False
            ]
        if not self.compared:
            found.append("nothing was played")
        return found

    def to_json(self) -> dict[str, Any]:
        sources = list(self.by_source())
        return {
            "command": self.command,
            "histories": len(self.compared),
            "skipped": {name: dict(counts) for name, counts in self.skipped.items() if counts},
            "failed": [{"source": one.source, "id": one.id, "what": one.what} for one in self.failed],
            "wall_seconds": self.wall_seconds,
            "per_minute": self.per_minute,
            "jobs": self.jobs,
            "load": {"at_start": self.load[0], "at_end": self.load[1]},
            "sources": {name: {"histories": count} for name, count, _ in sources},
            "rows": [{"source": name, **figure.to_json()} for name, _, each in sources for figure in each],
            "misses": self.misses(),
        }


def shown(value: float | None) -> str:
    """Short enough to compare by eye; nothing where there is nothing to measure."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:,.1f}"
