"""What the public sees of work on a tower, from its announcement to its end, and of work that overruns."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import works
from icalendar import Calendar
from sqlalchemy import Engine
from stage import Stage
from works import announce, complete

from tellfirst.detect import working
from tellfirst.domain.occasion import Locale
from tellfirst.publishing.addresses import OnTheSite
from tellfirst.publishing.feeds.alerts import alert
from tellfirst.publishing.feeds.summary import summary
from tellfirst.publishing.feeds.works import calendar
from tellfirst.publishing.hearers import Memory
from tellfirst.publishing.published import Board, Ending, Phase
from tellfirst.publishing.reading import board
from tellfirst.publishing.words import story
from tellfirst.store.engine import reading

TODAY = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
BEGINS = datetime(2026, 12, 2, 5, 0, tzinfo=UTC)
ENDS = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
WORK = "INC-2026-0001"


@pytest.fixture
def stage(sqlite_engine: Engine) -> Stage:
    stage = Stage(sqlite_engine, TODAY)
    announce(stage, BEGINS, ENDS, "site:HYD0000")
    return stage


@dataclass(frozen=True)
class Seen:
    """What a reader finds: the page, the entry of the calendar, the JSON."""

    board: Board
    page: str
    entry: str
    json: dict[str, list[dict[str, str]]]
    alert: str


def look(stage: Stage) -> Seen:
    with reading(stage.engine) as connection:
        seen = board(connection, stage.clock.now(), Memory())
        told = story(connection, seen.incidents[0])
    press = stage.world.press
    entries = Calendar.from_ical(calendar(press, seen, Locale.ENGLISH)).walk("VEVENT")
    return Seen(
        seen,
        press.status(seen, Locale.ENGLISH, OnTheSite()),
        "".join(str(entry["STATUS"]) for entry in entries),
        json.loads(summary(press, seen, {}, Locale.ENGLISH)),
        alert(press, told),
    )


def phase(seen: Seen) -> Phase:
    [one] = seen.board.incidents
    return one.phase


def test_work_is_planned_goes_on_and_is_past_and_is_never_called_trouble(stage: Stage) -> None:
    seen = look(stage)
    assert (phase(seen), seen.entry) == (Phase.PLANNED, "CONFIRMED")
    assert "All services are working" in seen.page
    assert "<bdi>2 December, 10:30</bdi>" in seen.page
    assert "<bdi>14:30 IST</bdi>" in seen.page
    assert seen.json["scheduled_maintenances"][0]["status"] == "scheduled"

    stage.play_until(BEGINS + HOUR)
    seen = look(stage)
    assert phase(seen) is Phase.NOW
    assert "Announced work is going on" in seen.page
    assert seen.json["scheduled_maintenances"][0]["status"] == "in_progress"
    assert seen.json["incidents"] == []

    stage.play_until(BEGINS + 3 * HOUR)
    complete(stage, WORK)
    stage.play_until(ENDS + HOUR)
    seen = look(stage)
    [one] = seen.board.incidents
    assert (one.phase, one.ending) == (Phase.PAST, Ending.OVER)
    assert "All services are working" in seen.page
    assert seen.json["scheduled_maintenances"][0]["status"] == "completed"
    assert "AllClear" in seen.alert


def test_work_that_is_called_off_did_not_take_place_and_says_so_in_every_feed(stage: Stage) -> None:
    stage.play_until(BEGINS - 48 * HOUR)
    works.say(stage, working.cancel, WORK)
    stage.play_until(BEGINS - 47 * HOUR)
    seen = look(stage)
    [one] = seen.board.incidents
    assert (one.phase, one.ending, seen.entry) == (Phase.PAST, Ending.CANCELLED, "CANCELLED")
    assert "did not take place" in seen.page
    assert seen.json["scheduled_maintenances"][0]["status"] == "cancelled"
    assert "<msgType>Cancel</msgType>" in seen.alert


def test_work_that_overruns_is_trouble_under_the_same_reference(stage: Stage) -> None:
    stage.play_until(ENDS + HOUR)
    seen = look(stage)
    [one] = seen.board.incidents
    assert (one.reference, one.phase, one.is_work) == (WORK, Phase.NOW, False)
    assert "Some services are not working as usual" in seen.page
    assert [each["id"] for each in seen.json["incidents"]] == [WORK]
