"""`tellfirst work`: what engineers say of announced work, and what is refused in one sentence."""

from datetime import timedelta

import pytest
from hyderabad import SECOND
from sqlalchemy import Engine, insert, select
from teletype import NOW, Terminal

from tellfirst.bootstrap import World
from tellfirst.detect.announcing import take_up
from tellfirst.domain.impact import Impact
from tellfirst.settings import Settings
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

HOUR = timedelta(hours=1)


def announce(engine: Engine, begins: timedelta) -> None:
    """Eight hours of work on a site of Kukatpally, that begin so long from now."""
    values = {"provider": "own", "external_id": "W-1", "sequence": 0, "status": "confirmed", "zone": ""}
    window = {"starts_at": NOW + begins, "ends_at": NOW + begins + 8 * HOUR}
    more = {"impact": Impact.DOWN, "playbook": "planned_work", "reason": ""}
    with writing(engine) as connection:
        connection.execute(
            insert(t.work).values(id=1, **values, **window, **more, received_at=NOW, updated_at=NOW)
        )
        connection.execute(insert(t.work_object).values(work_id=1, object_id="x", element_id="site:HYD0000"))
        assert take_up(connection, World(Settings()).playbooks, NOW) == [SECOND]


def stated(engine: Engine) -> tuple[str, object, object]:
    with reading(engine) as connection:
        row = connection.execute(select(t.work)).one()
        due = connection.scalar(select(t.incident.c.next_due_at).where(t.incident.c.reference == SECOND))
        return row.status, row.ends_at, due


@pytest.mark.parametrize(
    ("begins", "words", "status"),
    [
        (-HOUR, ("start",), "in_process"),
        (-HOUR, ("complete",), "completed"),
        (24 * HOUR, ("cancel",), "cancelled"),
    ],
)
def test_each_word_stands_in_the_work_and_its_incident_is_due_at_once(
    terminal: Terminal, engine: Engine, begins: timedelta, words: tuple[str, ...], status: str
) -> None:
    announce(engine, begins)
    assert terminal("work", *words, SECOND).status == 0
    assert stated(engine)[0] == status
    assert stated(engine)[2] == NOW


def test_an_extension_names_the_new_end(terminal: Terminal, engine: Engine) -> None:
    announce(engine, -HOUR)
    said = terminal("work", "extend", SECOND, "--until", "+12h")
    assert said.status == 0
    assert stated(engine)[:2] == ("confirmed", NOW + 12 * HOUR)


@pytest.mark.parametrize(
    ("begins", "words", "cure"),
    [
        (24 * HOUR, ("start",), "begin then"),
        (24 * HOUR, ("complete",), "work cancel"),
        (-HOUR, ("cancel",), "work complete"),
        (-HOUR, ("extend", "--until", "2020-01-01T00:00+00:00"), "must lie ahead"),
    ],
)
def test_what_cannot_be_true_is_refused_with_its_cure(
    terminal: Terminal, engine: Engine, begins: timedelta, words: tuple[str, ...], cure: str
) -> None:
    announce(engine, begins)
    before = stated(engine)
    word, *more = words
    said = terminal("work", word, SECOND, *more)
    assert cure in said.sentence
    assert stated(engine) == before


def test_an_outage_is_not_spoken_of_as_work(terminal: Terminal, engine: Engine) -> None:
    said = terminal("work", "complete", "INC-2026-0001")
    assert "no announced work" in said.sentence
