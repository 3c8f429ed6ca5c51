"""What every measurement ends in: figures beside their targets, as a table and as out/bench/NAME.json."""

import json
import operator
import os
import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from rich.table import Table

from tellfirst.printing import out

FOLDER = Path("out/bench")
HOLDS = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt, "==": operator.eq}


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `target` is a comparison like `<= 3`, or None where nothing was promised."""

    name: str
    value: float
    unit: str
    target: str | None = None

    @property
    def met(self) -> bool | None:
        """`value` compared with `target`, and nothing else; None without a target."""
        if self.target is None:
            return None
        sign, limit = self.target.split()
        return bool(HOLDS[sign](self.value, float(limit)))

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "target": self.target,
            "met": self.met,
        }


@dataclass(frozen=True, slots=True)
class Setting:
    """Where, with what and from which seed a measurement was made; taken when it begins."""

    command: str
    seed: int
    machine: dict[str, Any]
    versions: dict[str, str]

    @classmethod
    def begin(cls, command: str, seed: int, packages: Sequence[str], **more_versions: str) -> Self:
        """`packages` are names of installed packages whose versions matter, `more_versions` other programs'."""
        versions = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
        versions |= {name: version(name) for name in packages} | more_versions
        return cls(command, seed, _machine(), versions)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished measurement. `details` is kept in the JSON beside the figures, in any shape."""

    name: str
    setting: Setting
    figures: tuple[Figure, ...]
    details: dict[str, Any]

    @property
    def holds(self) -> bool:
        """Whether every figure that has a target meets it."""
        return all(figure.met is not False for figure in self.figures)

    def to_json(self) -> dict[str, Any]:
        return {
            "command": self.setting.command,
            "machine": {**self.setting.machine, "load_at_end": os.getloadavg()[0]},
            "versions": self.setting.versions,
            "seed": self.setting.seed,
            "rows": [figure.to_json() for figure in self.figures],
            **self.details,
        }


def conclude(outcome: Outcome, file: Path | None = None) -> int:
    """Print the table, write the JSON to `file` (default out/bench/NAME.json); the exit status: 0 if it holds."""
    written = outcome.to_json()
    file = file or FOLDER / f"{outcome.name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        json.dumps(written, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
    )
    _show(outcome, written["machine"])
    out.print(f"written to {file}")
    return 0 if outcome.holds else 1


def number(value: float) -> str:
    """Short enough to compare by eye: whole from 100 on, else three figures that count."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def _show(outcome: Outcome, machine: dict[str, Any]) -> None:
    table = Table(title=outcome.setting.command, title_justify="left", title_style="bold")
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("unit")
    table.add_column("target", justify="right")
    table.add_column("met")
    words = {True: "yes", False: "[bold red]NO[/]", None: ""}
    for one in outcome.figures:
        table.add_row(one.name, number(one.value), one.unit, one.target or "", words[one.met])
    out.print(table)
    out.print(", ".join(f"{name} {value}" for name, value in machine.items()))
    versions = outcome.setting.versions
    out.print(
        ", ".join(f"{name} {value}" for name, value in versions.items()), f"seed {outcome.setting.seed}"
    )


def _machine() -> dict[str, Any]:
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "cpu": _processor(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "load_at_start": os.getloadavg()[0],
    }


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        for line in listed.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
