"""Where the time of one match goes: every statement with its seconds, slowest first."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

FIRST_WORDS = 60
INNERMOST = re.compile(r"FROM (?!\()[^()=]{1,70}")


@dataclass(slots=True)
class Statement:
    """One statement as it was sent, with its parameters."""

    text: str
    parameters: Any
    seconds: float = 0.0
    began: float = field(default_factory=time.perf_counter)


@contextmanager
def watching(engine: Engine) -> Iterator[list[Statement]]:
    """The statements of `engine` in the meantime, in their order."""
    seen: list[Statement] = []

    def before(_c: Any, _cursor: Any, text: str, parameters: Any, _context: Any, _many: bool) -> None:
        seen.append(Statement(text, parameters))

    def after(*_: Any) -> None:
        seen[-1].seconds = time.perf_counter() - seen[-1].began

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


def slowest(seen: list[Statement], whole: float, many: int = 6) -> list[dict[str, Any]]:
    """For people and JSON. What is not a statement, the commit above all, comes last."""
    rows = [
        {"seconds": round(one.seconds, 4), "statement": _short(one.text)}
        for one in sorted(seen, key=lambda one: -one.seconds)[:many]
    ]
    rest = whole - sum(one.seconds for one in seen)
    return [*rows, {"seconds": round(rest, 4), "statement": "commit, network and everything in Python"}]


def _short(text: str) -> str:
    """How it begins, and the tables its innermost part reads."""
    words = " ".join(text.split())
    read = INNERMOST.search(words)
    return words[:FIRST_WORDS] + (f" … {read[0].strip()}" if read and read.start() > FIRST_WORDS else "")
