"""What came of simulated lifecycles: promises by how they ended, and everything that must not be."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from tellfirst.replay.invariants import violations
from tellfirst.replay.lifecycles import Lifecycle
from tellfirst.replay.living import life
from tellfirst.replay.theatre import Theatre
from tellfirst.simulator.stage import NeverAtRest
from tellfirst.store import tables as t
from tellfirst.store.engine import reading


@dataclass(frozen=True, slots=True)
class Lived:
    """One lifecycle at its end; `wrong` says in sentences what must not be."""

    name: str
    words: int
    promises: dict[str, int]
    overdue: int
    happenings: dict[str, int]
    wrong: tuple[str, ...]


def live(theatre: Theatre, it: Lifecycle) -> Lived:
    """Play it to its end and ask the books and the carriers about the four invariants."""
    this = life(theatre, it)
    stuck: list[str] = []
    try:
        this.play()
    except NeverAtRest as reason:
        stuck.append(str(reason))
    p = t.promise.c
    with reading(theatre.engine) as connection:
        words = connection.execute(select(func.count()).select_from(t.notice)).scalar_one()
        states = connection.execute(select(p.state, func.count()).group_by(p.state)).all()
    return Lived(
        it.name,
        words,
        {row[0]: row[1] for row in states},
        len(this.stage.overdue),
        dict(Counter(one.what.value for one in it.happenings)),
        (*stuck, *violations(this.stage)),
    )


@dataclass
class Lives:
    """All of them. `wrong` names each lifecycle with what was wrong in it."""

    seed: int
    count: int = 0
    words: int = 0
    promises: Counter[str] = field(default_factory=Counter)
    overdue: int = 0
    happenings: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    wall_seconds: float = 0.0

    def add(self, one: Lived) -> None:
        self.count += 1
        self.words += one.words
        self.promises.update(one.promises)
        self.overdue += one.overdue
        self.happenings.update(one.happenings)
        self.wrong += [f"lifecycle {one.name}: {what}" for what in one.wrong]

    def to_json(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "lifecycles": self.count,
            "words": self.words,
            "promises": dict(self.promises),
            "promises_open_60_s_past_their_time": self.overdue,
            "happenings": dict(self.happenings),
            "wrong": self.wrong,
            "wall_seconds": self.wall_seconds,
            "per_minute": 60 * self.count / self.wall_seconds if self.wall_seconds else 0.0,
        }
