"""What carriers cannot keep is said before the first word leaves."""

from dataclasses import replace
from datetime import timedelta

import hyderabad
import pytest
from databases import fixtures
from hyderabad import BOOK, CONFIG, FIRST, HOUSE, MINUTE, T0, add_customer
from sqlalchemy import Engine, select
from test_preview import PRICES, TEMPLATES

from tellfirst.domain.deadline import DeadlineName
from tellfirst.domain.due import Counting, Due
from tellfirst.domain.hand_over import Sender
from tellfirst.domain.occasion import Channel
from tellfirst.review import reckoning
from tellfirst.review.previewing import Preview, Speaker, as_matched, preview
from tellfirst.review.reckoning import note_hand_over
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.timelines import deadlines
from tellfirst.timelines.packs import load_policy

POLICY = load_policy(CONFIG)
WITHIN = {"push_started_by": 10, "push_p50_by": 20, "push_p95_by": 40}
ALL = [*WITHIN]


@pytest.fixture(autouse=True)
def _owes_its_first_word(monkeypatch: pytest.MonkeyPatch) -> None:
    owed = {DeadlineName(name): Due(Counting.REAL, minutes * MINUTE) for name, minutes in WITHIN.items()}
    plan = replace(BOOK, deadlines=owed, severity_rises=False)
    monkeypatch.setitem(hyderabad.BOOKS, "mobile_site_down", plan)


def _struck(engine: Engine) -> Engine:
    """Forty customers with telephones, and what their incident owes."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        for key in range(1, 41):
            add_customer(connection, key, "HYD0004", wish="sms", email=None)
        hyderabad.strike(connection, "HYD0004")
        deadlines.lay(connection, FIRST, POLICY, T0)
    return engine


struck, small = fixtures(_struck)


def _texts_a_minute(count: float) -> list[Sender]:
    """English texts of this town have two parts."""
    return [Sender(Channel.SMS, 100, 2 * count / 60)]


def _preview(engine: Engine, senders: list[Sender]) -> Preview:
    with writing(engine) as connection, as_matched(connection, FIRST, T0, POLICY) as it:
        return preview(connection, it, T0, Speaker(TEMPLATES, HOUSE, PRICES, senders))


def _missed(found: Preview) -> list[str]:
    return [one.name for one in found.cannot_be_made]


def test_what_a_carrier_can_keep_is_not_complained_of(struck: Engine) -> None:
    found = _preview(struck, _texts_a_minute(100))
    assert found.cannot_be_made == ()
    assert found.hand_over.count == found.estimate.message_counts["sms"]


def test_a_slow_carrier_begins_in_time_and_ends_too_late_and_both_times_are_named(struck: Engine) -> None:
    found = _preview(struck, _texts_a_minute(0.5))
    assert _missed(found) == ["push_p50_by", "push_p95_by"]
    last = found.cannot_be_made[-1]
    assert last.due_at == T0 + timedelta(minutes=40)
    assert last.reached_at is not None
    assert last.reached_at > T0 + timedelta(minutes=70)


def test_without_an_open_carrier_no_message_can_be_in_time_but_the_page_can(small: Engine) -> None:
    found = _preview(small, [Sender(Channel.SMS, 0)])
    assert _missed(found) == ALL
    assert {one.reached_at for one in found.cannot_be_made} == {None}


def test_a_large_first_word_leaves_its_reckoning_in_the_log_and_a_small_one_does_not(
    struck: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = _texts_a_minute(0.5)
    e = t.incident_entry.c
    said = select(e.reason, e.details).where(e.topic == "hand_over")
    with writing(struck) as connection:
        assert note_hand_over(connection, FIRST, TEMPLATES, HOUSE, slow, T0) is None
        assert connection.execute(said).all() == []
        monkeypatch.setattr(reckoning, "LARGE", 40)
        assert note_hand_over(connection, FIRST, TEMPLATES, HOUSE, slow, T0) is not None
        [row] = connection.execute(said).all()
    assert row.reason == "cannot_be_made"
    assert row.details["missed"] == ["push_p50_by of house-default", "push_p95_by of house-default"]
