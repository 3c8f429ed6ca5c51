"""Shares between two carriers, from what the ledger holds: measured, moved by the clock, set by a person."""

from datetime import datetime, timedelta
from typing import Any

import crowd
import pytest
from crowd import Hands, Switchboard, Workers, takes
from hyderabad import T0
from sqlalchemy import Engine, update

from tellfirst.delivery import roster, switching
from tellfirst.delivery.measuring import measures
from tellfirst.delivery.roster import Candidate
from tellfirst.domain.carriers import CarrierReason, Measures
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.occasion import Channel
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

MINUTE = timedelta(minutes=1)
PAIR = [Candidate("main", Channel.SMS, 100), Candidate("spare", Channel.SMS, 0)]


@pytest.fixture
def sent(engine: Engine) -> Engine:
    """A thousand messages: 800 with main, 200 with spare, all handed over at T0 and without a receipt."""
    crowd.gather(engine, 1_000)
    d = t.delivery
    with writing(engine) as connection:
        usual = {"state": "sent", "handed_over_at": T0, "intended_at": T0}
        connection.execute(update(d).values(carrier="main", **usual))
        connection.execute(update(d).where(d.c.id > 800).values(carrier="spare"))
        connection.execute(update(t.chunk).values(done_at=T0))
    return engine


def settle(engine: Engine, first: int, last: int, **values: Any) -> None:
    d = t.delivery
    with writing(engine) as connection:
        connection.execute(update(d).where(d.c.id.between(first, last)).values(**values))


def measured(engine: Engine, now: datetime) -> dict[str, Measures]:
    with reading(engine) as connection:
        return measures(connection, Channel.SMS, now, now)


def test_slow_is_what_got_its_receipt_late_or_has_none_after_five_minutes(sent: Engine) -> None:
    settle(sent, 1, 100, state="delivered", reason="receipt", final_at=T0 + 2 * MINUTE)
    settle(sent, 101, 150, state="undelivered", reason="receipt", final_at=T0 + 6 * MINUTE)
    early = measured(sent, T0 + 4 * MINUTE)
    assert early["main"] == Measures(judged_count=150, slow_count=50, offered_count=800)
    assert early["spare"] == Measures(offered_count=200)
    late = measured(sent, T0 + 6 * MINUTE)
    assert late["main"] == Measures(judged_count=800, slow_count=700, offered_count=800)
    assert late["spare"] == Measures(judged_count=200, slow_count=200, offered_count=200)


def test_what_is_older_than_a_quarter_of_an_hour_counts_no_more(sent: Engine) -> None:
    assert measured(sent, T0 + 15 * MINUTE) == {}


def test_trouble_is_the_carriers_and_not_the_customers_or_ours(engine: Engine) -> None:
    crowd.gather(engine, 100)
    settle(engine, 1, 100, state="sending", carrier="main", intended_at=T0)
    settle(engine, 1, 30, state="unknown", reason="answer_lost")
    settle(engine, 31, 40, state="unknown", reason="worker_lost")
    settle(engine, 41, 60, state="failed", reason="contact_point_refused")
    settle(engine, 61, 65, state="pending", reason="throttled")
    assert measured(engine, T0 + MINUTE)["main"] == Measures(offered_count=100, trouble_count=35)


def test_who_sends_no_receipts_cannot_be_late_with_them(sent: Engine) -> None:
    silent = [Candidate("main", Channel.SMS, 100, receipts=False), PAIR[1]]
    with reading(sent) as connection:
        now = T0 + 6 * MINUTE
        assert switching.measured_by(connection, silent, now, now)["main"] == Measures(offered_count=800)


def test_a_timetable_of_a_bad_half_hour(sent: Engine) -> None:
    """main has no receipts for its messages, spare has; then both are well again."""
    settle(sent, 801, 1_000, state="delivered", reason="receipt", final_at=T0 + MINUTE)
    seen = []
    for minute in range(60):
        now = T0 + minute * MINUTE
        with writing(sent) as connection:
            found = switching.weigh(connection, PAIR, now, now)
        if found.shares:
            seen.append((minute, found.reason.value, dict(found.shares)))
    assert seen == [
        (5, "slow", {"main": 90, "spare": 10}),
        (10, "slow", {"main": 80, "spare": 20}),
        # From here on there is nothing left to measure.
        (25, "comes_back", {"main": 90, "spare": 10}),
        (40, "comes_back", {"main": 100, "spare": 0}),
    ]
    with reading(sent) as connection:
        entries = roster.entries(connection, ["main", "spare"], 20)[::-1]
    assert [(one["carrier"], one["reason"], one["share"]) for one in entries[:2]] == [
        ("main", "slow", 90),
        ("spare", "takes_over", 10),
    ]
    details = entries[0]["details"]
    assert details["because_of"] == "main"
    assert details["measured"]["main"] == {
        "judged_count": 800, "slow_count": 800, "offered_count": 800, "trouble_count": 0
    }  # fmt: skip


def test_chunks_are_dealt_out_by_the_shares(sqlite_engine: Engine) -> None:
    crowd.gather(sqlite_engine, 20_000)
    main, spare = Switchboard("main", takes, window=1_000), Switchboard("spare", takes, window=1_000)
    workers = Workers(sqlite_engine, [main, spare], [75, 25], Hands(), wall=Hands())
    workers.send_all(threads=1)
    assert len(main.calls) + len(spare.calls) == 20_000
    assert abs(len(spare.calls) - 5_000) <= 1_000, "one chunk more or less"
    assert crowd.states(sqlite_engine) == {
        ("sent", "main"): len(main.calls),
        ("sent", "spare"): len(spare.calls),
    }


def test_a_person_sets_a_share_and_the_others_keep_their_proportions(engine: Engine) -> None:
    three = [Candidate(name, Channel.SMS, share) for name, share in (("a", 50), ("b", 30), ("c", 20))]
    with writing(engine) as connection:
        assert switching.set_share(connection, three, "a", 0, "trouble", "asha", T0) == {
            "a": 0, "b": 60, "c": 40
        }  # fmt: skip
        places = roster.places(connection, three)
        [last, *_] = roster.entries(connection, ["a"], 1)
    assert [(one.share, one.reason) for one in places] == [
        (0, CarrierReason.BY_HAND), (60, CarrierReason.BY_HAND), (40, CarrierReason.BY_HAND)
    ]  # fmt: skip
    assert (last["actor"], last["details"]) == ("asha", {"text": "trouble", "asked": "a"})


@pytest.mark.parametrize(("share", "count"), [(101, 2), (-1, 2), (50, 1)])
def test_a_share_that_cannot_be_changes_nothing(sqlite_engine: Engine, share: int, count: int) -> None:
    with writing(sqlite_engine) as connection, pytest.raises(RuleBroken):
        switching.set_share(connection, PAIR[:count], "main", share, "why", "asha", T0)
    with reading(sqlite_engine) as connection:
        assert roster.entries(connection, ["main", "spare"], 5) == []
