"""`tellfirst sources`, and what `incident show` says of an all-clear that is not believed."""

import json

from hyderabad import FIRST
from sqlalchemy import Engine
from teletype import NOW, Terminal

from tellfirst.detect import confirming
from tellfirst.detect.causes import clear_causes
from tellfirst.detect.watching import note_heard
from tellfirst.domain.confirmation import Answer
from tellfirst.store.engine import writing


def test_sources_shows_each_source_and_what_a_person_has_to_do(terminal: Terminal, engine: Engine) -> None:
    with writing(engine) as connection:
        note_heard(connection, "alertmanager", NOW, "confirm the subscription")
    assert "confirm the subscription" in terminal("sources").out
    [row] = json.loads(terminal("sources", "--json").out)
    assert (row["source"], row["kind"], row["door"]) == (
        "alertmanager",
        "alertmanager",
        "/signals/alertmanager",
    )
    assert row["fault"] == "is never asked"


def test_an_all_clear_that_is_not_believed_is_shown_with_whom_it_waits_for(
    terminal: Terminal, engine: Engine
) -> None:
    with writing(engine) as connection:
        clear_causes(
            connection, 1, ["site:HYD0004"], NOW, reason="monitor_resolved", confirmed_by="alertmanager"
        )
        answers = {(1, "site:HYD0004"): Answer.VANISHED}
        confirming.confirm(connection, "alertmanager", answers, NOW - NOW, NOW)
    [doubt] = json.loads(terminal("incident", "show", FIRST, "--json").out)["doubts"]
    assert (doubt["answer"], doubt["waits for"]) == ("vanished", "a person: vanished")
    [row] = json.loads(terminal("incident", "list", "--json").out)
    assert row["waits for"] == "a person to say that it is over (vanished: site:HYD0004 and 0 more)"
