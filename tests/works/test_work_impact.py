"""What a work does beside everything else that is on, and whether it may take place."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import hyderabad
import pytest
from databases import fixtures
from hyderabad import FIRST, T0
from sqlalchemy import Connection, Engine, update
from stated import DAY, HOUR, NEXT_WEEK, PLANNED, WORK, say, window

from tellfirst.domain.calendars import WorkingCalendar
from tellfirst.domain.impact import Impact
from tellfirst.domain.lead import Lead, LeadUnit
from tellfirst.domain.quiet_hours import QuietHours
from tellfirst.domain.work import WorkSource, WorkStatus
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.works.gate import GateReason, Judged, judge
from tellfirst.works.impact import CollisionKind, WorkImpact, impact_of
from tellfirst.works.known import by_id
from tellfirst.works.plans import Plan, plan_of_stated, plan_of_stored

CORE_A = replace(WORK, external_id="A", objects=("core:A",), source=WorkSource.CLI, provider="own")
CORE_B = replace(CORE_A, external_id="B", objects=("core:B",))
ONE_SITE = replace(CORE_A, external_id="S", objects=("site:HYD0004",))
G = GateReason


def _lived_in(engine: Engine) -> Engine:
    """Twelve sites below two cores; three customers on one site, one of them mobile at home on another's."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        for key in (1, 2, 3):
            hyderabad.add_customer(connection, key, "HYD0004")
        hyderabad.add_customer(connection, 4, "HYD0000")
        hyderabad.add_customer(connection, 5, "HYD0004", status="gone")
        connection.execute(t.presence.insert().values(customer_id=4, element_id="site:HYD0004", role="home"))
    return engine


town, small_town = fixtures(_lived_in)


def stored(connection: Connection, **changed: object) -> Plan:
    return plan_of_stored(connection, by_id(connection, say(connection, CORE_A, **changed).work_id))


def slices(impact: WorkImpact) -> list[tuple[float, float, str, int]]:
    hour = lambda at: (at - NEXT_WEEK) / HOUR  # noqa: E731
    return [(hour(one.since), hour(one.until), one.worst.word, one.customer_count) for one in impact.slices]


def test_work_on_one_of_two_cores_takes_nobody_down(town: Engine) -> None:
    with writing(town) as connection:
        impact = impact_of(connection, stored(connection), T0)
    # The core itself is down, and all that hangs on it only at risk.
    assert slices(impact) == [(0, 2, "down", 0)]
    assert impact.element_count == 1 + 3 + 12


def test_work_on_a_site_counts_its_customers_and_those_at_home_in_its_cell(town: Engine) -> None:
    with writing(town) as connection:
        impact = impact_of(connection, stored(connection, objects=("site:HYD0004",)), T0)
    assert slices(impact) == [(0, 2, "down", 4)]


def test_two_works_that_each_take_a_core_are_an_outage_while_they_overlap(town: Engine) -> None:
    with writing(town) as connection:
        first = say(connection, CORE_A).work_id
        second = say(connection, CORE_B, window=window(NEXT_WEEK + HOUR)).work_id
        impact = impact_of(connection, plan_of_stored(connection, by_id(connection, second)), T0)
        assert slices(impact) == [(1, 2, "down", 4), (2, 3, "down", 0)]
        [collision] = impact.collisions
        assert (collision.kind, collision.beside) == (CollisionKind.OUTAGE_BY_OVERLAP, f"work {first}")
        assert (collision.since, collision.until) == (NEXT_WEEK + HOUR, NEXT_WEEK + 2 * HOUR)
        assert (collision.worst, collision.element_count, len(collision.elements)) == (Impact.DOWN, 15, 5)


@pytest.mark.parametrize("status", [WorkStatus.CANCELLED, WorkStatus.COMPLETED])
def test_what_is_over_collides_with_nothing(small_town: Engine, status: WorkStatus) -> None:
    with writing(small_town) as connection:
        say(connection, CORE_A)
        say(connection, CORE_A, sequence=2, status=status)
        plan = plan_of_stored(connection, by_id(connection, say(connection, CORE_B).work_id))
        assert impact_of(connection, plan, T0).collisions == ()


def test_a_running_outage_of_one_core_makes_work_on_the_other_an_outage(town: Engine) -> None:
    with writing(town) as connection:
        _break(connection, "core:B")
        impact = impact_of(connection, stored(connection, window=window(T0 + 2 * HOUR)), T0 + HOUR)
        next_week = impact_of(connection, stored(connection, sequence=2), T0 + HOUR)
    assert [(one.worst, one.customer_count) for one in impact.slices] == [(Impact.DOWN, 4)]
    # By then it is taken to be mended.
    assert next_week.collisions == ()
    assert [(one.kind, one.beside) for one in impact.collisions] == [(CollisionKind.OUTAGE_BY_OVERLAP, FIRST)]


def test_work_on_what_has_failed_already_says_so_and_brings_nothing(town: Engine) -> None:
    with writing(town) as connection:
        _break(connection, "core:A")
        impact = impact_of(connection, stored(connection, window=window(T0 + 2 * HOUR)), T0 + HOUR)
    assert [(one.worst, one.customer_count) for one in impact.slices] == [(Impact.OK, 0)]
    assert [(one.kind, one.elements) for one in impact.collisions] == [
        (CollisionKind.ALREADY_BROKEN, ("core:A",))
    ]


def _break(connection: Connection, element: str) -> None:
    """An outage of a core: the recorded alerts know only sites, so its cause is written anew."""
    hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0000")))
    connection.execute(update(t.incident_element).values(element_id=element))


def test_a_statement_is_looked_at_in_place_of_the_work_it_is_about(small_town: Engine) -> None:
    with writing(small_town) as connection:
        known = say(connection, CORE_A)
        plan = plan_of_stated(connection, replace(CORE_A, window=window(NEXT_WEEK + HOUR)), "planned_work")
        assert plan.work_id == known.work_id
        assert impact_of(connection, plan, T0).collisions == ()


# The gate.


def gate(connection: Connection, *works: object, now: datetime = T0, **known: object) -> Judged:
    plan = stored(connection, objects=("site:HYD0004",), **known)
    return judge(connection, plan, PLANNED, (), now, "Asia/Kolkata")


def reasons(judged: Judged) -> list[GateReason]:
    return [one.reason for one in judged.findings if one.reason and one.blocks]


def test_work_that_can_be_announced_in_time_passes(town: Engine) -> None:
    with writing(town) as connection:
        judged = gate(connection, window=window(T0 + 11 * DAY))
    assert judged.is_open
    assert [one.about for one in judged.findings] == ["lead of playbook planned_work"]
    assert judged.findings[0].says == "10 days: customers are to be told by Mon 23 Nov 2026 09:09 IST"


def test_work_that_cannot_be_announced_in_time_is_stopped_and_told_when_it_could_be(town: Engine) -> None:
    with writing(town) as connection:
        judged = gate(connection, window=window(T0 + 9 * DAY))
    assert not judged.is_open
    [finding] = judged.findings
    assert finding.reason is G.LEAD_MISSED
    assert "move it to Wed 02 Dec 2026 09:09 IST" in finding.cure


def test_every_policy_asks_for_its_own_lead(small_town: Engine) -> None:
    """Work on a Tuesday with four business days is told of by the Wednesday before."""
    four = Lead("au-energy-planned", 4, LeadUnit.WORKING_DAYS, calendar=WorkingCalendar("Asia/Kolkata"))
    short = Lead("uk-water", 48, LeadUnit.HOURS, above=timedelta(hours=4))
    tuesday = datetime(2026, 12, 8, 3, 30, tzinfo=UTC)
    wednesday, thursday = (datetime(2026, 12, day, 6, tzinfo=UTC) for day in (2, 3))
    book = replace(PLANNED, planned=None)
    with writing(small_town) as connection:
        plan = stored(connection, objects=("site:HYD0004",), window=window(tuesday))
        early = judge(connection, plan, book, (four, short), wednesday)
        late = judge(connection, plan, book, (four, short), thursday)
    assert reasons(early) == [G.NO_PLAYBOOK]
    assert reasons(late) == [G.NO_PLAYBOOK, G.LEAD_MISSED]
    assert early.findings[-1].says == "none is owed for work as short as this"


def test_an_announcement_that_would_wait_for_the_morning_may_come_too_late(small_town: Engine) -> None:
    night = T0.replace(hour=20, minute=30)  # 02:00 in Hyderabad
    book = replace(PLANNED, quiet_hours=QuietHours(time(22), time(7)))
    with writing(small_town) as connection:
        plan = stored(connection, objects=("site:HYD0004",), window=window(night + 10 * DAY + HOUR))
        by_day = judge(connection, plan, book, (), night.replace(hour=12), "Asia/Kolkata")
        by_night = judge(connection, plan, book, (), night, "Asia/Kolkata")
    assert by_day.is_open
    assert reasons(by_night) == [G.LEAD_FALLS_INTO_THE_NIGHT]


def test_an_outage_by_overlap_is_stopped_and_mere_risk_is_not(small_town: Engine) -> None:
    far = T0 + 20 * DAY
    with writing(small_town) as connection:
        say(connection, CORE_A, window=window(far))
        plan = plan_of_stored(
            connection, by_id(connection, say(connection, CORE_B, window=window(far)).work_id)
        )
        judged = judge(connection, plan, PLANNED, (), T0)
    assert reasons(judged) == [G.OUTAGE_BY_OVERLAP]
    assert "core:A" not in judged.findings[-1].says
    assert "move it out of that time" in judged.findings[-1].cure


def test_work_that_takes_nothing_from_anybody_owes_no_lead(small_town: Engine) -> None:
    with writing(small_town) as connection:
        judged = judge(connection, stored(connection, window=window(T0 + HOUR)), PLANNED, (), T0)
    assert judged.is_open
    assert [one.reason for one in judged.findings] == [G.NOBODY_HIT]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"window": window(T0 - HOUR)}, G.ALREADY_BEGUN),
        ({"status": WorkStatus.CANCELLED, "window": window(T0 + 20 * DAY)}, G.HAS_ENDED),
        ({"objects": ("C77",), "window": window(T0 + 20 * DAY)}, G.UNKNOWN_CIRCUIT),
    ],
)
def test_what_else_shuts_the_gate(small_town: Engine, changed: dict[str, object], reason: GateReason) -> None:
    with writing(small_town) as connection:
        known = {"objects": ("site:HYD0004",), **changed}
        judged = judge(connection, stored(connection, **known), PLANNED, (), T0)
    assert reason in reasons(judged)
    assert all(one.cure for one in judged.findings if one.blocks)


def test_works_of_one_list_are_looked_at_together(small_town: Engine) -> None:
    with writing(small_town) as connection:
        plans = [plan_of_stated(connection, one, "planned_work") for one in (CORE_A, CORE_B)]
        impact = impact_of(connection, plans[0], T0, together=plans)
        assert [one.beside for one in impact.collisions] == ["own/B"]
        # In place of what the books say of it: there it would not have collided.
        say(connection, CORE_B, window=window(NEXT_WEEK + 5 * DAY))
        plans = [plan_of_stated(connection, one, "planned_work") for one in (CORE_A, CORE_B)]
        assert [one.beside for one in impact_of(connection, plans[0], T0, together=plans).collisions] == [
            "own/B"
        ]
