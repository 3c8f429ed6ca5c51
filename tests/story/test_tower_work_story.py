"""Two days of work on a tower, told as timetables: whatever is said and is not listed fails the story."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import works
from fake_carrier import UNREACHABLE
from sqlalchemy import Engine, delete, func, select, update
from stage import Stage
from works import Line, announce, complete, timetable

from tellfirst.detect import working
from tellfirst.domain.delivery import HANDED_OVER
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Kind
from tellfirst.domain.occasion import TOLD_BY, Channel
from tellfirst.domain.promise import PromiseState
from tellfirst.domain.work import WorkStatus
from tellfirst.review.measures import measure
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

TODAY = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
BEGINS = datetime(2026, 12, 2, 5, 0, tzinfo=UTC)
ENDS = datetime(2026, 12, 4, 5, 0, tzinfo=UTC)
WORK, OTHER = "INC-2026-0001", "INC-2026-0002"
TOWER = "site:HYD0000"
DAY = timedelta(days=1)

ANNOUNCED = Line("22 Nov 05:00", "planned", "newly_affected")
REMINDED = Line("01 Dec 05:00", "reminder", "waiting")
STARTED = Line("02 Dec 05:00", "started", "waiting")
EVERY_SIX_HOURS = [
    Line(at, "holding", "waiting")
    for at in (
        *("02 Dec 10:45", "02 Dec 16:30", "02 Dec 22:15", "03 Dec 04:00"),
        *("03 Dec 09:45", "03 Dec 15:30", "03 Dec 21:15", "04 Dec 03:00"),
    )
]
"""The playbook's rhythm, each word a quarter of an hour before it is due."""


@pytest.fixture
def stage(engine: Engine) -> Stage:
    stage = Stage(engine, TODAY)
    # Nights and ways around an outage have stories of their own.
    books = {
        name: replace(book, around_outage=False, quiet_hours=None)
        for name, book in stage.world.playbooks.items()
    }
    stage.world.__dict__["playbooks"] = books
    return stage


def promises(stage: Stage) -> set[str]:
    with reading(stage.engine) as connection:
        return set(connection.scalars(select(t.promise.c.state)))


def stages(stage: Stage) -> list[str]:
    with reading(stage.engine) as connection:
        return list(connection.scalars(select(t.incident.c.stage).order_by(t.incident.c.id)))


def told(stage: Stage, *occasions: str) -> set[int]:
    """Who had one of these words in their hands."""
    d = t.delivery.c
    with reading(stage.engine) as connection:
        got = select(d.customer_id).where(d.occasion.in_(occasions), d.state.in_(HANDED_OVER))
        return set(connection.scalars(got))


def test_it_is_announced_reminded_begun_and_done_in_time_and_only_then_asked_about(stage: Stage) -> None:
    announce(stage, BEGINS, ENDS, TOWER)
    stage.go_to("+12 03:20")
    complete(stage, WORK)
    stage.go_to("+20 05:00")
    assert timetable(stage) == [
        *(ANNOUNCED, REMINDED, STARTED, *EVERY_SIX_HOURS),
        Line("04 Dec 03:30", "restored", "back"),
        Line("04 Dec 15:30", "survey", "everyone"),
    ]
    assert stages(stage) == ["closed"]
    assert promises(stage) == {PromiseState.KEPT}
    with reading(stage.engine) as connection:
        measured = measure(connection, 1, stage.clock.now())
    # Ten days of waiting for announced work are no silence; the rhythm counts from its beginning.
    assert (measured.silence.longest_minutes, measured.silence.promised_minutes) == (345, 360)
    assert measured.telling.told_first_share_of_all is not None
    assert measured.telling.told_first_share_of_all > 0.9
    assert len(told(stage, "planned")) > 10
    assert told(stage, "survey") <= told(stage, "planned", "started") & told(stage, "restored")


def test_work_that_lasts_too_long_is_said_to_be_late_before_its_end_and_becomes_an_outage_by_itself(
    stage: Stage,
) -> None:
    announce(stage, BEGINS, ENDS, TOWER)
    stage.go_to("+12 06:00")
    complete(stage, WORK)
    stage.go_to("+20 05:00")
    assert timetable(stage) == [
        *(ANNOUNCED, REMINDED, STARTED, *EVERY_SIX_HOURS),
        Line("04 Dec 04:00", "overrun", "waiting"),
        # From the announced end on the rhythm is that of the outage: half an hour.
        Line("04 Dec 05:00", "holding", "waiting"),
        *(Line(f"04 Dec 05:{minute}", "holding", "waiting") for minute in (25, 50)),
        Line("04 Dec 06:10", "restored", "back"),
        Line("04 Dec 08:10", "survey", "everyone"),
    ]
    with reading(stage.engine) as connection:
        it = connection.execute(select(t.incident)).one()
        reasons = set(connection.scalars(select(t.incident_entry.c.reason)))
    assert (it.reference, it.kind, it.ends_at) == (WORK, Kind.OUTAGE, ENDS)
    assert (it.playbook["name"], it.severity) == ("mobile_site_down", "S2")
    assert "announced_end_has_passed" in reasons
    assert promises(stage) == {PromiseState.KEPT, PromiseState.REPLACED}


def test_whoever_was_told_reads_the_same_number_from_the_first_word_to_the_last(stage: Stage) -> None:
    announce(stage, BEGINS, ENDS, TOWER)
    stage.go_to("+12 06:00")
    complete(stage, WORK)
    stage.go_to("+12 07:00")
    sent = Counter(one.to for carrier in stage.carriers.values() for one in carrier.sent)
    [(address, _)] = sent.most_common(1)
    texts = stage.texts_of(address)
    assert len(texts) == 3 + len(EVERY_SIX_HOURS) + 1 + 3 + 1
    assert all(WORK in text for text in texts)


def test_an_engineer_who_extends_it_in_time_names_the_new_end_with_the_old(stage: Stage) -> None:
    announce(stage, BEGINS, ENDS, TOWER)
    stage.go_to("+12 02:00")
    works.say(stage, working.extend, WORK, ENDS + timedelta(hours=3))
    stage.go_to("+12 06:00")
    complete(stage, WORK)
    stage.go_to("+12 07:00")
    assert timetable(stage)[10:] == [
        Line("04 Dec 02:00", "overrun", "waiting"),
        Line("04 Dec 06:10", "restored", "back"),
    ]
    texts = [one.text for carrier in stage.carriers.values() for one in carrier.sent]
    late = [text for text in texts if "we are late" in text]
    assert late
    assert all("10:30 IST" in text and "13:30 IST" in text for text in late)
    assert promises(stage) == {PromiseState.KEPT, PromiseState.REPLACED}


def test_an_end_that_comes_earlier_is_news_and_no_apology(stage: Stage) -> None:
    announce(stage, BEGINS, ENDS, TOWER)
    stage.go_to("+10 08:00")
    works.say(stage, working.extend, WORK, ENDS - DAY)
    stage.go_to("+10 09:00")
    assert timetable(stage)[3:] == [Line("02 Dec 08:00", "update", "waiting")]


def test_work_done_early_is_over_when_it_is_verified(stage: Stage) -> None:
    announce(stage, BEGINS, ENDS, TOWER)
    stage.go_to("+10 09:00")
    complete(stage, WORK)
    stage.go_to("+20 05:00")
    assert timetable(stage) == [
        *(ANNOUNCED, REMINDED, STARTED),
        Line("02 Dec 09:10", "restored", "back"),
        Line("02 Dec 21:10", "survey", "everyone"),
    ]


def test_cancelled_work_is_told_once_to_exactly_those_who_were_told_of_it_and_nobody_is_asked(
    stage: Stage,
) -> None:
    announce(stage, BEGINS, ENDS, TOWER)
    stage.go_to("+3 06:00")
    works.say(stage, working.cancel, WORK)
    stage.go_to("+20 05:00")
    assert timetable(stage) == [ANNOUNCED, Line("25 Nov 06:00", "cancelled", "wrongly_told")]
    assert told(stage, "cancelled") == told(stage, "planned")
    assert stages(stage) == ["closed"]
    assert PromiseState.OPEN not in promises(stage)
    assert PromiseState.BROKEN not in promises(stage)


def test_a_provider_who_cancels_is_heard_by_the_clock(stage: Stage) -> None:
    announce(stage, BEGINS, ENDS, TOWER)
    stage.go_to("+9 06:00")
    works.restate(stage, status=WorkStatus.CANCELLED)
    stage.go_to("+20 05:00")
    assert timetable(stage) == [ANNOUNCED, REMINDED, Line("01 Dec 06:00", "cancelled", "wrongly_told")]


def test_work_cancelled_before_anybody_heard_of_it_is_never_spoken_of(stage: Stage) -> None:
    announce(stage, BEGINS, ENDS, TOWER, impact=Impact.AT_RISK)
    works.say(stage, working.cancel, WORK)
    stage.go_to("+20 05:00")
    assert timetable(stage) == []
    assert stages(stage) == ["closed"]


def test_moved_work_is_told_once_with_both_windows_and_lives_by_the_new_one(stage: Stage) -> None:
    announce(stage, BEGINS, ENDS, TOWER)
    stage.go_to("+3 06:00")
    works.restate(stage, starts_at=BEGINS + 2 * DAY, ends_at=ENDS + 2 * DAY)
    stage.go_to("+12 09:00")
    complete(stage, WORK)
    stage.go_to("+12 10:00")
    assert timetable(stage) == [
        ANNOUNCED,
        Line("25 Nov 06:00", "planned", "waiting"),
        Line("03 Dec 05:00", "reminder", "waiting"),
        Line("04 Dec 05:00", "started", "waiting"),
        Line("04 Dec 09:10", "restored", "back"),
    ]
    texts = [one.text for carrier in stage.carriers.values() for one in carrier.sent]
    moved = [text for text in texts if "has moved" in text]
    assert moved
    assert all(
        "02/12 10:30 - 04/12 10:30 IST" in text and "04/12 10:30 - 06/12 10:30 IST" in text for text in moved
    )
    assert promises(stage) == {PromiseState.KEPT, PromiseState.REPLACED}


def test_work_moved_after_the_reminder_is_reminded_of_again(stage: Stage) -> None:
    announce(stage, BEGINS, ENDS, TOWER)
    stage.go_to("+9 06:00")
    works.restate(stage, starts_at=BEGINS + 7 * DAY, ends_at=ENDS + 7 * DAY)
    stage.go_to("+16 06:00")
    assert timetable(stage) == [
        *(ANNOUNCED, REMINDED),
        Line("01 Dec 06:00", "planned", "waiting"),
        Line("08 Dec 05:00", "reminder", "waiting"),
    ]


def test_work_announced_within_its_last_day_needs_no_reminder(stage: Stage) -> None:
    announce(stage, TODAY + timedelta(hours=5), TODAY + timedelta(hours=8), TOWER)
    stage.go_to("10:30")
    assert timetable(stage)[0] == ANNOUNCED
    assert {line.occasion for line in timetable(stage)[1:]} == {"started"}


def test_work_announced_when_it_has_begun_begins_with_that_word(stage: Stage) -> None:
    announce(stage, TODAY - timedelta(hours=1), TODAY + timedelta(hours=8), TOWER)
    assert timetable(stage) == [Line("22 Nov 05:00", "started", "newly_affected")]


def test_whoever_moves_in_is_told_and_whoever_moves_away_hears_that_it_will_not_hit_them(
    stage: Stage,
) -> None:
    announce(stage, BEGINS, ENDS, TOWER)
    planned = sorted(told(stage, "planned"))
    with writing(stage.engine) as connection:
        connection.execute(delete(t.presence).where(t.presence.c.customer_id == planned[0]))
        s = t.service
        connection.execute(update(s).where(s.c.customer_id == planned[0]).values(element_id="site:HYD0040"))
        newcomer = connection.scalar(
            select(func.min(s.c.customer_id)).where(
                s.c.element_id == "site:HYD0044", s.c.kind == "mobile", s.c.status == "active"
            )
        )
        connection.execute(update(s).where(s.c.customer_id == newcomer).values(element_id=TOWER))
    stage.go_to("+9 05:00")
    assert timetable(stage) == [
        ANNOUNCED,
        Line("01 Dec 05:00", "cancelled", "wrongly_told"),
        REMINDED,
        Line("01 Dec 05:00", "planned", "newly_affected"),
    ]
    assert told(stage, "cancelled") == {planned[0]}
    assert planned[0] not in told(stage, "reminder")


def test_nobody_is_asked_before_they_were_told(stage: Stage) -> None:
    announce(stage, BEGINS, ENDS, TOWER)
    stage.go_to("+10 09:00")
    complete(stage, WORK)
    stage.go_to("+20 05:00")
    asked = told(stage, "survey")
    assert asked
    assert asked <= told(stage, *TOLD_BY) & told(stage, "restored")


def test_two_works_that_each_take_one_core_are_an_outage_together(stage: Stage) -> None:
    """Alone each only takes away the redundancy, and nobody is told of that."""
    stage.world.__dict__["playbooks"] = {
        name: replace(book, approve_above=1.0) for name, book in stage.world.playbooks.items()
    }
    announce(stage, BEGINS, ENDS, "core:HYD-A", number="A")
    assert timetable(stage) == []
    announce(stage, ENDS - DAY, ENDS + DAY, "core:HYD-B", number="B")
    assert timetable(stage) == [Line("22 Nov 05:00", "planned", "newly_affected")]
    everybody = told(stage, "planned")
    assert len(everybody) > 1_000
    works.restate(stage, "B", starts_at=ENDS, ends_at=ENDS + DAY)
    stage.go_to("06:00")
    assert timetable(stage)[1:] == [Line("22 Nov 05:00", "cancelled", "wrongly_told")]
    assert told(stage, "cancelled") == everybody


def test_an_alert_of_the_tower_inside_the_window_belongs_to_the_work_and_one_outside_is_an_outage(
    stage: Stage,
) -> None:
    """The recorded alert of this tower began on 22 November at 05:13:20."""
    announce(stage, TODAY + timedelta(minutes=5), TODAY + timedelta(hours=5), TOWER)
    stage.go_to("05:13:20")
    taken = stage.monitor("002_grouped_firing_1alerts.json")
    assert (taken.opened, taken.moved) == ((), (WORK,))
    stage.go_to("05:15:20")
    stage.monitor("004_grouped_resolved_1alerts.json")
    stage.go_to("05:40")
    assert [line.occasion for line in timetable(stage)] == ["planned", "started"]
    assert stages(stage) == ["following_up"]


def test_a_monitor_that_goes_on_firing_contradicts_the_engineer_who_said_it_is_done(stage: Stage) -> None:
    announce(stage, TODAY + timedelta(minutes=5), TODAY + timedelta(hours=5), TOWER)
    stage.go_to("05:13:20")
    stage.monitor("002_grouped_firing_1alerts.json")
    stage.go_to("06:00")
    complete(stage, WORK)
    stage.go_to("06:05")
    stage.monitor("002_grouped_firing_1alerts.json")
    stage.go_to("06:30")
    assert "restored" not in [line.occasion for line in timetable(stage)]
    complete(stage, WORK)
    stage.go_to("06:41")
    assert timetable(stage)[-1] == Line("22 Nov 06:40", "restored", "back")


def test_an_alert_of_another_tower_opens_an_outage_of_its_own(stage: Stage) -> None:
    announce(stage, TODAY + timedelta(minutes=5), TODAY + timedelta(hours=5), "site:HYD0001")
    stage.go_to("05:13:20")
    assert stage.monitor("002_grouped_firing_1alerts.json").opened == (OTHER,)


def test_words_that_cannot_be_true_are_refused_and_change_nothing(stage: Stage) -> None:
    announce(stage, BEGINS, ENDS, TOWER)
    for word, more, cure in (
        (working.start, (), "begins at"),
        (working.complete, (), "work cancel"),
        (working.extend, (BEGINS - DAY,), "after the beginning"),
    ):
        with pytest.raises(RuleBroken, match=cure):
            works.say(stage, word, WORK, *more)
    stage.go_to("+10 06:00")
    with pytest.raises(RuleBroken, match="work complete"):
        works.say(stage, working.cancel, WORK)
    with pytest.raises(RuleBroken, match="work extend"):
        stage.engineer(WORK, estimate=timedelta(hours=2))
    assert timetable(stage) == [ANNOUNCED, REMINDED, STARTED]


def test_who_asks_before_it_begins_hears_that_nothing_is_broken_and_what_is_planned(stage: Stage) -> None:
    announce(stage, BEGINS, ENDS, TOWER)
    phone = next(one.to for one in stage.carriers[Channel.SMS].sent if not one.to.endswith(UNREACHABLE))
    before = stage.text(phone, "is there a problem?")
    assert "02/12 10:30 - 04/12 10:30 IST" in before
    assert WORK in before
    stage.go_to("+10 06:00")
    begun = stage.text(phone, "is there a problem?")
    assert before != begun
    assert "10:30 IST" in begun
