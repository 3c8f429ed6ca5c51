"""What the database refuses by itself, whoever writes to it."""

from contextlib import nullcontext

import pytest
import town
from sqlalchemy import Engine, delete, update
from sqlalchemy.exc import IntegrityError

from tellfirst.domain.delivery import TRANSITIONS, DeliveryState
from tellfirst.domain.occasion import Occasion
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

HEARD = [DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.UNCONFIRMED]
UNHEARD = sorted(set(DeliveryState) - set(HEARD))
LEFT = sorted(
    after for before, after in TRANSITIONS if before == "pending" and after not in {"failed", "cancelled"}
)
SURVEY = 3


@pytest.fixture
def opened(engine: Engine) -> Engine:
    """An incident with one entry in its log and notices 1 (first word), 2 (restored) and 3 (survey)."""
    with writing(engine) as connection:
        town.build(connection)
        town.strike(connection, "north-1")
        incidents.note(connection, town.INCIDENT, town.T0, "opened", "signal", alert="SiteDown")
        town.add_notice(connection, 1, Occasion.FIRST_WORD)
        town.add_notice(connection, 2, Occasion.RESTORED)
        town.add_notice(connection, SURVEY, Occasion.SURVEY)
    return engine


def _said(engine: Engine, customer_id: int, told: str = "", over: str = "", asked: str = "pending") -> int:
    """The survey delivery of a customer, after words to them in these states."""
    with writing(engine) as connection:
        for notice_id, occasion, state in ((1, Occasion.FIRST_WORD, told), (2, Occasion.RESTORED, over)):
            if state:
                town.add_delivery(connection, notice_id, customer_id, occasion, state)
        return town.add_delivery(connection, SURVEY, customer_id, Occasion.SURVEY, asked)


def _set_state(engine: Engine, delivery_id: int, state: str) -> None:
    with writing(engine) as connection:
        connection.execute(update(t.delivery).where(t.delivery.c.id == delivery_id).values(state=state))


def _state(engine: Engine, delivery_id: int) -> str:
    with reading(engine) as connection:
        return str(dict(town.rows(connection, t.delivery, "id", "state"))[delivery_id])


def test_an_entry_in_the_log_is_never_changed(opened: Engine) -> None:
    with pytest.raises(IntegrityError, match="append-only; add an entry"), writing(opened) as connection:
        connection.execute(update(t.incident_entry).values(reason="better"))
    with reading(opened) as connection:
        assert town.rows(connection, t.incident_entry, "reason") == [("signal",)]


def test_an_entry_in_the_log_is_never_removed(opened: Engine) -> None:
    with pytest.raises(IntegrityError, match="append-only; add an entry"), writing(opened) as connection:
        connection.execute(delete(t.incident_entry))
    with reading(opened) as connection:
        assert town.rows(connection, t.incident_entry, "reason") == [("signal",)]


@pytest.mark.parametrize("state", ["sending", "sent"])
def test_a_survey_leaves_once_the_customer_was_told_and_told_it_is_over(opened: Engine, state: str) -> None:
    for customer_id, heard in enumerate(HEARD, start=1):
        survey = _said(opened, customer_id, told=heard, over=heard)
        _set_state(opened, survey, state)
        assert _state(opened, survey) == state


def test_a_survey_of_someone_who_was_told_nothing_does_not_leave_in_any_way(opened: Engine) -> None:
    _said(opened, 2, told="sent", over="sent")
    survey = _said(opened, 1)
    for state in LEFT:
        with pytest.raises(IntegrityError, match="A survey goes only to a customer who was told"):
            _set_state(opened, survey, state)
        assert _state(opened, survey) == "pending"


@pytest.mark.parametrize("missing", ["first word", "all-clear"])
def test_a_survey_does_not_leave_on_one_word_alone(opened: Engine, missing: str) -> None:
    for customer_id, unheard in enumerate(UNHEARD, start=1):
        told, over = (unheard, "sent") if missing == "first word" else ("sent", unheard)
        survey = _said(opened, customer_id, told=told, over=over)
        with pytest.raises(IntegrityError, match="cancel this delivery instead"):
            _set_state(opened, survey, "sending")
        assert _state(opened, survey) == "pending"


@pytest.mark.parametrize("occasion", sorted(Occasion))
def test_announced_work_is_told_by_its_announcement_or_by_its_start_and_by_no_other_word(
    opened: Engine, occasion: Occasion
) -> None:
    told = occasion in {Occasion.FIRST_WORD, Occasion.PLANNED, Occasion.STARTED}
    survey = _said(opened, 1, over="sent")
    with writing(opened) as connection:
        if occasion not in {Occasion.RESTORED, Occasion.SURVEY}:
            town.add_delivery(connection, 1, 1, occasion, "sent")
    refusal = pytest.raises(IntegrityError, match="A survey goes only")
    with nullcontext() if told else refusal:
        _set_state(opened, survey, "sending")
    assert _state(opened, survey) == ("sending" if told else "pending")


def test_a_survey_cannot_be_written_as_sent_to_someone_never_told(opened: Engine) -> None:
    with pytest.raises(IntegrityError, match="A survey goes only"):
        _said(opened, 1, asked="sent")
    with reading(opened) as connection:
        assert town.rows(connection, t.delivery, "id") == []


def test_a_sent_message_cannot_be_renamed_a_survey(opened: Engine) -> None:
    _said(opened, 1, told="sent")
    with pytest.raises(IntegrityError, match="A survey goes only"), writing(opened) as connection:
        connection.execute(update(t.delivery).where(t.delivery.c.notice_id == 1).values(occasion="survey"))


@pytest.mark.parametrize("state", ["cancelled", "failed"])
def test_a_survey_that_must_not_leave_can_be_ended(opened: Engine, state: str) -> None:
    survey = _said(opened, 1)
    _set_state(opened, survey, state)
    assert _state(opened, survey) == state


def test_what_became_of_a_survey_is_written_down_even_if_the_first_word_turns_out_lost(
    opened: Engine,
) -> None:
    survey = _said(opened, 1, told="sent", over="sent")
    _set_state(opened, survey, "sending")
    _set_state(opened, 1, "undelivered")
    _set_state(opened, survey, "delivered")
    assert _state(opened, survey) == "delivered"


@pytest.mark.parametrize(
    ("ended", "may_become"),
    [
        ("delivered", set()),
        ("undelivered", set()),
        ("failed", set()),
        ("cancelled", set()),
        ("unconfirmed", {"delivered", "undelivered"}),
    ],
)
def test_a_delivery_that_has_ended_keeps_its_state_but_for_a_later_receipt(
    opened: Engine, ended: str, may_become: set[str]
) -> None:
    after: dict[str, str] = {}
    for customer_id, state in enumerate(DeliveryState, start=1):
        with writing(opened) as connection:
            row = town.add_delivery(connection, 1, customer_id, Occasion.FIRST_WORD, ended)
        refusal = pytest.raises(IntegrityError, match="A delivery does not move like this")
        with nullcontext() if state in may_become | {ended} else refusal:
            _set_state(opened, row, state)
        after[state] = _state(opened, row)
    assert after == {state: state if state in may_become else ended for state in DeliveryState}


def test_an_ended_delivery_can_still_learn_its_carriers_reference(opened: Engine) -> None:
    with writing(opened) as connection:
        town.add_delivery(connection, 1, 1, Occasion.FIRST_WORD, "delivered")
        connection.execute(update(t.delivery).values(state="delivered", carrier_ref="SM1"))
    with reading(opened) as connection:
        assert town.rows(connection, t.delivery, "carrier_ref") == [("SM1",)]
