"""Books with an audience of any size, matched and ready for its first word: what every contestant starts from."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select, text, update

from benchmarks.outage import INCIDENT, PLAYBOOK, PLAYBOOKS, REFERENCE, open_incident
from tellfirst.domain.incident import Stage
from tellfirst.domain.occasion import Channel
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.ramp import Canary
from tellfirst.notices.rendering import Templates
from tellfirst.notices.speaking import House, Spoken, Voice
from tellfirst.notices.telling import tell_first
from tellfirst.store import bulk, playbook_copy
from tellfirst.store import tables as t
from tellfirst.store.engine import connect, writing
from tellfirst.store.migrate import migrate
from tellfirst.timelines.playbooks import load_playbooks

COMPANY, CONTACT, PAGE = "Deccan Mobile", "198", "https://status.deccan.example"
TEMPLATES = PLAYBOOKS.parents[1] / "templates"
FIRST_NUMBER = 40_500_000_0
"""Of the customers' phones: +91 and nine digits, none of them special to the simulated carriers."""
LANGUAGES = "CASE n % 20 WHEN 0 THEN 'te' WHEN 1 THEN 'ur' ELSE 'en' END"
"""Nine in ten read English: a page of Telugu costs the same to send and only fills the tables."""


@dataclass(frozen=True, slots=True)
class Books:
    """One database and how many customers its incident hurts, each of them with one contact point."""

    engine: Engine
    customer_count: int

    @property
    def url(self) -> str:
        return self.engine.url.render_as_string(hide_password=False)


def templates() -> Templates:
    return Templates(TEMPLATES, company=COMPANY, contact=CONTACT)


def voice(now: datetime) -> Voice:
    """The house speaks, now on both clocks."""
    return Voice(House(COMPANY, CONTACT, PAGE), lambda _: "0123456789ab", now, now)


@contextmanager
def sqlite_books(customer_count: int, channel: Channel) -> Iterator[Books]:
    """A file of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tellfirst-bench-") as folder:
        engine = connect(f"sqlite:///{Path(folder) / 'tellfirst.db'}")
        yield written(engine, customer_count, channel)
        engine.dispose()


def written(engine: Engine, customer_count: int, channel: Channel) -> Books:
    """Migrate an empty database and fill it."""
    migrate(engine)
    with writing(engine) as connection:
        bulk.make_room(connection)
        open_incident(connection)
        connection.execute(
            update(t.incident)
            .where(t.incident.c.id == INCIDENT)
            .values(
                stage=Stage.MATCHED,
                audience_revision=1,
                playbook=playbook_copy.to_json(_without_waves(customer_count)),
            )
        )
        _customers(connection, customer_count)
        _audience(connection, channel)
    return Books(engine, customer_count)


def plan(books: Books) -> Spoken:
    """The first word, with a row and a place in a chunk for every customer."""
    with writing(books.engine) as connection:
        spoken = tell_first(connection, REFERENCE, voice(datetime.now(UTC)))
    assert spoken is not None
    return spoken


def plan_timed(books: Books) -> tuple[Spoken, float]:
    """The same, and how many seconds it took."""
    began = time.perf_counter()
    return plan(books), time.perf_counter() - began


def states(books: Books) -> dict[str, int]:
    """How many deliveries stand in each state."""
    d = t.delivery.c
    with books.engine.connect() as connection:
        rows = connection.execute(select(d.state, func.count()).group_by(d.state)).all()
    return {row[0]: row[1] for row in rows}


def _without_waves(customer_count: int) -> Playbook:
    """A large notice waits up to two minutes for the receipts of its first waves: a rule, not a speed."""
    return replace(load_playbooks(PLAYBOOKS)[PLAYBOOK], canary=Canary(start=customer_count))


def _customers(connection: Connection, count: int) -> None:
    numbers = {
        "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)",
        "postgresql": "WITH numbers AS (SELECT generate_series(1, :count) AS n)",
    }[connection.dialect.name]
    connection.execute(
        text(
            # Words of ours alone.
            "INSERT INTO customer (id, reference, status, language, zone, priority, phone, email) "  # noqa: S608  # our words
            f"{numbers} SELECT n, 'C' || n, 'active', {LANGUAGES}, 'Asia/Kolkata', 0, "
            f"'+91' || ({FIRST_NUMBER} + n), 'c' || n || '@home.example' FROM numbers"
        ),
        {"count": count},
    )


def _audience(connection: Connection, channel: Channel) -> None:
    address = "phone" if channel is Channel.SMS else "email"
    connection.execute(
        text(
            "INSERT INTO audience (incident_id, customer_id, revision, impact, impact_before, services, basis, hit, "  # noqa: S608  # our words
            "channel, address, shared, language, zone, priority, affected_revision) "
            f"SELECT {INCIDENT}, id, 1, 3, 0, 1, 'service', 0, '{channel.value}', {address}, "
            "(0 = 1), language, zone, priority, 1 FROM customer ORDER BY id"
        )
    )
