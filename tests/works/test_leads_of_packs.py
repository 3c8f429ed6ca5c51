"""The work gate asks for the leads of the policy packs that are on."""

from datetime import UTC, datetime, timedelta

from hyderabad import CONFIG

from tellfirst.domain.work import Window
from tellfirst.timelines.leads import leads
from tellfirst.timelines.packs import Policy, load_policy

NOW = datetime(2026, 11, 1, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
"""Tuesday 24 November, 09:00 in Sydney."""


def _with(*packs: str) -> Policy:
    policy = load_policy(CONFIG)
    return Policy({one: policy.known[one] for one in packs}, policy.known, policy.markets)


def test_the_house_asks_for_nothing_beside_its_playbooks() -> None:
    assert list(leads(load_policy(CONFIG), NOW)) == []


def test_four_business_days_before_a_tuesday_end_with_the_wednesday_before() -> None:
    [lead] = leads(_with("au-energy-planned"), NOW)
    window = Window(TUESDAY, TUESDAY + timedelta(hours=4))
    assert (lead.name, lead.words) == ("au-energy-planned", "4 working days")
    assert lead.tell_by(window) == datetime(2026, 11, 18, 13, 0, tzinfo=UTC)
