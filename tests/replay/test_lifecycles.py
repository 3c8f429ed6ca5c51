"""Lives by chance: the same for the same seed, ended by the rules, and judged by someone who would notice."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from tellfirst.replay.invariants import violations
from tellfirst.replay.lifecycles import Happening, Lifecycle, What, draw
from tellfirst.replay.lived import Lives, live
from tellfirst.replay.living import Life, life
from tellfirst.replay.theatre import OPEN_AT_MOST, Theatre
from tellfirst.simulator.fake_carrier import Message
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

MINUTE = timedelta(minutes=1)
SEED = 7


def with_happenings(*happenings: Happening, lasts: float = 120) -> Lifecycle:
    drawn = draw(SEED, 0)
    return Lifecycle(SEED, 0, drawn.onset, happenings, lasts * MINUTE)


def lived(theatre: Theatre, *happenings: Happening, lasts: float = 120) -> Life:
    played = life(theatre, with_happenings(*happenings, lasts=lasts))
    played.play()
    return played


def test_the_same_seed_draws_the_same_lives() -> None:
    assert [draw(SEED, number) for number in range(50)] == [draw(SEED, number) for number in range(50)]
    assert draw(SEED, 1) != draw(SEED + 1, 1)
    assert {one.what for number in range(200) for one in draw(SEED, number).happenings} == set(What)


@pytest.mark.parametrize("number", range(6))
def test_a_life_ends_closed_with_every_invariant(theatre: Theatre, number: int) -> None:
    assert live(theatre, draw(SEED, number)).wrong == ()


@pytest.mark.parametrize("what", list(What))
def test_each_happening_by_itself_is_survived(theatre: Theatre, what: What) -> None:
    # Short enough that verification cannot end while the monitor is quiet.
    lasts = 5 * MINUTE if what in (What.FLAP, What.REOPENED) else 45 * MINUTE
    happening = Happening(20 * MINUTE, what, lasts, span=8 * MINUTE)
    assert violations(lived(theatre, happening).stage) == []


def test_a_carrier_that_is_away_too_long_breaks_a_promise_and_the_books_say_so(theatre: Theatre) -> None:
    played = lived(theatre, Happening(20 * MINUTE, What.AWAY, 50 * MINUTE))
    with writing(played.stage.engine) as connection:
        states = {row.state for row in connection.execute(t.promise.select())}
    assert "broken" in states
    assert played.stage.overdue == set()


def test_a_message_that_a_carrier_took_twice_is_noticed(theatre: Theatre) -> None:
    played = lived(theatre)
    carrier = played.carriers[0]
    carrier.sent.append(carrier.sent[0])
    assert [one for one in violations(played.stage) if "was taken 2 times" in one]
    carrier.sent.append(Message(9_999, "+12025557001", "from nowhere"))
    assert [one for one in violations(played.stage) if "not in the books" in one]


def test_a_promise_left_open_is_noticed(theatre: Theatre) -> None:
    played = lived(theatre)
    with writing(played.stage.engine) as connection:
        connection.execute(update(t.promise).where(t.promise.c.id == 1).values(state="open", settled_at=None))
    assert "the promise 1 (next_update) is open at the end" in violations(played.stage)
    played.stage.settle()
    assert played.stage.overdue == set(), "the clock's look calls it broken before it is counted"


def test_a_promise_that_nobody_looked_at_for_a_minute_is_noticed(theatre: Theatre) -> None:
    played = lived(theatre)
    played.stage.overdue.add(3)
    assert f"the promise 3 was open {OPEN_AT_MOST} after its time" in violations(played.stage)


def test_lives_add_up() -> None:
    lives = Lives(SEED)
    assert lives.to_json()["lifecycles"] == 0
    assert lives.wrong == []
