"""Whoever asks by a place learns how an area stands, and nothing of anybody who lives there."""

import hyderabad
import pytest
from hyderabad import T0
from sqlalchemy import Engine, insert, update

from tellfirst.contacts.affected.places import FEWEST, at_place
from tellfirst.publishing.hearers import Memory
from tellfirst.publishing.reading import board
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing


@pytest.fixture
def told(city: Engine) -> Engine:
    """Miyapur is down: six customers of postcode 500049, one alone of 500099."""
    with writing(city) as connection:
        for key in range(1, FEWEST + 2):
            hyderabad.add_customer(connection, key, "HYD0004", area_code="500049")
        hyderabad.add_customer(connection, 50, "HYD0004", area_code="500099")
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
    return city


def found(engine: Engine, place: str) -> int:
    with reading(engine) as connection:
        return len(at_place(connection, board(connection, T0, Memory()), place))


@pytest.mark.parametrize(
    "place", ["Miyapur", "  miyapur ", "MIYA", "Hyderabad-Miyapur", "hyderabad", "500049"]
)
def test_what_goes_on_at_a_place_is_found_by_its_name_its_area_and_its_postcode(
    told: Engine, place: str
) -> None:
    assert found(told, place) == 1


@pytest.mark.parametrize("place", ["Kukatpally", "500001", "", "m", "mi", "%", "___", "x" * 200])
def test_where_nothing_is_known_nothing_is_found(told: Engine, place: str) -> None:
    assert found(told, place) == 0


def test_a_postcode_of_few_says_nothing_of_them(told: Engine) -> None:
    assert found(told, "500099") == 0


def test_whoever_is_back_no_longer_counts_for_their_postcode(told: Engine) -> None:
    with writing(told) as connection:
        two = update(t.audience).where(t.audience.c.customer_id <= 2)
        connection.execute(two.values(over="back", over_at=T0))
    assert found(told, "500049") == 0


@pytest.mark.parametrize(("code", "count"), [("600001", 1), ("6000 99", 0), ("700123", 1), ("70", 0)])
def test_an_incident_drawn_by_postcodes_is_found_by_them(told: Engine, code: str, count: int) -> None:
    with writing(told) as connection:
        connection.execute(
            insert(t.incident_area).values(
                incident_id=1,
                element_id="area-1",
                name="South",
                shape="area_codes",
                geometry={"codes": ["600001", "700*"]},
            )
        )
    assert found(told, code) == count
