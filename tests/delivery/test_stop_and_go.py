"""The kill switch: what it keeps from leaving, what it breaks, and who is told anew once somebody says go."""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import hyderabad
import outage
import pytest
from databases import fixtures
from hyderabad import BOOK, FIRST, MINUTE, T0
from outage import INCIDENT, Memory
from sqlalchemy import Engine

from tellfirst.delivery import stopping
from tellfirst.delivery.brake import Brake
from tellfirst.domain.audience import Whom
from tellfirst.domain.delivery import StopEffect
from tellfirst.domain.incident import Stage, Step
from tellfirst.domain.lifecycle import Take, Wait
from tellfirst.domain.occasion import Occasion
from tellfirst.notices.following import follow_up
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.surveys.asking import ask

CUSTOMERS = 12
DUE = T0 + BOOK.next_update_every
FIRST_WORD_TO_THE_REST = Take(Step.NOTIFY, "newly_affected", Occasion.FIRST_WORD, Whom.NEWLY_AFFECTED)


def _struck(engine: Engine) -> Engine:
    outage.strike(engine, CUSTOMERS)
    return engine


struck, struck_small = fixtures(_struck)


def _stop(engine: Engine, effect: StopEffect = StopEffect.CANCEL, its: int | None = INCIDENT) -> None:
    with writing(engine) as connection:
        stopping.stop(connection, its, effect, "the text names the wrong town", "asha", T0)


def _go(engine: Engine, now: datetime = T0, its: int | None = INCIDENT) -> None:
    with writing(engine) as connection:
        assert stopping.go(connection, its, "asha", now, now)


def _stopped_after(engine: Engine, calls: int, effect: StopEffect = StopEffect.CANCEL) -> Memory:
    """A carrier during whose call number `calls` somebody says stop."""
    carrier = Memory()

    def press(made: int) -> None:
        if made == calls:
            carrier.before_call = lambda _made: None
            _stop(engine, effect)

    carrier.before_call = press
    return carrier


def _counts(engine: Engine) -> Counter[tuple[str, str]]:
    return Counter(outage.standings(engine))


@pytest.mark.parametrize("its", [None, INCIDENT], ids=["everything", "one incident"])
def test_what_is_stopped_is_cancelled_with_the_reason(struck: Engine, its: int | None) -> None:
    outage.plan_first_word(struck)
    _stop(struck, its=its)
    carrier = Memory()
    outage.send(struck, carrier)
    assert carrier.accepted == []
    assert _counts(struck) == {("cancelled", "stopped"): CUSTOMERS}


def test_a_stop_inside_a_window_holds_before_its_next_look(
    struck: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "LOOK_EVERY", 0.0)
    outage.plan_first_word(struck)
    carrier = _stopped_after(struck, calls=7)
    outage.send(struck, carrier)
    assert len(carrier.accepted) == 7
    assert _counts(struck) == {("sent", "affected"): 7, ("cancelled", "stopped"): CUSTOMERS - 7}


def test_what_is_held_waits_and_leaves_after_go_once(struck: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "LOOK_EVERY", 0.0)
    outage.plan_first_word(struck)
    carrier = _stopped_after(struck, 7, StopEffect.HOLD)
    outage.send(struck, carrier)
    assert _counts(struck) == {
        ("sent", "affected"): 7,
        ("pending", "held"): 3,  # of the window in which it came
        ("pending", "affected"): CUSTOMERS - 10,
    }
    _go(struck)
    outage.send(struck, carrier)
    assert sorted(outage.customers_of(struck, carrier.accepted)) == list(range(1, CUSTOMERS + 1))
    with reading(struck) as connection:
        assert set(hyderabad.rows(connection, t.delivery, "try_count", "resend_count")) == {(1, 0)}


def test_a_held_chunk_is_given_back_and_comes_again_only_after_a_while(struck_small: Engine) -> None:
    outage.plan_first_word(struck_small)
    _stop(struck_small, StopEffect.HOLD)
    outage.send(struck_small, Memory())
    wall = T0 + 5 * MINUTE
    with reading(struck_small) as connection:
        columns = ("lease_until", "due_at", "done_at")
        assert hyderabad.rows(connection, t.chunk, *columns) == [(None, wall + 2 * MINUTE, None)]
    assert outage.next_for(struck_small, T0) == Wait(T0 + 2 * MINUTE, "sending_is_stopped")
    _go(struck_small)
    with reading(struck_small) as connection:
        assert hyderabad.rows(connection, t.chunk, "due_at") == [(T0,)]
        assert hyderabad.incident(connection).next_due_at == T0


def test_nothing_new_is_planned_while_it_is_stopped(struck_small: Engine) -> None:
    _stop(struck_small, its=None)
    assert outage.next_for(struck_small, T0) == Wait(T0 + 2 * MINUTE, "sending_is_stopped")
    _go(struck_small, its=None)
    assert isinstance(outage.next_for(struck_small, T0), Take)


def test_whoever_had_the_first_word_cancelled_gets_one_after_go_and_nobody_else(
    struck: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "LOOK_EVERY", 0.0)
    outage.plan_first_word(struck)
    carrier = _stopped_after(struck, calls=7)
    outage.send(struck, carrier)
    assert outage.next_for(struck, T0) == Wait(T0 + 2 * MINUTE, "sending_is_stopped")
    _go(struck)
    assert outage.next_for(struck, T0) == FIRST_WORD_TO_THE_REST
    outage.plan_first_word(struck)
    outage.send(struck, carrier)
    assert sorted(outage.customers_of(struck, carrier.accepted)) == list(range(1, CUSTOMERS + 1))
    assert isinstance(outage.next_for(struck, T0), Wait)


def test_stopped_twice_they_are_told_after_the_second_go(struck_small: Engine) -> None:
    carrier = Memory()
    for _ in range(2):
        outage.plan_first_word(struck_small)
        _stop(struck_small)
        outage.send(struck_small, carrier)
        _go(struck_small)
    outage.plan_first_word(struck_small)
    outage.send(struck_small, carrier)
    assert sorted(outage.customers_of(struck_small, carrier.accepted)) == list(range(1, CUSTOMERS + 1))
    assert isinstance(outage.next_for(struck_small, T0), Wait)


def test_a_stopped_update_keeps_no_promise_and_the_next_word_answers_it(struck: Engine) -> None:
    carrier = Memory()
    outage.plan_first_word(struck)
    outage.send(struck, carrier)
    holding = Take(Step.FOLLOW_UP, "promised_word_nearly_due", Occasion.UPDATE)
    before = DUE - BOOK.warn_before
    assert outage.next_for(struck, before) == holding
    with writing(struck) as connection:
        follow_up(connection, FIRST, holding, hyderabad.voice(before))
    _stop(struck)
    outage.send(struck, carrier, before)
    assert len(carrier.accepted) == CUSTOMERS
    late = DUE + MINUTE
    assert outage.next_for(struck, late) == Wait(late + 2 * MINUTE, "sending_is_stopped")
    with reading(struck) as connection:
        assert hyderabad.rows(connection, t.promise, "state", "settled_by")[0] == ("broken", None)
    _go(struck, late)
    assert outage.next_for(struck, late) == holding
    with writing(struck) as connection:
        follow_up(connection, FIRST, holding, hyderabad.voice(late))
    outage.send(struck, carrier, late)
    assert len(carrier.accepted) == 2 * CUSTOMERS
    with reading(struck) as connection:
        assert hyderabad.rows(connection, t.promise, "state", "settled_by")[0] == ("broken", 3)


def test_a_stopped_all_clear_is_said_after_go_and_only_then_anybody_is_asked(struck: Engine) -> None:
    carrier = Memory()
    outage.plan_first_word(struck)
    outage.send(struck, carrier)
    certain = T0 + MINUTE + BOOK.quiet_for
    restored = Take(Step.FOLLOW_UP, "quiet_long_enough", Occasion.RESTORED, Whom.BACK)
    with writing(struck) as connection:
        hyderabad.mend(connection, "HYD0004", now=T0 + MINUTE)
        follow_up(connection, FIRST, restored, hyderabad.voice(certain))
    _stop(struck)
    outage.send(struck, carrier, certain)
    later = certain + BOOK.survey_after
    assert outage.next_for(struck, later) == Wait(later + 2 * MINUTE, "sending_is_stopped")
    _go(struck, later)
    again = Take(Step.FOLLOW_UP, "all_clear_was_stopped", Occasion.RESTORED, Whom.BACK)
    assert outage.next_for(struck, later) == again
    with writing(struck) as connection:
        assert hyderabad.incident(connection).stage is Stage.VERIFIED
        follow_up(connection, FIRST, again, hyderabad.voice(later))
    outage.send(struck, carrier, later)
    assert len(carrier.accepted) == 2 * CUSTOMERS
    assert outage.next_for(struck, later) == Take(Step.SURVEY, "verified_and_settled", Occasion.SURVEY)


def test_a_survey_never_goes_to_whom_a_stop_kept_from_being_told(
    struck: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped for good: service came back before anybody said go."""
    monkeypatch.setattr(stopping, "LOOK_EVERY", 0.0)
    outage.plan_first_word(struck)
    carrier = _stopped_after(struck, calls=7)
    outage.send(struck, carrier)
    certain = T0 + MINUTE + BOOK.quiet_for
    restored = Take(Step.FOLLOW_UP, "quiet_long_enough", Occasion.RESTORED, Whom.BACK)
    with writing(struck) as connection:
        hyderabad.mend(connection, "HYD0004", now=T0 + MINUTE)
        follow_up(connection, FIRST, restored, hyderabad.voice(certain))
    _go(struck, certain)
    outage.send(struck, carrier, certain)
    with writing(struck) as connection:
        ask(connection, FIRST, hyderabad.voice(certain + BOOK.survey_after))
    told = outage.customers_of(struck, carrier.accepted[:7])
    with reading(struck) as connection:
        asked = hyderabad.rows(connection, t.delivery, "occasion", "customer_id", "state", "reason")
    assert sorted(row[1] for row in asked if row[0] == "survey" and row[2] == "pending") == sorted(told)
    assert {row[2:] for row in asked if row[0] == "survey" and row[1] not in told} == {
        ("cancelled", "never_told")
    }


def test_the_brake_stops_without_the_database_and_lets_go_by_itself(
    struck_small: Engine, tmp_path: Path
) -> None:
    brake = Brake(tmp_path / "STOP")
    outage.plan_first_word(struck_small)
    carrier = Memory()

    def pull(made: int) -> None:
        if made == 3:
            (tmp_path / "STOP").touch()

    carrier.before_call = pull
    outage.send(struck_small, carrier, brake=brake)
    assert len(carrier.accepted) == 3
    carrier.before_call = lambda _made: None
    assert isinstance(outage.next_for(struck_small, T0, braked=True), Wait)
    (tmp_path / "STOP").unlink()
    # Planned at once, it would be cancelled at once should another process still have its brake pulled.
    assert outage.next_for(struck_small, T0) == Wait(T0 + 2 * MINUTE, "sending_is_stopped")
    later = T0 + 2 * MINUTE + timedelta(seconds=1)
    assert outage.next_for(struck_small, later) == FIRST_WORD_TO_THE_REST
    outage.plan_first_word(struck_small, later)
    outage.send(struck_small, carrier, later, brake=brake)
    assert sorted(outage.customers_of(struck_small, carrier.accepted)) == list(range(1, CUSTOMERS + 1))


def test_a_stop_of_one_incident_is_lifted_by_its_name_and_leaves_the_others(struck_small: Engine) -> None:
    _stop(struck_small, its=None)
    _stop(struck_small)
    _go(struck_small)
    with writing(struck_small) as connection:
        assert [one.incident for one in stopping.in_force(connection)] == [""]
        assert len(stopping.go(connection, None, "asha", T0, T0, everything=True)) == 1
        assert stopping.in_force(connection) == []


def test_every_stop_and_go_stands_in_the_log(struck_small: Engine) -> None:
    _stop(struck_small, StopEffect.HOLD, its=None)
    _go(struck_small, its=None)
    with reading(struck_small) as connection:
        log = hyderabad.rows(connection, t.incident_entry, "topic", "reason", "actor", "details")
    assert log[-2:] == [
        ("stop", "held_what_waits", "asha", {"why": "the text names the wrong town"}),
        ("stop", "lifted", "asha", {}),
    ]
