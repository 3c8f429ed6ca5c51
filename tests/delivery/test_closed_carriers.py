"""A carrier that would refuse everything is closed at once, people are paged, and it is tried one message at a time."""

import logging
from datetime import timedelta

import crowd
import pytest
from crowd import Hands, Switchboard, Workers, refuses_the_key, takes
from hyderabad import FIRST
from sqlalchemy import Engine, select

from tellfirst.delivery import paging, roster, standing
from tellfirst.domain.carriers import CarrierReason
from tellfirst.domain.occasion import Channel
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing


@pytest.mark.parametrize("processes", [1, 2])
def test_a_wrong_key_costs_a_call_or_two_and_not_ten_thousand(engine: Engine, processes: int) -> None:
    crowd.gather(engine, 10_000)
    carrier = Switchboard("twilio", refuses_the_key, latency=0.05)
    clock = Hands()
    workers = Workers(engine, [carrier], [100], Hands(), wall=clock)
    done = workers.send_all(processes)
    assert len(done) == 10
    assert all(one.waits for one in done)
    assert 1 <= len(carrier.calls) <= processes
    assert sum(count for (state, _), count in crowd.states(engine).items() if state == "pending") == 10_000
    for _ in range(5):
        clock.go(seconds=11)
        workers.send_all(processes)
    assert len(carrier.calls) <= processes
    clock.go(seconds=6)
    workers.send_all(processes)
    assert len(carrier.calls) <= processes + 1, "after a minute one message tries it"


def test_people_are_paged_once_by_the_log_and_in_the_incident(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    crowd.gather(engine, 2_000)
    clock = Hands()
    Workers(engine, [Switchboard("twilio", refuses_the_key)], [100], Hands(), wall=clock).send_all(2)
    pages = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert [one.getMessage() for one in pages] == [
        "the carrier twilio is closed: it answered 20003, so it would refuse every sms; mend its settings, "
        "then `tellfirst carriers open twilio`"
    ]
    assert crowd.log_of(engine) == ["carrier_closed", "no_carrier_open"]
    with reading(engine) as connection:
        e = t.incident_entry.c
        details = connection.scalars(select(e.details).where(e.topic == "carrier").order_by(e.id)).first()
        assert details == {"carrier": "twilio", "channel": "sms", "code": "20003"}
        [entry] = roster.entries(connection, ["twilio"], 10)
    assert (entry["reason"], entry["share"], entry["details"]) == ("refuses_all", 100, {"code": "20003"})


def test_what_waits_is_due_when_the_carrier_is_tried_again(engine: Engine) -> None:
    crowd.gather(engine, 2_000)
    clock = Hands()
    Workers(engine, [Switchboard("twilio", refuses_the_key)], [100], Hands(), wall=clock).send_all()
    with reading(engine) as connection:
        assert set(connection.scalars(select(t.chunk.c.due_at))) == {clock.now() + timedelta(minutes=1)}
        assert standing.standing(connection, 1, clock.now()).sends_in == timedelta(minutes=1)


def test_tries_come_ever_more_rarely_until_one_is_taken_and_then_everything_leaves(engine: Engine) -> None:
    crowd.gather(engine, 2_000)
    carrier = Switchboard("twilio", refuses_the_key)
    clock = Hands()
    workers = Workers(engine, [carrier], [100], Hands(), wall=clock)
    tried = []
    for minute in range(40):
        before = len(carrier.calls)
        workers.send_all()
        tried += [minute] * (len(carrier.calls) - before)
        clock.go(minutes=1)
    assert tried == [0, 1, 2, 4, 8, 16, 32]
    carrier.answer = takes
    clock.go(minutes=30)
    for _ in range(3):
        workers.send_all(2)
    assert crowd.states(engine) == {("sent", "twilio"): 2_000}
    assert crowd.log_of(engine)[-1] == "carrier_opened"
    with reading(engine) as connection:
        reasons = [one["reason"] for one in roster.entries(connection, ["twilio"], 20)]
    assert reasons == ["takes_again", *["still_refuses"] * 6, "refuses_all"]


def test_a_key_taken_away_in_the_middle_stops_the_carrier_and_the_other_goes_on(engine: Engine) -> None:
    crowd.gather(engine, 3_000)
    first, second = Switchboard("first", takes), Switchboard("second", takes)
    first.answer = lambda one: takes(one) if len(first.calls) < 500 else refuses_the_key(one)
    clock = Hands()
    workers = Workers(engine, [first, second], [100, 0], Hands(), wall=clock)
    done = workers.send_all(2)
    assert not any(one.waits for one in done)
    assert len(first.calls) <= 500 + 3 * first.capabilities.concurrency, "what was in flight in three chunks"
    found = crowd.states(engine)
    assert found[("sent", "first")] + found[("sent", "second")] == 3_000
    assert 400 < found[("sent", "first")] <= 500
    took = [one for one, _ in second.calls]
    assert len(took) == len(set(took)) == found[("sent", "second")]


def test_a_carrier_closed_by_hand_is_not_tried_and_goes_on_when_it_is_opened(engine: Engine) -> None:
    crowd.gather(engine, 1_000)
    carrier = Switchboard("twilio", takes)
    clock = Hands()
    workers = Workers(engine, [carrier], [100], Hands(), wall=clock)
    with writing(engine) as connection:
        by_hand = CarrierReason.CLOSED_BY_HAND
        roster.close(connection, workers.candidates[0], "a drill", by_hand, clock.now(), clock.now(), "asha")
    for _ in range(10):
        workers.send_all()
        clock.go(hours=1)
    assert carrier.calls == []
    with writing(engine) as connection:
        opened = CarrierReason.OPENED_BY_HAND
        assert roster.open_again(connection, "twilio", opened, clock.now(), "asha")
        assert paging.relieve(connection, Channel.SMS, "twilio", clock.now(), clock.now()) == [FIRST]
    workers.send_all()
    assert crowd.states(engine) == {("sent", "twilio"): 1_000}


def test_a_close_by_hand_holds_within_one_window(engine: Engine) -> None:
    crowd.gather(engine, 1_000)
    carrier = Switchboard("twilio", takes)
    clock = Hands()
    workers = Workers(engine, [carrier], [100], Hands(), wall=clock)

    def is_closed() -> bool:
        with reading(engine) as connection:
            return roster.closed_code(connection, "twilio") is not None

    def close_it(one: crowd.Outbound) -> crowd.Outcome:
        if len(carrier.calls) >= 60 and not is_closed():
            with writing(engine) as connection:
                by_hand, now = CarrierReason.CLOSED_BY_HAND, clock.now()
                roster.close(connection, workers.candidates[0], "a drill", by_hand, now, now, "asha")
        return takes(one)

    carrier.answer = close_it
    [done] = workers.send_all()
    assert done.waits
    assert 60 <= len(carrier.calls) <= 60 + 2 * carrier.window
