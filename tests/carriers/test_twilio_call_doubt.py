"""Which of our calls Twilio has made, when its answer was lost: its list knows number and time, not the words."""

from datetime import UTC, datetime, timedelta

import pytest

from tellfirst.carriers.port import Outbound, Verdict
from tellfirst.carriers.twilio.api import History, Listed
from tellfirst.carriers.twilio.reconcile import settle
from tellfirst.carriers.twilio.voice import by_time_alone
from tellfirst.domain.message import Message

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def lost(number: int = 7, intended_at: datetime | None = NOW) -> Outbound:
    return Outbound(number, "+919876500007", Message("No service.", locale="en"), intended_at=intended_at)


def listed(sid: str, after: float = 1.0) -> Listed:
    return Listed(sid, "", NOW + timedelta(seconds=after))


def test_the_only_call_at_that_time_is_ours() -> None:
    history = History([listed("CA2"), listed("CA1", after=-600)], is_whole=True)
    [outcome] = settle([lost()], history, by_time_alone)
    assert (outcome.verdict, outcome.carrier_ref, outcome.reason) == (
        Verdict.ACCEPTED,
        "CA2",
        "found_at_carrier",
    )


@pytest.mark.parametrize("found", [[], [listed("CA1", after=-61)]])
def test_no_call_since_then_proves_that_there_was_none(found: list[Listed]) -> None:
    [outcome] = settle([lost()], History(found, is_whole=True), by_time_alone)
    assert (outcome.verdict, outcome.reason) == (Verdict.REFUSED_AGAIN, "absent_at_carrier")


def test_two_calls_since_then_leave_the_doubt() -> None:
    history = History([listed("CA2", after=90), listed("CA1")], is_whole=True)
    [outcome] = settle([lost()], history, by_time_alone)
    assert (outcome.verdict, outcome.code) == (Verdict.UNKNOWN, "which_call")


@pytest.mark.parametrize("after", [121, 3_600])
def test_a_call_much_later_may_be_another_notices(after: float) -> None:
    [outcome] = settle([lost()], History([listed("CA1", after)], is_whole=True), by_time_alone)
    assert (outcome.verdict, outcome.code) == (Verdict.UNKNOWN, "which_call")


def test_a_call_without_a_time_leaves_the_doubt() -> None:
    [outcome] = settle([lost()], History([Listed("CA1", "", None)], is_whole=True), by_time_alone)
    assert outcome.verdict is Verdict.UNKNOWN


def test_one_call_proves_one_of_two_deliveries_to_the_same_phone() -> None:
    outcomes = settle([lost(7), lost(8)], History([listed("CA1")], is_whole=True), by_time_alone)
    assert sorted(one.verdict for one in outcomes) == [Verdict.ACCEPTED, Verdict.REFUSED_AGAIN]


def test_a_list_that_ends_before_the_call_proves_no_absence() -> None:
    [outcome] = settle([lost()], History([], is_whole=False), by_time_alone)
    assert (outcome.verdict, outcome.code) == (Verdict.UNKNOWN, "list_too_long")


def test_without_the_moment_of_the_call_nothing_is_proven() -> None:
    [outcome] = settle([lost(intended_at=None)], History([listed("CA1")], is_whole=True), by_time_alone)
    assert (outcome.verdict, outcome.code) == (Verdict.UNKNOWN, "no_intent_time")
