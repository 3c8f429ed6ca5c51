"""The incident that is matched: opened once, broken in the way of a scenario, cleared before each repetition."""

from pathlib import Path

from sqlalchemy import Connection, Engine, delete, insert, update

from benchmarks.scenarios import Scenario
from benchmarks.seeding import NOW
from tellfirst.domain.facts import Action, Cause
from tellfirst.domain.incident import Kind, Stage
from tellfirst.store import playbook_copy
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.timelines.playbooks import load_playbooks

REFERENCE = "INC-2026-0001"
INCIDENT = 1
PLAYBOOKS = Path(__file__).parents[1] / "config" / "playbooks"
PLAYBOOK = "mobile_site_down"
RESULTS = (t.audience, t.impact_element, t.audience_revision)


def open_incident(connection: Connection) -> None:
    """Detected, with the playbook of this repository and no cause yet."""
    book = load_playbooks(PLAYBOOKS)[PLAYBOOK]
    connection.execute(
        insert(t.incident).values(
            id=INCIDENT,
            reference=REFERENCE,
            kind=Kind.OUTAGE,
            name="benchmark",
            cause_key="area:benchmark",
            place="Hyderabad",
            stage=Stage.DETECTED,
            playbook=playbook_copy.to_json(book),
            severity=book.severity,
            cause=Cause.BEING_INVESTIGATED,
            action=Action.INVESTIGATING,
            started_at=NOW,
            opened_at=NOW,
        )
    )


def break_anew(engine: Engine, scenario: Scenario) -> None:
    """As if the incident had just been detected with these causes: nothing is matched yet."""
    with writing(engine) as connection:
        connection.execute(delete(t.incident_element))
        connection.execute(
            insert(t.incident_element),
            [
                {"incident_id": INCIDENT, "element_id": one, "impact": impact, "since_at": NOW}
                for one, impact in scenario.failed.items()
            ],
        )
        empty(connection, *(table.name for table in RESULTS))
        connection.execute(
            update(t.incident).values(
                stage=Stage.DETECTED,
                held=None,
                audience_revision=0,
                footprint_changed=False,
                approval_needed=False,
                approved_count=0,
                next_due_at=None,
            )
        )


def empty(connection: Connection, *names: str) -> None:
    """Leave no row and, on PostgreSQL, no dead one either."""
    for name in names:
        command = "TRUNCATE" if connection.dialect.name == "postgresql" else "DELETE FROM"
        connection.exec_driver_sql(f"{command} {name}")


def settle(engine: Engine) -> None:
    """Let the disk have what was written so far, so that nobody pays in their turn for what another left."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("CHECKPOINT")
        return
    # Past SQLAlchemy, which would begin a transaction, and inside one SQLite does not do it.
    raw = engine.raw_connection()
    assert raw.driver_connection is not None
    busy = raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    raw.close()
    assert not busy, "a reader was still open while the measurement was being prepared"
