"""The states of a delivery and what may follow what."""

from itertools import product

import pytest

from tellfirst.domain.delivery import FINAL, HANDED_OVER, TRANSITIONS, UNSETTLED, DeliveryState

S = DeliveryState


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


def test_a_message_is_never_called_sent_or_delivered_without_having_been_intended() -> None:
    assert {after for before, after in TRANSITIONS if before is S.PENDING} == {
        S.SENDING,
        S.CANCELLED,
        S.FAILED,
    }
