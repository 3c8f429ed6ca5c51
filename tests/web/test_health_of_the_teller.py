"""An outside monitor asks whether the teller is on time; it hears reasons and counts."""

from datetime import UTC, datetime, timedelta

import pytest
from front import TestClient
from sqlalchemy import update

from tellfirst import teller
from tellfirst.bootstrap import World
from tellfirst.domain.lateness import Late, Lateness
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.store.ticks import ticked
from tellfirst.web import health

DOOR = "/health/teller"


def test_a_teller_on_time_answers_200(
    doors: TestClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teller, "answers", lambda _url: True)
    monkeypatch.setattr(teller.conductor, "worker_is_online", lambda _pool: True)
    with writing(world.engine) as connection:
        ticked(connection, datetime.now(UTC))
        connection.execute(update(t.incident).values(next_due_at=None))
    answer = doors.get(DOOR)
    assert (answer.status_code, answer.json()) == (200, {"status": "on_time", "reasons": []})


def test_a_late_one_answers_503_with_its_reasons(doors: TestClient, world: World) -> None:
    answer = doors.get(DOOR)
    assert answer.status_code == 503
    assert [one["reason"] for one in answer.json()["reasons"]] == ["clock_silent", "prefect_away"]


def test_however_many_ask_the_books_are_asked_now_and_then(
    doors: TestClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    def look(_world: World) -> tuple[Late, ...]:
        looks.append(1)
        return (Late(Lateness.CLOCK_SILENT),)

    monkeypatch.setattr(teller, "look", look)
    for _ in range(5):
        assert doors.get(DOOR).status_code == 503
    assert len(looks) == 1
    monkeypatch.setattr(health, "KEPT_FOR", timedelta(0).total_seconds())
    doors.get(DOOR)
    assert len(looks) == 2
