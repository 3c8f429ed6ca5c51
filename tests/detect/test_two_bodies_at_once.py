"""Alertmanager posts to several receivers at the same moment: still one incident per cause, no failure."""

from concurrent.futures import Future, ThreadPoolExecutor

import hyderabad
import pytest
from hyderabad import FIRST, post, rows
from sqlalchemy import Engine, text

from tellfirst.detect.correlation import Taken
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


@pytest.mark.parametrize(
    ("first", "second", "judged"),
    [
        (
            "017_grouped_firing_1alerts.json",
            "018_grouped_firing_4alerts.json",
            {"joined_an_incident": 4},
        ),
        ("016_everything_firing_4alerts.json", "018_grouped_firing_4alerts.json", {"repeated": 4}),
    ],
    ids=["two alerts of one cause", "one alert twice"],
)
def test_two_bodies_at_the_same_moment_open_one_incident(
    engine: Engine, first: str, second: str, judged: dict[str, int]
) -> None:
    with writing(engine) as connection:
        hyderabad.build(connection)
    with ThreadPoolExecutor(1) as worker, writing(engine) as connection:
        assert post(connection, first).opened == (FIRST,)
        other = worker.submit(_post, engine, second)
        _until_it_waits_or_ends(engine, other)
        connection.commit()
        taken = other.result(10)
    assert (taken.judgements, taken.opened) == (judged, ())
    with reading(engine) as connection:
        assert rows(connection, t.incident, "cause_key") == [("area:Hyderabad-Miyapur",)]


def _post(engine: Engine, name: str) -> Taken:
    with writing(engine) as connection:
        return post(connection, name)


def _until_it_waits_or_ends(engine: Engine, other: "Future[Taken]") -> None:
    """On SQLite the other transaction waits for ours from its first statement on."""
    with engine.connect() as connection:
        while engine.dialect.name == "postgresql" and not other.done():
            if connection.scalar(WAITING):
                return
            connection.rollback()
