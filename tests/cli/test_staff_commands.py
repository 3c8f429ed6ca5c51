"""What an ops engineer sees of calls to staff."""

import hyderabad
from hyderabad import FIRST
from sqlalchemy import Engine, insert
from teletype import Terminal

from tellfirst.store import tables as t
from tellfirst.store.engine import writing

CALL = {
    "incident_id": 1,
    "subject": "next_update",
    "subject_id": 1,
    "level": 0,
    "role": "noc",
    "position": 0,
    "duty": "control centre",
    "raised_at": hyderabad.T0,
    "due_at": hyderabad.T0,
    "state": "sent",
    "reason": "next_update_comes_near",
    "try_count": 1,
}


def _called(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(insert(t.escalation).values(**CALL))


def test_calls_are_listed_and_whoever_acknowledges_the_incident_answers_them(
    terminal: Terminal, engine: Engine
) -> None:
    assert "nobody had to be called" in terminal("escalations").out
    _called(engine)
    [row] = terminal("escalations", "--incident", FIRST, "--json").json
    assert (row["role"], row["state"], row["taken by"]) == ("noc", "sent", "")
    assert "1 calls to staff are answered by that" in terminal("incident", "acknowledge", FIRST).out
    assert terminal("escalations", "--json").json[0]["taken by"]


def test_roles_say_who_is_asked_and_what_is_not_set(terminal: Terminal, engine: Engine) -> None:
    rows = {row["role"]: row for row in terminal("roles", "--json").json}
    assert rows["noc"]["asked now"] == "control centre"
    assert "TELLFIRST_STAFF_NOC" in rows["noc"]["not set"]


def test_a_test_of_a_role_that_cannot_be_reached_fails_and_names_the_variable(terminal: Terminal) -> None:
    said = terminal("roles", "test", "noc")
    assert said.status == 1
    assert "control centre: not told; see TELLFIRST_STAFF_NOC" in said.out
    assert "there is no role nocc" in terminal("roles", "test", "nocc").sentence
