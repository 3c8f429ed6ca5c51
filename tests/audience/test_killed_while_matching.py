"""A process that dies in the middle of a matching leaves nothing behind, and the next run finds the same rows."""

import signal
import subprocess
import sys
from typing import Any

import hyderabad
from hyderabad import FIRST, T0, add_customer, phone
from sqlalchemy import Connection, Engine, select

from tellfirst.audience.matching import match
from tellfirst.audience.sharing import mark_shared_contact_points
from tellfirst.detect.weighing import weigh
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

MATCHER = """
import sys
from datetime import datetime
from sqlalchemy import event
from tellfirst.audience.matching import match
from tellfirst.store.engine import connect, writing

def stop_after(number):
    done = []
    def after(connection, cursor, statement, *rest):
        if statement.startswith("INSERT INTO audience "):
            done.append(statement)
            if len(done) == number:
                print(cursor.rowcount, flush=True)
                sys.stdin.readline()
    return after

engine = connect(sys.argv[1])
event.listen(engine, "after_cursor_execute", stop_after(int(sys.argv[4])))
with writing(engine) as connection:
    match(connection, sys.argv[2], datetime.fromisoformat(sys.argv[3]))
print("finished", flush=True)
"""
WRITTEN = (t.audience, t.impact_element, t.audience_revision, t.incident, t.incident_entry)


def _found(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
        for table in WRITTEN
    }


def _undisturbed(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    with engine.connect() as connection, connection.begin() as transaction:
        match(connection, FIRST, T0)
        found = _found(connection)
        transaction.rollback()
    return found


def _without_numbers(found: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """A rolled back row uses up its number on PostgreSQL: entries are compared without theirs."""
    return {**found, "incident_entry": [row[1:] for row in found["incident_entry"]]}


def test_killed_after_the_inserts_it_leaves_nothing_and_the_next_run_is_an_undisturbed_one(
    engine: Engine,
) -> None:
    with writing(engine) as connection:
        hyderabad.build(connection)
        for key in range(1, 41):
            add_customer(connection, key, "HYD0004" if key % 3 else "HYD0005", phone=phone(key % 30))
        seen = {"role": "home", "element_id": "site:HYD0004"}
        connection.execute(t.presence.insert(), [{"customer_id": key, **seen} for key in range(3, 41, 3)])
        mark_shared_contact_points(connection)
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0004")))
        weigh(connection, FIRST, T0)
    with reading(engine) as connection:
        before = _found(connection)
    wanted = _undisturbed(engine)
    assert len(wanted["audience"]) == 40
    for inserts in (1, 2):
        _killed_after(engine, inserts)
        with reading(engine) as connection:
            assert _found(connection) == before
    with writing(engine) as connection:
        match(connection, FIRST, T0)
        assert _without_numbers(_found(connection)) == _without_numbers(wanted)


def _killed_after(engine: Engine, inserts: int) -> None:
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", MATCHER, url, FIRST, T0.isoformat(), str(inserts)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as matcher:
        assert matcher.stdout is not None
        said = matcher.stdout.readline()
        assert said.strip().lstrip("-").isdigit(), "it has not come to the insert"
        matcher.kill()
    assert matcher.returncode == -signal.SIGKILL
