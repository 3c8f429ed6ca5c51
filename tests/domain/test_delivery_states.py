"""The states of a delivery and what may follow what."""

from itertools import product

import pytest

from tellfirst.domain.delivery import (
    BORN,
    FINAL,
    HANDED_OVER,
    MOVES,
    TRANSITIONS,
    UNSETTLED,
    DeliveryReason,
    DeliveryState,
    Doubt,
    doubt_about,
)
from tellfirst.domain.occasion import Channel, Occasion

S, R = DeliveryState, DeliveryReason


def _reachable(start: DeliveryState) -> set[DeliveryState]:
    found = {start}
    while more := {after for before, after in TRANSITIONS if before in found} - found:
        found |= more
    return found


def test_nothing_leaves_a_final_state_but_an_unconfirmed_one_that_a_receipt_raises() -> None:
    leaving = {(before, after) for before, after in TRANSITIONS if before in FINAL}
    assert leaving == {(S.UNCONFIRMED, S.DELIVERED), (S.UNCONFIRMED, S.UNDELIVERED)}


def test_every_state_is_reached_from_pending() -> None:
    assert _reachable(S.PENDING) == set(DeliveryState)


@pytest.mark.parametrize("state", sorted(set(DeliveryState) - FINAL))
def test_every_unfinished_state_leads_to_an_end(state: DeliveryState) -> None:
    assert _reachable(state) & FINAL


def test_what_is_neither_final_nor_unsettled_is_at_the_carrier() -> None:
    assert set(DeliveryState) - FINAL - UNSETTLED == {S.SENT}
    assert FINAL.isdisjoint(UNSETTLED)


def test_told_means_that_the_carrier_took_it_and_did_not_say_that_it_never_arrived() -> None:
    assert {S.SENT, S.DELIVERED, S.UNCONFIRMED} == HANDED_OVER
    assert HANDED_OVER.isdisjoint(UNSETTLED)


def test_no_state_follows_itself() -> None:
    assert not any(before is after for before, after in TRANSITIONS)


def test_nothing_comes_back_to_be_sent_once_a_carrier_is_known_to_have_it() -> None:
    known = {S.SENT, S.DELIVERED, S.UNDELIVERED, S.UNCONFIRMED}
    assert not TRANSITIONS & set(product(known, {S.PENDING, S.SENDING, S.UNKNOWN}))


def test_a_message_that_waits_is_called_sent_only_on_a_carriers_word() -> None:
    """It had left once: before the answer was lost, or before the books were set back."""
    for state in (S.SENT, S.DELIVERED, S.UNDELIVERED):
        assert MOVES[S.PENDING, state] <= {R.RECEIPT, R.FOUND_AT_CARRIER}


def test_every_step_has_a_reason_and_every_reason_a_step() -> None:
    assert all(MOVES.values())
    assert all(BORN.values())
    assert set().union(*MOVES.values(), *BORN.values()) == set(DeliveryReason)


def test_whoever_is_not_to_be_written_to_is_born_final() -> None:
    assert set(BORN) - FINAL == {S.PENDING}


@pytest.mark.parametrize("chosen", Doubt)
def test_neither_a_survey_nor_a_call_is_ever_made_twice(chosen: Doubt) -> None:
    assert doubt_about(Occasion.SURVEY, Channel.SMS, chosen) is Doubt.NEVER_TWICE
    assert doubt_about(Occasion.FIRST_WORD, Channel.VOICE, chosen) is Doubt.NEVER_TWICE
    assert doubt_about(Occasion.FIRST_WORD, Channel.SMS, chosen) is chosen
