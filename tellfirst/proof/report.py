"""What a proof came to, for people and for programs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tellfirst.proof.points import INSIDE, NAMES, POINTS
from tellfirst.proof.running import Ran

FLOOR_FROM = 100
"""With fewer schedules than this nobody can ask that every point was struck."""
ONE_STRIKE_IN = 200
"""At least one strike at each point for every so many schedules."""
MOST_SHOWN = 20


@dataclass
class Part:
    """Schedules of one backend under one policy, in numbers."""

    backend: str
    policy: str
    schedules: int = 0
    kills: int = 0
    stalls: int = 0
    naps: int = 0
    restarts: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    lies: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    accepted: int = 0
    recorded: int = 0
    lost: int = 0
    counted_duplicates: int = 0
    uncounted_duplicates: int = 0
    resends: int = 0
    unconfirmed: int = 0
    untold: int = 0
    refused_receipts: int = 0
    anomalies: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def add(self, ran: Ran) -> None:
        verdict, seen = ran.verdict, ran.seen
        self.schedules += 1
        self.kills += seen.kills
        self.stalls += seen.stalls
        self.naps += seen.naps
        self.restarts += seen.restarts
        self.faults.update(ran.faults)
        self.lies.update(ran.lies)
        self.messages += verdict.message_count
        self.accepted += verdict.accepted_count
        self.recorded += verdict.recorded_count
        self.lost += verdict.lost_count
        self.counted_duplicates += verdict.counted_duplicates
        self.uncounted_duplicates += verdict.uncounted_duplicates
        self.resends += verdict.resend_count
        self.unconfirmed += verdict.unconfirmed_count
        self.untold += verdict.untold_count
        self.refused_receipts += ran.refused_receipts
        self.anomalies.update(verdict.anomalies)
        self.seconds += ran.seconds

    def row(self) -> dict[str, Any]:
        """For the table."""
        return {
            "database": self.backend,
            "policy": self.policy,
            "schedules": self.schedules,
            "kills": self.kills,
            "stops": self.stalls + self.naps,
            "restarts": self.restarts,
            "faults": self.faults.total(),
            "messages": self.messages,
            "accepted": self.accepted,
            "recorded": self.recorded,
            "lost": self.lost,
            "twice, uncounted": self.uncounted_duplicates,
            "twice, counted": self.counted_duplicates,
            "resends": self.resends,
            "unconfirmed": self.unconfirmed,
            "untold": self.untold,
            "late": self.anomalies["late_acceptance"],
        }


@dataclass
class Report:
    """Everything a run of `tellfirst prove` found."""

    seed: int
    command: str
    parts: dict[tuple[str, str], Part] = field(default_factory=dict)
    passed: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    violations: list[dict[str, Any]] = field(default_factory=list)
    wall_seconds: float = 0.0

    def add(self, ran: Ran, *, replay: str) -> None:
        """Count a schedule that has run."""
        self.parts.setdefault((ran.backend, ran.policy), Part(ran.backend, ran.policy)).add(ran)
        self.passed.update(ran.passed)
        self.struck.update(ran.struck)
        self.violations += [{"what": what, "replay": replay} for what in ran.violations]

    @property
    def schedules(self) -> int:
        return sum(part.schedules for part in self.parts.values())

    def check_floors(self) -> None:
        """A point that was hardly ever struck proves nothing: that is a violation too."""
        floor = self.floor
        for name in POINTS:
            if name != INSIDE and floor and self.struck[name] < floor:
                what = f"'{name}' was struck {self.struck[name]} times; the floor is {floor}"
                self.violations.append({"what": what, "replay": self.command})

    @property
    def floor(self) -> int:
        return 0 if self.schedules < FLOOR_FROM else max(1, self.schedules // ONE_STRIKE_IN)

    def measures(self) -> list[dict[str, Any]]:
        """A row for each number and a column for each part: there are more numbers than a terminal has room for."""
        rows = {f"{part.backend}, {part.policy}": part.row() for part in self.parts.values()}
        names = [name for name in next(iter(rows.values()), {}) if name not in ("database", "policy")]
        return [{"": name} | {part: row[name] for part, row in rows.items()} for name in names]

    def points(self) -> list[dict[str, Any]]:
        """Per point how often it was passed and struck."""
        return [
            {
                "point": name,
                "passed": self.passed[name],
                "struck": self.struck[name],
                "floor": self.floor if name in POINTS and name != INSIDE else 0,
            }
            for name in NAMES
            if name in POINTS or self.passed[name]
        ]

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "command": self.command,
            "seed": self.seed,
            "schedules": self.schedules,
            "wall_seconds": round(self.wall_seconds, 1),
            "schedules_per_second": round(self.schedules / self.wall_seconds, 2)
            if self.wall_seconds
            else None,
            "parts": [
                part.row()
                | {
                    "faults": dict(part.faults),
                    "lies": dict(part.lies),
                    "anomalies": dict(part.anomalies),
                    "refused_receipts": part.refused_receipts,
                }
                for part in self.parts.values()
            ],
            "points": self.points(),
            "violations": self.violations,
            "holds": not self.violations,
        }


def shown(violations: Sequence[dict[str, Any]]) -> list[str]:
    """The first of them as lines, and how many more there are."""
    lines = [f"{one['what']}   replay: {one['replay']}" for one in violations[:MOST_SHOWN]]
    more = len(violations) - len(lines)
    return lines if more <= 0 else [*lines, f"... and {more} more"]
