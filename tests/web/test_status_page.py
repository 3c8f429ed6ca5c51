"""The page every notice points to says what those notices said, in the reader's language."""

from datetime import datetime

import hyderabad
import pytest
from front import PUBLIC, TestClient
from hyderabad import FIRST, T0
from sqlalchemy import Connection, update

from tellfirst.bootstrap import World
from tellfirst.store import tables as t
from tellfirst.store.engine import writing


def story(connection: Connection) -> datetime:
    """Miyapur was told."""
    hyderabad.add_customer(connection, 1, "HYD0004")
    hyderabad.strike(connection, "HYD0004")
    hyderabad.tell(connection)
    return T0


@pytest.mark.parametrize(
    ("wanted", "language", "direction"),
    [
        ("en-GB,en;q=0.9", "en", "ltr"),
        ("ur-PK", "ur", "rtl"),
        ("fr,te;q=0.8", "te", "ltr"),
        ("", "en", "ltr"),
    ],
)
def test_what_is_down_is_shown_in_the_first_of_our_languages_the_reader_asks_for(
    doors: TestClient, wanted: str, language: str, direction: str
) -> None:
    page = doors.get(f"{PUBLIC}/", headers={"accept-language": wanted})
    assert page.status_code == 200
    assert f'<html lang="{language}" dir="{direction}">' in page.text
    assert FIRST in page.text
    assert "Miyapur" in page.text


def test_an_incident_that_is_over_is_no_longer_shown_as_going_on(doors: TestClient, world: World) -> None:
    with writing(world.engine) as connection:
        connection.execute(update(t.incident).values(stage="verified"))
    page = doors.get(f"{PUBLIC}/").text
    assert "All services are working" in page
    before, _, past = page.partition('id="past"')
    assert FIRST not in before
    assert FIRST in past


def test_a_hostile_place_name_stays_text(doors: TestClient, world: World) -> None:
    with writing(world.engine) as connection:
        facts = dict(connection.execute(t.notice.select()).one().facts)
        connection.execute(update(t.notice).values(facts=facts | {"place": "<script>alert(1)</script>"}))
    assert "<script>" not in doors.get(f"{PUBLIC}/").text
