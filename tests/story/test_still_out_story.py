"""Monitors say that service is back; some customers are asked first, and whoever says otherwise is believed."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select
from stage import Stage

from tellfirst.contacts import still_out
from tellfirst.domain.audience import Whom
from tellfirst.domain.occasion import Channel
from tellfirst.domain.promise import PromiseState
from tellfirst.domain.verification import Sampling
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

STARTS_AT = datetime(2026, 11, 22, 5, 13, tzinfo=UTC)
FIRST = "INC-2026-0001"
SAMPLING = Sampling(size=4, wait=timedelta(minutes=10))


def _stage(engine: Engine, **changed: object) -> Stage:
    return Stage(engine, STARTS_AT).by_rules(**{"sampling": SAMPLING, **changed})


@pytest.fixture
def stage(engine: Engine) -> Stage:
    return _stage(engine)


@pytest.fixture
def small(sqlite_engine: Engine) -> Stage:
    return _stage(sqlite_engine)


def _back(stage: Stage) -> None:
    """Down at 05:13:20, reported gone at 05:15:20: quiet long enough at 05:25:20."""
    stage.go_to("05:13:20")
    stage.monitor("002_grouped_firing_1alerts.json")
    stage.go_to("05:15:20")
    stage.monitor("004_grouped_resolved_1alerts.json")


def _asked(stage: Stage) -> list[str]:
    """The phones of those who were asked."""
    n, d, a = t.notice.c, t.delivery.c, t.audience.c
    with reading(stage.engine) as connection:
        rows = connection.scalars(
            select(a.address)
            .join(t.delivery, d.customer_id == a.customer_id)
            .join(t.notice, n.id == d.notice_id)
            .where(n.whom == Whom.SAMPLE, d.channel == Channel.SMS, d.handed_over_at.is_not(None))
            .order_by(d.id)
        )
        return list(rows)


def _audience(stage: Stage) -> int:
    with reading(stage.engine) as connection:
        return connection.execute(select(func.count()).select_from(t.audience)).scalar_one()


def _told_over(stage: Stage) -> int:
    """Customers with an all-clear in the books, whatever became of it."""
    d = t.delivery.c
    with reading(stage.engine) as connection:
        told = select(func.count(d.customer_id.distinct())).where(d.occasion == "restored")
        return connection.execute(told).scalar_one()


def _lines(stage: Stage) -> list[tuple[str, str, int]]:
    return [(one.at, one.occasion, one.count) for one in stage.timetable()]


def test_some_are_asked_before_everybody_hears_that_it_is_back(stage: Stage) -> None:
    _back(stage)
    stage.go_to("05:34")
    asked = _lines(stage)[1]
    assert asked[:2] == ("05:25:20", "update")
    assert 1 <= asked[2] <= SAMPLING.size
    assert all("Reply 1" in text or " 1 " in text for text in stage.texts_of(_asked(stage)[0])[-1:])
    stage.go_to("05:36")
    assert [(at, occasion) for at, occasion, _ in _lines(stage)[2:]] == [("05:35:20", "restored")]
    assert _told_over(stage) == _audience(stage)


def test_whoever_says_that_theirs_is_still_out_goes_on_being_told_and_the_others_are_not_held_up(
    stage: Stage,
) -> None:
    _back(stage)
    stage.go_to("05:26")
    phone = _asked(stage)[0]
    assert FIRST in stage.text(phone, "1")
    stage.go_to("05:36")
    assert _told_over(stage) == _audience(stage) - 1
    before = len(stage.texts_of(phone))
    stage.go_to("07:00")
    assert len(stage.texts_of(phone)) >= before + 2
    with reading(stage.engine) as connection:
        assert connection.scalar(select(t.incident.c.stage)) in ("following_up", "restored")
        states = set(connection.scalars(select(t.promise.c.state)))
    assert PromiseState.BROKEN not in states
    assert "survey" not in {occasion for _, occasion, _ in _lines(stage)}
    with writing(stage.engine) as connection:
        assert still_out.settle(connection, 1, stage.clock.now(), "asha") == 1
    stage.engineer_restores(FIRST)
    stage.go_to("10:00")
    assert _told_over(stage) == _audience(stage)
    assert [one for one in _lines(stage) if one[1] == "restored"][-1][2] == 1
    assert _lines(stage)[-1][1] == "survey"


def test_several_behind_one_cause_are_right_about_the_cause(stage: Stage) -> None:
    _back(stage)
    stage.go_to("05:26")
    for phone in _asked(stage)[:2]:
        stage.text(phone, "1")
    stage.go_to("05:50")
    assert "restored" not in {occasion for _, occasion, _ in _lines(stage)}
    with reading(stage.engine) as connection:
        assert connection.scalar(select(t.incident_element.c.until_at)) is None
        reasons = set(connection.scalars(select(t.incident_entry.c.reason)))
    assert "customers_say_otherwise" in reasons


def test_whoever_says_so_after_the_all_clear_is_no_longer_told_that_it_is_over(small: Stage) -> None:
    _back(small)
    small.go_to("05:40")
    phone = _asked(small)[0]
    heard = len(small.texts_of(phone))
    small.text(phone, "1")
    small.go_to("05:41")
    assert len(small.texts_of(phone)) == heard + 1
    small.go_to("08:30")
    assert "survey" not in {occasion for _, occasion, _ in _lines(small)}
    with reading(small.engine) as connection:
        open_ = select(func.count()).where(t.audience.c.over_at.is_(None))
        assert connection.execute(open_).scalar_one() == 1


def test_a_1_in_answer_to_the_survey_is_a_score_and_no_outage(small: Stage) -> None:
    _back(small)
    small.go_to("08:00")
    assert _lines(small)[-1][1] == "survey"
    phone = _asked(small)[0]
    small.text(phone, "1")
    with reading(small.engine) as connection:
        assert list(connection.scalars(select(t.response.c.score))) == [1]
        assert connection.scalar(select(func.count()).select_from(t.still_out)) == 0


def test_where_nobody_can_reply_nobody_is_waited_for(sqlite_engine: Engine) -> None:
    stage = _stage(sqlite_engine, channels=(Channel.EMAIL,))
    _back(stage)
    stage.go_to("05:26")
    assert [(at, occasion) for at, occasion, _ in _lines(stage)][1:] == [("05:25:20", "restored")]


def test_whoever_was_neither_asked_nor_told_that_it_is_over_reports_nothing_with_a_1(small: Stage) -> None:
    small.go_to("05:13:20")
    small.monitor("002_grouped_firing_1alerts.json")
    with reading(small.engine) as connection:
        sms = t.audience.c.channel == Channel.SMS
        phone = connection.scalars(select(t.audience.c.address).where(sms)).first()
    assert phone is not None
    small.text(phone, "1")
    with reading(small.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(t.still_out)) == 0
