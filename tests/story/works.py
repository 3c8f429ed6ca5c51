"""Announced work on the stage: what is stated of it, what engineers say, and the timetable with its days."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from stage import Stage

from tellfirst.detect import working
from tellfirst.detect.announcing import take_up
from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import Reach
from tellfirst.domain.work import StatedWork, Window, WorkSource, WorkStatus
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.works.adding import add_work


@dataclass(frozen=True)
class Line:
    """One line of a timetable: on which day and when which word went to which part of the audience."""

    at: str
    occasion: str
    to: str


def announce(
    stage: Stage,
    starts_at: datetime,
    ends_at: datetime,
    *elements: str,
    impact: Impact = Impact.DOWN,
    number: str = "W-1",
) -> None:
    """Our own planning states work; its incident begins at once."""
    stated = StatedWork(
        provider="own",
        external_id=number,
        sequence=0,
        status=WorkStatus.CONFIRMED,
        window=Window(starts_at, ends_at),
        objects=elements,
        impact=impact,
        source=WorkSource.FORM,
        reason="replacement",
        playbook="planned_work",
    )
    with writing(stage.engine) as connection:
        add_work(connection, stated, "ravi", stage.world.playbooks, stage.clock.now())
        take_up(connection, stage.world.playbooks, stage.clock.now(), "ravi")
    stage.settle()


def restate(stage: Stage, number: str = "W-1", **values: Any) -> None:
    """The provider's next statement of the same work; the clock finds it."""
    with writing(stage.engine) as connection:
        changed = update(t.work).where(t.work.c.external_id == number)
        connection.execute(changed.values(updated_at=stage.clock.now(), **values))
    stage.settle()


def say(stage: Stage, word: Callable[..., None], reference: str, *more: Any) -> None:
    """An engineer's word on running work."""
    with writing(stage.engine) as connection:
        word(connection, reference, *more, stage.clock.now(), "asha")
    stage.settle()


def complete(stage: Stage, reference: str) -> None:
    say(stage, working.complete, reference)


def timetable(stage: Stage) -> list[Line]:
    """Every notice that was sent, whoever it went to; what the page alone says is no message."""
    n = t.notice.c
    with reading(stage.engine) as connection:
        rows = connection.execute(
            select(n.created_at, n.occasion, n.holding, n.whom)
            .where(n.reach == Reach.PUSH)
            .order_by(n.created_at, n.id)
        )
        return [
            Line(f"{row.created_at:%d %b %H:%M}", "holding" if row.holding else row.occasion, row.whom)
            for row in rows
        ]
