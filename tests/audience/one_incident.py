"""One incident at two sites, followed through its revisions: what tests of revisions have in common."""

from typing import Any

import hyderabad
from hyderabad import BOOK, FIRST, MINUTE, T0, add_customer, voice
from sqlalchemy import Connection, Engine, insert, select, update

from tellfirst.audience.matching import match
from tellfirst.delivery.intending import intend
from tellfirst.delivery.leasing import lease
from tellfirst.detect.causes import withdraw_cause
from tellfirst.detect.weighing import weigh
from tellfirst.domain.audience import Whom
from tellfirst.domain.incident import Stage, Step
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Occasion
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.surveys.asking import ask
from tellfirst.timelines.situation import next_step

LATER = T0 + MINUTE
CERTAIN = LATER + BOOK.quiet_for
HUB = "hub:Hyderabad-Miyapur"
NEVER_AFFECTED = Take(Step.FOLLOW_UP, "never_affected", Occasion.CORRECTION, Whom.WRONGLY_TOLD)
NO_CAUSE_LEFT = Take(Step.FOLLOW_UP, "no_cause_left", Occasion.RESTORED, Whom.BACK)
NO_LONGER_HIT = Take(Step.FOLLOW_UP, "no_longer_hit", Occasion.RESTORED, Whom.BACK)
HIT_WORSE = Take(Step.FOLLOW_UP, "hit_worse", Occasion.UPDATE, Whom.WORSE)


def told_of_two_sites(engine: Engine) -> Engine:
    """HYD0004 and HYD0005 are down. Customer 1 hangs on the first, 2 on the second, 3 on both."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        add_customer(connection, 2, "HYD0005")
        add_customer(connection, 3, "HYD0004", "HYD0005")
        hyderabad.strike(connection, "HYD0004", "HYD0005")
        hyderabad.tell(connection)
    return engine


def withdraw(connection: Connection, *sites: str, now: Any = LATER) -> None:
    for site in sites:
        assert withdraw_cause(connection, 1, f"site:{site}", now, "ravi")
    match(connection, FIRST, now)


def imported(connection: Connection, at: Any) -> None:
    """A file was imported at `at`: whatever records differ, differ because of it."""
    counts = {"row_count": 1, "accepted_count": 1, "repaired_count": 0, "rejected_count": 0}
    batch = {"kind": "services", "file": "services.csv", "sha256": "0" * 64, "at": at, "actor": "ravi"}
    connection.execute(insert(t.import_batch).values(**batch, **counts))


def move(connection: Connection, key: int, site: str) -> None:
    moved = update(t.service).where(t.service.c.customer_id == key)
    connection.execute(moved.values(element_id=f"site:{site}"))


def heard(connection: Connection, key: int) -> list[tuple[str, str]]:
    """What was planned for a customer, in order, and what became of it."""
    d = t.delivery.c
    found = select(d.occasion, d.state).where(d.customer_id == key).order_by(d.notice_id)
    return [row._tuple() for row in connection.execute(found)]


def run(connection: Connection, now: Any) -> list[Take]:
    """Everything the incident asks for at `now`, done; what it was."""
    done: list[Take] = []
    while isinstance(due := next_step(connection, FIRST, now, now), Take):
        assert len(done) < 20, done
        done.append(due)
        match due.step:
            case Step.MATCH:
                match(connection, FIRST, now)
            case Step.NOTIFY:
                hyderabad.tell(connection, now)
            case Step.FOLLOW_UP:
                hyderabad.speak_next(connection, due, now)
            case Step.SURVEY:
                ask(connection, FIRST, voice(now))
                hyderabad.deliver(connection, now)
            case Step.CLOSE:
                connection.execute(update(t.incident).values(stage=Stage.CLOSED))
            case _:
                weigh(connection, FIRST, now)
    return done


def intend_all(connection: Connection, now: Any) -> list[int]:
    """Of every chunk that waits, whom its worker would write to."""
    waiting = connection.scalars(select(t.chunk.c.id).where(t.chunk.c.done_at.is_(None))).all()
    found = []
    for chunk_id in waiting:
        held = lease(connection, chunk_id, now)
        assert held is not None
        found += [one.customer_id for one in intend(connection, held, 100, now, now)]
    return found
