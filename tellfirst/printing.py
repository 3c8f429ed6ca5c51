"""What a person or a program sees: tables for one, JSON for the other."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

WIDE = 150
"""Columns when nobody's terminal says: a log or a pipe should not fold tables at 80."""

out = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
err = Console(stderr=True, highlight=False)


def show_table(title: str, rows: Sequence[Mapping[str, Any]], *, empty: str = "nothing") -> None:
    """Rows as a table, or one line that says there are none."""
    if not rows:
        out.print(f"{title}: {empty}")
        return
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for name in rows[0]:
        number = isinstance(rows[0][name], int | float)
        table.add_column(name, justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    out.print(table)


def show_json(value: Any) -> None:
    """Machine-readable, on standard output, one document."""
    json.dump(value, sys.stdout, indent=2, default=_plain, ensure_ascii=False)
    sys.stdout.write("\n")


def ensure_writable(path: Path) -> None:
    """Make the folders of `path` and try to write it: before long work, not after it. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8"):
        pass


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:%Y-%m-%d %H:%M} UTC" if isinstance(value, datetime) else str(value)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
