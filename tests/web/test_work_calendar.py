"""Announced work at a customer's own link: as last told, with nobody else's services."""

from datetime import datetime, timedelta

import hyderabad
import pytest
from front import TestClient
from hyderabad import FIRST, T0, rows
from icalendar import Calendar
from sqlalchemy import Connection, update

from tellfirst.bootstrap import World
from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Occasion
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.works.maintenance_notes import read_notes

HOUR = timedelta(hours=1)


def story(connection: Connection) -> datetime:
    """Work on a site, told of to two customers: one with mobile service, one with broadband too."""
    hyderabad.add_customer(connection, 1, "HYD0004")
    hyderabad.add_customer(connection, 2, "HYD0004")
    hyderabad.add_service(connection, 2, "site:HYD0004", kind="broadband")
    hyderabad.strike(connection, "HYD0004")
    connection.execute(update(t.incident).values(cause="planned_work", estimate_at=T0 + 2 * HOUR))
    hyderabad.tell(connection)
    return T0 + HOUR


def link(world: World, customer: int, occasion: str = "first_word") -> str:
    with reading(world.engine) as connection:
        found = rows(connection, t.delivery, "id", "customer_id", "occasion")
    [delivery_id] = [key for key, whose, why in found if (whose, why) == (customer, occasion)]
    return world.work_links.link(delivery_id)


def entry(text: str):
    [found] = Calendar.from_ical(text).walk("VEVENT")
    return found


def test_the_calendar_is_a_note_that_readers_take(world: World, doors: TestClient) -> None:
    answer = doors.get(link(world, 1))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    [one] = read_notes(answer.content, "work.ics").statements
    assert (one.stated.external_id, one.stated.account, one.stated.objects) == (FIRST, "C1", ("mobile",))
    assert (one.stated.provider, one.stated.organizer) == ("example.com", "mailto:notices@example.com")
    assert one.stated.window.length == 2 * HOUR


def test_each_customer_finds_their_own_services_alone(world: World, doors: TestClient) -> None:
    assert [str(one) for one in entry(doors.get(link(world, 2)).text)["X-MAINTNOTE-OBJECT-ID"]] == [
        "mobile",
        "broadband",
    ]


def test_the_first_link_shows_every_later_word_under_the_same_uid(world: World, doors: TestClient) -> None:
    first = entry(doors.get(link(world, 1)).text)
    with writing(world.engine) as connection:
        connection.execute(update(t.incident).values(estimate_at=T0 + 5 * HOUR))
        due = Take(Step.FOLLOW_UP, "news", Occasion.UPDATE)
        hyderabad.speak_next(connection, due, T0 + HOUR)
    later = entry(doors.get(link(world, 1)).text)
    assert later["UID"] == first["UID"]
    assert later["SEQUENCE"] > first["SEQUENCE"]
    assert later.decoded("DTEND") == T0 + 5 * HOUR


def test_a_word_that_has_not_left_yet_is_not_shown(world: World, doors: TestClient) -> None:
    first = entry(doors.get(link(world, 1)).text)
    with writing(world.engine) as connection:
        hyderabad.speak_next(connection, Take(Step.FOLLOW_UP, "news", Occasion.UPDATE), T0 + HOUR)
        last = t.delivery.c.occasion == "update"
        hyderabad.as_if(connection, last, state="pending", handed_over_at=None, final_at=None)
    assert entry(doors.get(link(world, 1)).text)["SEQUENCE"] == first["SEQUENCE"]


@pytest.mark.parametrize("path", ["/w/changed.ics", "/w/.ics", "/w/x"])
def test_a_link_that_was_changed_leads_nowhere(doors: TestClient, path: str) -> None:
    assert doors.get(path).status_code == 404


def test_the_link_of_a_survey_is_none_of_these(world: World, doors: TestClient) -> None:
    token = world.links.link(1).rpartition("/")[2]
    assert doors.get(f"/w/{token}.ics").status_code == 404


def test_what_is_not_planned_has_no_calendar(world: World, doors: TestClient) -> None:
    with writing(world.engine) as connection:
        facts = connection.execute(t.notice.select()).first().facts | {"cause": "power_failure"}
        connection.execute(update(t.notice).values(facts=facts))
    answer = doors.get(link(world, 1))
    assert answer.status_code == 404
    assert "no announced work at this link" in answer.text
