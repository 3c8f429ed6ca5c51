"""Texts that anybody can make us send: counted, withheld for a named reason, told to the control room."""

from datetime import timedelta

import hyderabad
import pytest
from hyderabad import T0, phone, rows
from sqlalchemy import Connection, Engine

from tellfirst.contacts import alarming, provoked
from tellfirst.domain.provoked import CEILINGS, Ceilings, Purpose, Trip, calling_code
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

KEY = b"key"
CODE, ANSWER = CEILINGS[Purpose.CODE], CEILINGS[Purpose.ANSWER]
STRANGER = "+88213300{:05d}"


class Room:
    """A control room's channel."""

    def __init__(self, takes: bool = True) -> None:
        self.takes, self.heard = takes, []

    def tell(self, addresses: object, title: str, body: str) -> bool:
        self.heard.append(body)
        return self.takes


def ask(
    engine: Engine, number: str, purpose: Purpose = Purpose.CODE, minutes: int = 0, served: str = ""
) -> Trip | None:
    with writing(engine) as connection:
        return provoked.withheld(
            connection, purpose, number, KEY, T0 + timedelta(minutes=minutes), frozenset(served.split())
        )


def _live(connection: Connection, count: int) -> None:
    for key in range(1, count + 1):
        hyderabad.add_customer(connection, key)


def test_a_number_gets_so_many_an_hour_and_again_in_the_next(city: Engine) -> None:
    number = STRANGER.format(1)
    assert [ask(city, number) for _ in range(CODE.number)] == [None] * CODE.number
    assert ask(city, number) is Trip.NUMBER
    assert ask(city, STRANGER.format(70_001)) is None
    assert ask(city, number, minutes=60) is None


def test_a_range_of_numbers_is_held_back_before_it_costs(city: Engine) -> None:
    asked = [ask(city, STRANGER.format(one)) for one in range(CODE.prefix + 5)]
    assert asked == [None] * CODE.prefix + [Trip.PREFIX] * 5
    with reading(city) as connection:
        assert rows(connection, t.provoked_alarm, "reason", "subject", "withheld_count") == [
            ("prefix_too_often", "+8821330", 5)
        ]


def test_a_country_and_all_of_them_together_are_too(city: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    few = {Purpose.ANSWER: Ceilings(number=20, prefix=30, country=5, total=8)}
    monkeypatch.setattr(provoked, "CEILINGS", few)
    latvia = [ask(city, f"+3712{one:02d}00001", Purpose.ANSWER) for one in range(7)]
    malta = [ask(city, f"+3562{one:02d}00001", Purpose.ANSWER) for one in range(5)]
    assert latvia == [None] * 5 + [Trip.COUNTRY] * 2
    assert malta == [None] * 3 + [Trip.TOTAL] * 2


def test_one_number_that_asks_on_and_on_holds_up_nobody_else(city: Engine) -> None:
    for _ in range(CODE.prefix + 10):
        ask(city, STRANGER.format(1))
    assert ask(city, STRANGER.format(2)) is None


def test_in_an_outage_a_whole_town_texts_and_everybody_is_answered(small_city: Engine) -> None:
    town = CODE.prefix + ANSWER.total + 10
    with writing(small_city) as connection:
        _live(connection, town)
    assert {ask(small_city, phone(key), Purpose.ANSWER) for key in range(1, town + 1)} == {None}


def test_two_machines_that_answer_each_other_stop(city: Engine) -> None:
    with writing(city) as connection:
        _live(connection, 1)
    asked = [ask(city, phone(1), Purpose.ANSWER) for _ in range(ANSWER.number + 3)]
    assert asked == [None] * ANSWER.number + [Trip.NUMBER] * 3
    with reading(city) as connection:
        assert rows(connection, t.provoked_alarm, "id") == []


def test_where_nobody_is_served_no_code_goes_and_a_customer_abroad_is_answered(city: Engine) -> None:
    with writing(city) as connection:
        hyderabad.add_customer(connection, 1, phone="+447911123456")
    assert ask(city, "+88213300001", served="91 60") is Trip.NOT_SERVED
    assert ask(city, "+919848012345", served="91 60") is None
    assert ask(city, "+447911123456", served="91 60") is None


def test_no_number_is_kept(city: Engine) -> None:
    ask(city, STRANGER.format(1))
    with reading(city) as connection:
        kept = repr(rows(connection, t.provoked_text, "scope", "subject"))
    assert STRANGER.format(1)[1:] not in kept


def test_the_control_room_hears_of_it_once_and_again_while_nobody_took_it(city: Engine) -> None:
    for one in range(CODE.prefix + 5):
        ask(city, STRANGER.format(one))
    deaf, room = Room(takes=False), Room()
    assert alarming.tell(city, deaf, ["x"], T0) == 0
    assert alarming.tell(city, room, [], T0) == 0
    assert alarming.tell(city, room, ["x"], T0) == 1
    assert alarming.tell(city, room, ["x"], T0) == 0
    assert len(deaf.heard) == len(room.heard) == 1
    assert "+8821330" in room.heard[0]
    assert "prefix_too_often" in room.heard[0]


def test_hours_that_are_over_are_forgotten(city: Engine) -> None:
    ask(city, STRANGER.format(1))
    with writing(city) as connection:
        assert provoked.forget_old(connection, T0 + timedelta(hours=1)) == 0
        assert provoked.forget_old(connection, T0 + timedelta(days=3)) == 4


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+919848012345", "91"),
        ("+14155550100", "1"),
        ("+79161234567", "7"),
        ("+35312345678", "353"),
        ("+60312345678", "60"),
        ("+88213300001", "882"),
        ("", ""),
    ],
)
def test_the_country_is_read_off_the_number(number: str, code: str) -> None:
    assert calling_code(number) == code
