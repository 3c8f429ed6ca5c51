"""Plans of faults: what they decide, and that they decide it again."""

from collections import Counter
from typing import Any

import pytest

from tellfirst.simulator.carriers.faults.kinds import PLANNED, Family, Fault, family_of
from tellfirst.simulator.carriers.faults.plan import NO_FAULTS, FaultPlan, PlanError, read_plan
from tellfirst.simulator.carriers.truth.entries import Channel

RATES = {"throttled": 0.05, "error_after_accept": 0.03, "reset_before_accept": 0.02, "receipt_lost": 0.5}


def decided(
    plan: FaultPlan, family: Family = Family.CREATE, channel: Channel = Channel.SMS
) -> list[Fault | None]:
    return [plan.decide(family, channel, nth) for nth in range(1, 5001)]


def test_the_same_seed_decides_the_same_and_another_does_not() -> None:
    first, again = (read_plan({"seed": 7, "rates": RATES}) for _ in range(2))
    assert decided(first) == decided(again)
    assert decided(first) != decided(read_plan({"seed": 8, "rates": RATES}))


def test_channels_and_families_are_decided_apart() -> None:
    plan = read_plan({"seed": 7, "rates": RATES})
    assert decided(plan) != decided(plan, channel=Channel.EMAIL)
    assert set(decided(plan, Family.RECEIPT)) == {None, Fault.RECEIPT_LOST}
    assert set(decided(plan, Family.LOOKUP)) == {None}


def test_rates_are_shares_of_the_occasions() -> None:
    counted = Counter(decided(read_plan({"seed": 7, "rates": RATES})))
    assert counted[Fault.THROTTLED] / 5000 == pytest.approx(0.05, abs=0.01)
    assert counted[Fault.ERROR_AFTER_ACCEPT] / 5000 == pytest.approx(0.03, abs=0.01)
    assert counted[Fault.RESET_BEFORE_ACCEPT] / 5000 == pytest.approx(0.02, abs=0.01)
    assert counted[None] / 5000 == pytest.approx(0.90, abs=0.015)


def test_a_script_names_single_occasions_and_wins_over_rates() -> None:
    script = [
        {"nth": 3, "channel": "sms", "fault": "reset_after_accept"},
        {"nth": 1, "channel": "email", "fault": "half_answer"},
        {"nth": 1, "channel": "sms", "fault": "lookup_error"},
    ]
    plan = read_plan({"rates": {"throttled": 1.0}, "script": script})
    assert decided(plan)[:4] == [Fault.THROTTLED, Fault.THROTTLED, Fault.RESET_AFTER_ACCEPT, Fault.THROTTLED]
    assert decided(plan, channel=Channel.EMAIL)[:2] == [Fault.HALF_ANSWER, Fault.THROTTLED]
    assert decided(plan, Family.LOOKUP)[:2] == [Fault.LOOKUP_ERROR, None]


def test_without_a_plan_nothing_goes_wrong() -> None:
    assert all(set(decided(NO_FAULTS, family)) == {None} for family in Family)


def test_an_outage_has_a_beginning_and_an_end() -> None:
    plan = read_plan({"outages": [{"channel": "sms", "from_seconds": 5, "for_seconds": 600}]})
    assert [plan.is_out(Channel.SMS, at) for at in (4.9, 5, 604, 605)] == [False, True, True, False]
    assert not plan.is_out(Channel.EMAIL, 10)


def test_every_fault_can_be_planned_by_name() -> None:
    for fault in PLANNED:
        plan = read_plan({"rates": {fault.value: 1}})
        assert plan.decide(family_of(fault), Channel.VOICE, 1) is fault
    assert {family_of(fault) for fault in PLANNED} == set(Family)


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        ([], "the whole is of the wrong type"),
        ({"rate": {}}, "rate is not a known field"),
        ({"rates": {"gremlins": 0.1}}, "rates"),
        ({"rates": {"outage": 0.1}}, "rates"),
        ({"rates": {"throttled": 1.1}}, "rates.throttled is too large"),
        ({"rates": {"throttled": 0.6, "half_answer": 0.5}}, "add up to more than 1"),
        ({"script": [{"nth": 0, "channel": "sms", "fault": "throttled"}]}, "script.0.nth is too small"),
        ({"script": [{"nth": 1, "channel": "fax", "fault": "throttled"}]}, "script.0.channel"),
        ({"script": [{"nth": 1, "channel": "sms"}]}, "script.0.fault is required"),
        ({"script": [{"nth": 1, "channel": "sms", "fault": "throttled"}] * 2}, "one occasion twice"),
        ({"outages": [{"channel": "sms", "from_seconds": 1}]}, "outages.0.for_seconds is required"),
    ],
)
def test_a_plan_that_cannot_be_followed_is_refused_with_a_sentence(plan: Any, sentence: str) -> None:
    with pytest.raises(PlanError, match=sentence):
        read_plan(plan)
