"""The header of a file against the columns its kind knows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from tellfirst.audience.importing.layouts import Layout
from tellfirst.audience.importing.terms import FileRefused

MOST_COLUMNS = 1_000
_LIKE_A_NAME = re.compile(r"^[A-Za-z_][A-Za-z_ -]{0,39}$")


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a file, in its order, under the names of its layout; the line they stand on."""

    names: tuple[str, ...]
    line: int


def understand(path: Path, line: int, found: Sequence[str], layout: Layout) -> Header:
    """Raises FileRefused for a column that is unknown, missing or doubled.

    What does not look like a column's name is not repeated: without a header, it is a customer.
    """

    def refuse(problem: str, cure: str) -> FileRefused:
        return FileRefused("header", path, line, problem, cure)

    if len(found) > MOST_COLUMNS:
        raise refuse(
            f"has {len(found)} columns", f"leave those that {layout.kind} know: {_listed(layout.names)}"
        )
    names = tuple(name.strip().lower() for name in found)
    if not set(names) & set(layout.names):
        raise refuse("has no column that is known", f"begin with a header: {_listed(layout.names)}")
    for number, name in enumerate(names, start=1):
        if name not in layout.names:
            raise refuse(*_unknown(number, name, layout))
        if names.count(name) > 1:
            raise refuse(f"has the column {name} {names.count(name)} times", "leave one of them")
    missing = [one.name for one in layout.columns if one.required and one.name not in names]
    if missing:
        raise refuse(f"lacks {_listed(missing)}", "add what is missing; every row needs it")
    return Header(names, line)


def _unknown(number: int, name: str, layout: Layout) -> tuple[str, str]:
    called = f"column {number}, '{name}'," if _LIKE_A_NAME.match(name) else f"column {number}"
    near = get_close_matches(name[:40], layout.names, n=1)
    cure = f"did you mean {near[0]}?" if near else f"remove it; {layout.kind} know {_listed(layout.names)}"
    return f"{called} is unknown", cure


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
