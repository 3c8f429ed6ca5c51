"""Words that were made and came to nobody, or came when their time had passed; lifecycles by chance found both."""

from datetime import timedelta
from typing import Any

import hyderabad
from databases import fixtures
from hyderabad import BOOK, FIRST, MINUTE, T0, add_customer, rows, speak_next, voice
from sqlalchemy import Connection, Engine, update

from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Occasion
from tellfirst.notices.concluding import conclude_all
from tellfirst.notices.following import follow_up
from tellfirst.notices.words import say
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

UPDATE = Take(Step.FOLLOW_UP, "engineers_spoke", Occasion.UPDATE)
DUE = T0 + BOOK.next_update_every


def _told(engine: Engine) -> Engine:
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
    return engine


told, told_small = fixtures(_told)


def _promises(connection: Connection, kind: str) -> list[tuple[Any, ...]]:
    found = rows(connection, t.promise, "kind", "notice_id", "state", "late_by_seconds", "settled_by")
    return [row[1:] for row in found if row[0] == kind]


def _gives_way(connection: Connection, notice_id: int) -> None:
    """Its carrier was away, and a newer notice took its place."""
    d, c = t.delivery, t.chunk
    values = {"state": "cancelled", "reason": "superseded", "final_at": DUE}
    connection.execute(update(d).where(d.c.notice_id == notice_id).values(**values))
    connection.execute(update(c).where(c.c.notice_id == notice_id).values(done_at=DUE))


def test_a_word_that_gave_way_to_a_newer_one_settles_nothing(told: Engine) -> None:
    with writing(told) as connection:
        follow_up(connection, FIRST, UPDATE, voice(DUE + MINUTE))
        follow_up(connection, FIRST, UPDATE, voice(DUE + 2 * MINUTE))
        _gives_way(connection, 2)
        assert conclude_all(connection, 1, DUE + 3 * MINUTE) == 1
        assert _promises(connection, "next_update")[0] == (1, "open", 0, None)
        hyderabad.deliver(connection, DUE + 40 * MINUTE)
        assert _promises(connection, "next_update")[0] == (1, "broken", 2400, 3)


def test_an_estimate_that_lapsed_while_sending_was_stopped_is_not_told(told: Engine) -> None:
    with writing(told) as connection:
        lapses_at = T0 + 5 * MINUTE
        say(connection, FIRST, author="ravi", now=T0 + MINUTE, estimate_at=lapses_at)
        spoken = speak_next(connection, UPDATE, lapses_at + timedelta(minutes=10))
        assert spoken is not None
        assert spoken.estimate_at is None
        assert _promises(connection, "restoration") == []
