"""Customers come to several doors and meet one company: whatever is said, by notice or as an answer, stands here."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, insert, select
from stage import Stage, Told

from tellfirst.contacts import hands
from tellfirst.domain.contact import Door
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

STARTS_AT = datetime(2026, 11, 22, 5, 13, tzinfo=UTC)
TOWER, OWN, SENSED = "INC-2026-0001", "INC-2026-0002", "INC-2026-0003"
QUIET_SITE = "site:HYD0008"


@dataclass(frozen=True)
class Said:
    """One answer of a timetable."""

    at: str
    door: str
    kind: str
    state: str = "given"


@dataclass(frozen=True)
class Customer:
    reference: str
    phone: str
    email: str | None


@pytest.fixture
def stage(engine: Engine) -> Stage:
    stage = Stage(engine, STARTS_AT)
    changed = {"around_outage": False, "quiet_hours": None, "approve_above": 1.0, "severity_rises": False}
    stage.world.__dict__["playbooks"] = {
        name: replace(book, **changed) for name, book in stage.world.playbooks.items()
    }
    return stage


def _behind(stage: Stage, element: str) -> list[Customer]:
    """English-speaking customers with one service, on this element, who are reached by text or mail."""
    c, s, other = t.customer.c, t.service.c, t.service.alias().c
    more = select(other.id).where(other.customer_id == c.id, other.element_id != element)
    with reading(stage.engine) as connection:
        rows = connection.execute(
            select(c.reference, c.phone, c.email)
            .join(t.service, s.customer_id == c.id)
            .where(
                s.element_id == element,
                c.language == "en",
                c.phone.is_not(None),
                c.phone_shared.is_(False),
                ~more.exists(),
            )
            .order_by(c.id)
        )
        return [Customer(*row) for row in rows]


def _answers(stage: Stage) -> list[Said]:
    a = t.contact_answer.c
    with reading(stage.engine) as connection:
        rows = connection.execute(select(a.at, a.channel, a.kind, a.state).order_by(a.id))
        return [Said(f"{row.at:%H:%M:%S}", row.channel, row.kind, row.state) for row in rows]


def _waiting(stage: Stage) -> list[tuple[str, str | None, bool]]:
    """Kind and queue of what waits, and whether its time runs."""
    c = t.contact.c
    with reading(stage.engine) as connection:
        rows = connection.execute(
            select(c.kind, c.queue, c.answer_due_at.is_not(None)).where(c.state == "waiting").order_by(c.id)
        )
        return [tuple(row) for row in rows]


def _hit(stage: Stage, incident_id: int) -> int:
    with reading(stage.engine) as connection:
        its = select(func.count()).where(t.audience.c.incident_id == incident_id)
        return connection.execute(its).scalar_one()


def test_customers_at_several_doors_meet_the_same_facts_from_the_first_question_to_the_last(
    stage: Stage,
) -> None:
    stage.go_to("05:13:20")
    stage.monitor("002_grouped_firing_1alerts.json")
    told = stage.timetable()
    hit = _behind(stage, "site:HYD0000")
    stage.go_to("05:14")
    assert TOWER in stage.text(hit[0].phone, "no signal since a quarter past five")
    stage.go_to("05:15")
    mailed = stage.text(
        f"{hit[1].reference}@example.com", "I want to complain!", Door.EMAIL, hit[1].reference
    )
    assert TOWER in mailed
    stage.go_to("05:16")
    bill = stage.text(hit[2].phone, "why was I charged twice on my bill?", Door.WHATSAPP)
    assert "CON-000003" in bill

    # Nobody knows of anything at another site: one is opened for the first who reports it, and the third is a signal.
    quiet = _behind(stage, QUIET_SITE)
    stage.go_to("05:17")
    assert OWN in stage.text(quiet[0].phone, "no signal")
    assert _waiting(stage)[-1] == ("incident_report", "faults", True)
    stage.go_to("05:18")
    assert OWN in stage.text("", "there is no network at their house", Door.AGENT, quiet[1].reference)
    assert stage.timetable() == told
    stage.go_to("05:19")
    assert SENSED in stage.text(quiet[2].phone, "no signal", Door.WHATSAPP)
    stage.settle()
    first_words = stage.timetable()
    assert [(one.at, one.occasion) for one in first_words[1:]] == [("05:19:00", "first_word")]
    assert _hit(stage, 3) > 3
    assert _waiting(stage)[-3:] == [("incident_report", "faults", False)] * 3

    # Somebody whose line was moved behind the tower after it fell was missed, and hears a first word of their own.
    stage.go_to("05:20")
    moved = _behind(stage, "site:HYD0004")[0]
    with writing(stage.engine) as connection:
        number = connection.scalar(select(t.customer.c.id).where(t.customer.c.reference == moved.reference))
        line = {"customer_id": number, "element_id": "site:HYD0000", "kind": "mobile", "status": "active"}
        connection.execute(insert(t.service).values(**line))
    assert TOWER in stage.text(moved.phone, "no signal")
    stage.settle()
    assert stage.timetable()[2] == Told("05:20:00", "Kukatpally", "first_word", 1)

    stage.go_to("05:22")
    stage.engineer_restores(TOWER)
    stage.engineer_restores(SENSED)
    stage.go_to("05:39")
    assert [(one.at, one.occasion) for one in stage.timetable()[3:]] == [
        ("05:32:00", "restored"),
        ("05:37:00", "restored"),
    ]
    assert _answers(stage) == [
        Said("05:14:00", "sms", "known"),
        Said("05:15:00", "email", "known"),
        Said("05:16:00", "whatsapp", "queued"),
        Said("05:17:00", "sms", "opened"),
        Said("05:18:00", "agent", "opened"),
        Said("05:19:00", "whatsapp", "noted"),
        Said("05:20:00", "sms", "known"),
        Said("05:32:00", "sms", "is_it_fixed", "pending"),
        Said("05:32:00", "email", "is_it_fixed", "pending"),
        Said("05:32:00", "sms", "is_it_fixed", "pending"),
        Said("05:37:00", "sms", "is_it_fixed", "pending"),
        Said("05:37:00", "agent", "is_it_fixed", "pending"),
        Said("05:37:00", "whatsapp", "is_it_fixed", "pending"),
    ]
    assert _waiting(stage) == [("invoice_query", "billing", True)]

    stage.go_to("05:40")
    assert TOWER in stage.text(hit[0].phone, "1")
    with writing(stage.engine) as connection:
        hands.answer(
            connection, "CON-000003", "You were not: one is last month's.", "asha", stage.clock.now()
        )
    assert _waiting(stage) == []
    assert [one.kind for one in _answers(stage)[13:]] == ["still_out", "by_a_person"]
    stage.go_to("05:41")
    assert [one.occasion for one in stage.timetable()[5:]] == ["holding"]


def test_one_report_tells_nobody_else(stage: Stage) -> None:
    quiet = _behind(stage, QUIET_SITE)
    stage.go_to("05:20")
    stage.text(quiet[0].phone, "no signal")
    stage.go_to("09:00")
    assert stage.timetable() == []
    assert [one.kind for one in _answers(stage)] == ["opened"]
    assert _waiting(stage) == [("incident_report", "faults", True)]
