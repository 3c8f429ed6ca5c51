"""Planning in SQL: a row for everyone, final at once where nothing will be sent, and chunks in order."""

from datetime import timedelta

import pytest
import town
from sqlalchemy import ColumnElement, Connection, Engine, func, insert, select, update

from tellfirst.delivery.planning import CHUNK_SIZE, Plan, plan
from tellfirst.domain.audience import Over, Whom
from tellfirst.domain.occasion import TOLD_BY, Occasion
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.surveys.refusing import refuse

SEEN = ("customer_id", "channel", "state", "reason", "chunk_id", "final_at", "covered_by")
WALL = town.T0 + timedelta(hours=5)


def _spoken(connection: Connection, sequence: int, occasion: Occasion, revision: int = 1) -> Plan:
    notice_id = town.add_notice(connection, sequence, occasion, revision=revision)
    whom = town.WHOM.get(occasion, Whom.WAITING)
    return plan(connection, notice_id, town.INCIDENT, occasion, whom, town.T0, WALL)


def _end(connection: Connection, which: ColumnElement[bool], revision: int) -> None:
    over = {"over_at": town.T0, "over": Over.BACK, "over_revision": revision}
    connection.execute(update(t.audience).where(which).values(over))


def test_everyone_has_a_row_numbered_by_priority_and_each_that_will_not_leave_says_why(
    matched: Engine,
) -> None:
    with writing(matched) as connection:
        assert _spoken(connection, 1, Occasion.FIRST_WORD) == Plan(9, 6, 2)
    with reading(matched) as connection:
        assert town.rows(connection, t.delivery, *SEEN) == [
            (8, "sms", "pending", "affected", 2, None, None),
            (3, "sms", "pending", "affected", 2, None, None),
            (1, "sms", "pending", "affected", 2, None, None),
            (2, "sms", "cancelled", "covered_by_shared_contact", None, town.T0, 3),
            (4, "sms", "cancelled", "opted_out", None, town.T0, None),
            (5, "email", "pending", "affected", 1, None, None),
            (6, "none", "failed", "no_contact_point", None, town.T0, None),
            (7, "email", "pending", "affected", 1, None, None),
            (9, "sms", "pending", "affected", 2, None, None),
        ]
        assert town.rows(connection, t.chunk, "id", "channel", "fence", "due_at", "done_at") == [
            (1, "email", 0, WALL, None),
            (2, "sms", 0, WALL, None),
        ]


def test_the_first_word_is_planned_once_per_customer(matched: Engine) -> None:
    with writing(matched) as connection:
        _spoken(connection, 1, Occasion.FIRST_WORD)
        assert _spoken(connection, 2, Occasion.FIRST_WORD) == Plan(0, 0, 0)


def test_an_update_goes_to_those_who_had_a_first_word_and_whose_trouble_is_not_over(matched: Engine) -> None:
    with writing(matched) as connection:
        _spoken(connection, 1, Occasion.FIRST_WORD)
        _end(connection, t.audience.c.customer_id <= 5, revision=2)
        assert _spoken(connection, 2, Occasion.UPDATE, revision=2).planned_count == 4


def test_the_all_clear_goes_to_those_whose_trouble_ended_since_the_last_one(matched: Engine) -> None:
    with writing(matched) as connection:
        _spoken(connection, 1, Occasion.FIRST_WORD)
        _end(connection, t.audience.c.customer_id == 8, revision=2)
        assert _spoken(connection, 2, Occasion.RESTORED, revision=2) == Plan(1, 1, 1)
        _end(connection, t.audience.c.customer_id.in_((1, 7)), revision=3)
        assert _spoken(connection, 3, Occasion.RESTORED, revision=3) == Plan(2, 2, 2)
        assert _spoken(connection, 4, Occasion.RESTORED, revision=3) == Plan(0, 0, 0)


def test_a_contact_point_that_failed_before_is_not_tried_again(matched: Engine) -> None:
    with writing(matched) as connection:
        _spoken(connection, 1, Occasion.FIRST_WORD)
        connection.execute(
            update(t.delivery).where(t.delivery.c.customer_id == 1).values(state="failed", final_at=town.T0)
        )
        _spoken(connection, 2, Occasion.UPDATE)
    with reading(matched) as connection:
        update_to_1 = select(t.delivery.c.state, t.delivery.c.reason).where(
            t.delivery.c.notice_id == 2, t.delivery.c.customer_id == 1
        )
        assert connection.execute(update_to_1).one()._tuple() == ("cancelled", "contact_point_refused")


@pytest.mark.parametrize("word", sorted(TOLD_BY))
def test_a_survey_waits_only_for_those_told_of_the_problem_and_of_its_end(
    matched: Engine, word: Occasion
) -> None:
    heard = {1: ("sent", "delivered"), 3: ("delivered", "cancelled"), 5: ("unconfirmed", "sent")}
    heard[7] = ("delivered", "delivered")
    with writing(matched) as connection:
        first = town.add_notice(connection, 1, word)
        over = town.add_notice(connection, 2, Occasion.RESTORED)
        for key, (told, restored) in heard.items():
            town.add_delivery(connection, first, key, word, told)
            town.add_delivery(connection, over, key, Occasion.RESTORED, restored)
        refuse(connection, 7, "web", town.T0)
        assert _spoken(connection, 3, Occasion.SURVEY) == Plan(9, 2, 2)
    with reading(matched) as connection:
        surveys = select(t.delivery.c.customer_id, t.delivery.c.state, t.delivery.c.reason).where(
            t.delivery.c.occasion == Occasion.SURVEY
        )
        assert sorted(tuple(row) for row in connection.execute(surveys)) == [
            (1, "pending", "affected"),
            (2, "cancelled", "covered_by_shared_contact"),
            (3, "cancelled", "not_told_it_is_over"),
            (4, "cancelled", "opted_out"),
            (5, "pending", "affected"),
            (6, "failed", "no_contact_point"),
            (7, "cancelled", "no_surveys"),
            (8, "cancelled", "never_told"),
            (9, "cancelled", "never_told"),
        ]


def test_chunks_are_full_and_life_support_leaves_in_the_first(matched: Engine) -> None:
    many = range(1001, 2001 + CHUNK_SIZE // 2)
    with writing(matched) as connection:
        connection.execute(insert(t.customer), [_neighbour(key) for key in many])
        connection.execute(insert(t.audience), [_hit(key, priority=int(key == many[-1])) for key in many])
        planned = _spoken(connection, 1, Occasion.FIRST_WORD)
    assert planned == Plan(9 + len(many), 6 + len(many), 3)
    d, c = t.delivery.c, t.chunk.c
    with reading(matched) as connection:
        counted = select(c.channel, func.count()).join(t.delivery, d.chunk_id == c.id)
        sizes = connection.execute(counted.group_by(c.id).order_by(c.id))
        assert [tuple(row) for row in sizes] == [
            ("email", 2),
            ("sms", CHUNK_SIZE),
            ("sms", len(many) + 4 - CHUNK_SIZE),
        ]
        first_texts = connection.scalar(select(func.min(c.id)).where(c.channel == "sms"))
        assert connection.scalar(select(d.chunk_id).where(d.customer_id == many[-1])) == first_texts


def _neighbour(key: int) -> dict[str, object]:
    return {"id": key, "reference": f"C-{key}", "status": "active", "language": "en", "zone": "Asia/Kolkata"}


def _hit(key: int, priority: int) -> dict[str, object]:
    return {
        "incident_id": town.INCIDENT,
        "customer_id": key,
        "revision": 1,
        "impact": 3,
        "impact_before": 0,
        "services": 1,
        "basis": "service",
        "hit": 1,
        "shared": False,
        "affected_revision": 1,
        "channel": "sms",
        "address": f"+91405{key:05d}",
        "language": "en",
        "zone": "Asia/Kolkata",
        "priority": priority,
    }
