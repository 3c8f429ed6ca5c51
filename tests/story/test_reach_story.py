"""Reach, told as stories: the next channel, the night, and a canary that dies."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Engine, select, update
from stage import Stage

from tellfirst.domain.occasion import Channel
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.quiet_hours import Instead, QuietHours
from tellfirst.domain.ramp import Canary
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

MORNING = datetime(2026, 11, 22, 5, 13, tzinfo=UTC)
TEN_IN_THE_EVENING = datetime(2026, 11, 22, 16, 10, tzinfo=UTC)
"""Nearly 22:00 in Hyderabad; the quiet hours end there at 02:30 UTC."""
KUKATPALLY = "INC-2026-0001"
ONE_TOWER = "002_grouped_firing_1alerts.json"
# An incident may rise to S1, which is worth waking people for: these nights are S2's.
NIGHT = QuietHours(time(21), time(8), unless_severity=("S1",), unless_priority_from=1)


def with_playbook(stage: Stage, change: Callable[[Playbook], Playbook]) -> None:
    """Incidents that open from now on get the changed plan."""
    books = {name: change(book) for name, book in stage.world.playbooks.items()}
    stage.world.__dict__["playbooks"] = books


def texted(stage: Stage) -> set[str]:
    return {one.to for one in stage.carriers[Channel.SMS].sent}


def one_tower_down(stage: Stage, face: str) -> None:
    stage.go_to(face)
    stage.monitor(ONE_TOWER)


def test_a_text_that_bounces_is_followed_by_a_mail_at_once(engine: Engine) -> None:
    stage = Stage(engine, MORNING)
    with_playbook(stage, lambda book: replace(book, around_outage=False))
    c, d, s = t.customer.c, t.delivery.c, t.service.c
    with writing(engine) as connection:
        behind = select(s.customer_id).where(s.element_id == "site:HYD0000")
        bouncing = select(c.id).where(c.phone.like("%0404"), c.id.in_(behind))
        key = connection.execute(bouncing).scalar_one()
        connection.execute(update(t.customer).where(c.id == key).values(email="kept@example.in"))
    one_tower_down(stage, "05:13:20")
    with reading(engine) as connection:
        rows = connection.execute(select(d.channel, d.state).where(d.customer_id == key).order_by(d.id))
        assert [tuple(row) for row in rows] == [("sms", "undelivered"), ("email", "delivered")]
    assert len(stage.texts_of("kept@example.in")) == 1
    assert stage.timetable()[0].at == "05:13:20"


def test_whoever_has_nothing_but_a_dead_number_is_listed_as_unreachable(engine: Engine) -> None:
    stage = Stage(engine, MORNING)
    one_tower_down(stage, "05:13:20")
    d, c = t.delivery.c, t.customer.c
    with reading(engine) as connection:
        ended = connection.execute(
            select(c.phone, c.email).join(t.delivery, d.customer_id == c.id).where(d.reason == "unreachable")
        ).all()
    assert {row.phone[-4:] for row in ended} >= {"0404", "0406", "0211"}
    assert all(row.email is None for row in ended)


def test_nobody_is_texted_at_night_and_the_morning_brings_one_word(engine: Engine) -> None:
    stage = Stage(engine, TEN_IN_THE_EVENING)
    with_playbook(
        stage, lambda book: replace(book, quiet_hours=NIGHT, around_outage=False, severity_rises=False)
    )
    one_tower_down(stage, "16:20:20")
    awake = texted(stage)
    with reading(engine) as connection:
        c = t.customer.c
        woken = set(connection.scalars(select(c.priority).where(c.phone.in_(awake)))) if awake else set()
    assert 0 not in woken, "only priority customers hear it at night"
    assert stage.carriers[Channel.EMAIL].sent, "mail wakes nobody"
    stage.go_to("+1 02:29:59")
    assert texted(stage) == awake
    stage.go_to("+1 02:31")
    fresh = [one for one in stage.carriers[Channel.SMS].sent if one.to not in awake]
    assert len(fresh) > 10
    assert len({one.to for one in fresh}) == len(fresh), "one word each, however many were made at night"
    assert not any("04:0" in one.text for one in fresh)
    with reading(engine) as connection:
        p = t.promise.c
        assert "broken" not in set(connection.scalars(select(p.state)))


def test_what_is_promised_at_night_to_whoever_sleeps_is_promised_for_the_morning(engine: Engine) -> None:
    stage = Stage(engine, datetime(2026, 11, 22, 15, 0, tzinfo=UTC))
    with_playbook(
        stage, lambda book: replace(book, quiet_hours=NIGHT, around_outage=False, severity_rises=False)
    )
    one_tower_down(stage, "15:10")
    stage.settle()
    texts = [one.text for one in stage.carriers[Channel.SMS].sent]
    mails = [one.text for one in stage.carriers[Channel.EMAIL].sent]
    assert texts
    assert all("08:30 IST" in text for text in texts), texts[0]
    assert all("21:10 IST" in text for text in mails), mails[0]


def test_an_all_clear_in_the_night_waits_for_the_morning(engine: Engine) -> None:
    stage = Stage(engine, datetime(2026, 11, 22, 15, 0, tzinfo=UTC))
    with_playbook(
        stage,
        lambda book: replace(
            book, quiet_hours=NIGHT, around_outage=False, severity_rises=False, emergency_calls=False
        ),
    )
    one_tower_down(stage, "15:10")
    told = len(stage.carriers[Channel.SMS].sent)
    stage.go_to("15:35")
    stage.engineer_restores(KUKATPALLY)
    stage.go_to("+1 02:29")
    priority = len(stage.carriers[Channel.SMS].sent) - told
    assert priority <= 5
    stage.go_to("+1 02:31")
    assert len(stage.carriers[Channel.SMS].sent) - told > 10


def test_by_night_a_playbook_may_take_the_mailbox_instead(engine: Engine) -> None:
    stage = Stage(engine, TEN_IN_THE_EVENING)
    night = replace(NIGHT, instead=Instead.NEXT_CHANNEL)
    with_playbook(
        stage, lambda book: replace(book, quiet_hours=night, around_outage=False, severity_rises=False)
    )
    one_tower_down(stage, "16:20:20")
    d = t.delivery.c
    with reading(engine) as connection:
        slept = connection.execute(
            select(d.customer_id).where(d.channel == "sms", d.reason == "quiet_hours", d.state == "cancelled")
        ).all()
        mailed = set(
            connection.scalars(select(d.customer_id).where(d.channel == "email", d.state == "delivered"))
        )
        c = t.customer.c
        waiting = connection.scalars(
            select(c.email).join(t.delivery, d.customer_id == c.id).where(d.state == "pending")
        ).all()
    assert slept
    assert {row.customer_id for row in slept} <= mailed
    assert waiting
    reachable = [one for one in waiting if one and not one.startswith("bounce")]
    assert not reachable, "only who has no mailbox that works waits for the morning"


def test_a_canary_that_dies_leaves_the_rest_untold_until_a_person_or_the_next_word(engine: Engine) -> None:
    stage = Stage(engine, MORNING)
    with_playbook(stage, lambda book: replace(book, canary=Canary(50, 0.05), around_outage=False))
    for carrier in stage.carriers.values():
        carrier.broken = True
    one_tower_down(stage, "05:13:20")
    d, n = t.delivery.c, t.notice.c
    with reading(engine) as connection:
        assert connection.scalar(select(n.halted_reason)) == "failure_rate"
        waiting = len(connection.scalars(select(d.id).where(d.state == "pending")).all())
    assert waiting > 10
    assert stage.messages_count() == 0
    for carrier in stage.carriers.values():
        carrier.broken = False
    stage.wall_runs_ahead += timedelta(minutes=5)
    stage.go_to("05:38:30")
    # The promised word is made as a holding notice, with a canary of its own; it replaces the halted one.
    assert [one.occasion for one in stage.timetable()] == ["first_word", "holding"]
    assert stage.timetable()[0].count == 0
    assert stage.timetable()[1].count > 0
    stage.wall_runs_ahead += timedelta(minutes=5)
    stage.go_to("05:44")
    with reading(engine) as connection:
        first = connection.execute(select(d.reason, d.state).where(d.notice_id == 1)).all()
    assert "pending" not in {row.state for row in first}
    assert sum(row.reason == "halted" for row in first) == waiting
