"""What the flow `watch` does, but for Prefect: its steps, as functions."""

from collections.abc import Iterator
from types import SimpleNamespace

import hyderabad
import pytest
from hyderabad import FIRST, T0, rows
from monitors import Monitor, monitor
from sqlalchemy import Engine
from watched import NAME, sources

import tasks.watch as steps
from tellfirst.store import tables as t
from tellfirst.store.engine import reading


@pytest.fixture
def asked() -> Iterator[Monitor]:
    with monitor() as it:
        yield it


@pytest.fixture
def woken(small_city: Engine, asked: Monitor, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The incidents that were woken, in an installation with one source that can be asked."""
    found: list[str] = []
    here = SimpleNamespace(
        engine=small_city,
        sources=sources(asked),
        playbooks=hyderabad.BOOKS,
        clock=SimpleNamespace(now=lambda: T0),
        settings=SimpleNamespace(variable=lambda _: ""),
    )
    monkeypatch.setattr(steps, "world", lambda: here)
    monkeypatch.setattr(steps, "nudge", lambda _here, references: found.extend(references))
    return found


def test_what_a_source_lists_opens_an_incident_and_wakes_it(
    woken: list[str], asked: Monitor, small_city: Engine
) -> None:
    asked.answers["/api/v2/alerts"] = (200, hyderabad.sample("api_01_one_cell_down_am_v2_alerts.json"))
    asked.knows(("127.0.0.1:29400", False))
    assert steps.due.fn() == [NAME]
    assert steps.ask_source.fn(NAME) == "answered"
    assert woken == [FIRST]
    assert steps.due.fn() == []


def test_a_silent_source_fails_no_step_and_is_written_down(
    woken: list[str], asked: Monitor, small_city: Engine
) -> None:
    asked.falls_silent()
    assert steps.ask_source.fn(NAME) == "silent"
    assert woken == []
    with reading(small_city) as connection:
        assert rows(connection, t.source_standing, "source", "fault") == [(NAME, "http_503")]
