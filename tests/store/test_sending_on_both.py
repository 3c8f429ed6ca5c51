"""Intent and record in SQL: what may leave, under which fence, and how each call ended."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import town
from sqlalchemy import Engine, delete, update
from waiting import until_it_waits

from tellfirst.carriers.port import Outcome, Verdict
from tellfirst.delivery.intending import Addressed, intend
from tellfirst.delivery.leasing import Lease, lease
from tellfirst.delivery.recording import TRIES, give_up, record
from tellfirst.delivery.terms import TERMS
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.incident import Stage
from tellfirst.domain.message import Reader
from tellfirst.domain.occasion import Occasion
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.surveys.refusing import refuse

NOW = town.T0
WALL = town.T0 + timedelta(hours=5)
WINDOW = 10


def test_a_window_is_marked_as_being_sent_under_the_lease_and_addressed(engine: Engine, held: Lease) -> None:
    with writing(engine) as connection:
        window = intend(connection, held, 2, NOW, WALL)
    reader = Reader("en", "Asia/Kolkata", "down", (ServiceKind.MOBILE,))
    assert window == [
        Addressed(1, 1, town.CUSTOMERS[1]["phone"], reader, WALL),
        Addressed(2, 2, town.CUSTOMERS[2]["phone"], reader, WALL),
    ]
    with reading(engine) as connection:
        assert town.rows(connection, t.delivery, "state", "fence", "try_count", "intended_at") == [
            ("sending", 1, 1, WALL),
            ("sending", 1, 1, WALL),
            ("pending", 0, 0, None),
        ]


def test_a_worker_that_lost_its_lease_sends_nothing(engine: Engine, held: Lease) -> None:
    with writing(engine) as connection:
        lease(connection, held.chunk_id, WALL + timedelta(hours=1))
        assert intend(connection, held, WINDOW, NOW, WALL) == []
    with reading(engine) as connection:
        assert town.rows(connection, t.delivery, "state") == [("pending",)] * 3


def test_an_old_word_is_cancelled_when_a_newer_one_is_on_its_way(engine: Engine, held: Lease) -> None:
    with writing(engine) as connection:
        newer = town.add_notice(connection, 2, Occasion.UPDATE)
        town.add_delivery(connection, newer, 1, Occasion.UPDATE, "pending")
        town.add_delivery(connection, newer, 2, Occasion.UPDATE, "cancelled")
        window = intend(connection, held, WINDOW, NOW, WALL)
    assert [one.delivery_id for one in window] == [2, 3]
    with reading(engine) as connection:
        assert town.rows(connection, t.delivery, "state", "reason", "final_at")[0] == (
            "cancelled",
            "superseded",
            NOW,
        )


def test_what_is_cancelled_while_the_window_is_chosen_is_not_sent(engine: Engine, held: Lease) -> None:
    with ThreadPoolExecutor(1) as worker, writing(engine) as connection:
        connection.execute(update(t.delivery).where(t.delivery.c.id == 1).values(state="cancelled"))
        choosing = worker.submit(_intend, engine, held)
        until_it_waits(engine, choosing)
        connection.commit()
        assert [one.delivery_id for one in choosing.result(10)] == [2, 3]


@pytest.mark.parametrize(
    ("told", "restored", "reason"),
    [
        ("undelivered", "sent", "never_told"),
        ("delivered", "undelivered", "not_told_it_is_over"),
        ("undelivered", "undelivered", "never_told"),
    ],
)
def test_a_survey_is_cancelled_when_it_turns_out_that_the_customer_never_heard(
    engine: Engine, held: Lease, told: str, restored: str, reason: str
) -> None:
    heard = {1: ("delivered", "sent"), 2: (told, restored)}
    with writing(engine) as connection:
        connection.execute(delete(t.delivery))
        over = town.add_notice(connection, 2, Occasion.RESTORED)
        asking = town.add_notice(connection, 3, Occasion.SURVEY)
        connection.execute(update(t.incident).values(stage=Stage.SURVEYED))
        for key, states in heard.items():
            town.add_delivery(connection, held.notice_id, key, Occasion.FIRST_WORD, states[0])
            town.add_delivery(connection, over, key, Occasion.RESTORED, states[1])
            town.add_delivery(connection, asking, key, Occasion.SURVEY, "pending", chunk_id=held.chunk_id)
        assert [one.customer_id for one in intend(connection, held, WINDOW, NOW, WALL)] == [1]
    with reading(engine) as connection:
        assert town.rows(connection, t.delivery, "state", "reason", "final_at")[-1] == (
            "cancelled",
            reason,
            NOW,
        )


def test_a_survey_that_waits_is_cancelled_when_the_customer_wants_no_more_of_them(
    engine: Engine, held: Lease
) -> None:
    with writing(engine) as connection:
        connection.execute(delete(t.delivery))
        over = town.add_notice(connection, 2, Occasion.RESTORED)
        asking = town.add_notice(connection, 3, Occasion.SURVEY)
        connection.execute(update(t.incident).values(stage=Stage.SURVEYED))
        for key in (1, 2):
            town.add_delivery(connection, held.notice_id, key, Occasion.FIRST_WORD, "delivered")
            town.add_delivery(connection, over, key, Occasion.RESTORED, "delivered")
            town.add_delivery(connection, asking, key, Occasion.SURVEY, "pending", chunk_id=held.chunk_id)
        refuse(connection, 2, "web", NOW)
        assert [one.customer_id for one in intend(connection, held, WINDOW, NOW, WALL)] == [1]
    with reading(engine) as connection:
        assert town.rows(connection, t.delivery, "state", "reason")[-1] == ("cancelled", "no_surveys")


def test_each_end_of_a_call_is_written_down(engine: Engine, held: Lease) -> None:
    outcomes = [
        Outcome(1, Verdict.ACCEPTED, carrier_ref="SM1"),
        Outcome(2, Verdict.REFUSED_FINALLY, code="21211"),
        Outcome(3, Verdict.REFUSED_AGAIN, code="429"),
    ]
    with writing(engine) as connection:
        intend(connection, held, WINDOW, NOW, WALL)
        assert record(connection, "twilio", held.fence, outcomes, NOW, WALL) == 0
    columns = ("state", "reason", "carrier", "carrier_ref", "carrier_code", "handed_over_at", "final_at")
    with reading(engine) as connection:
        assert town.rows(connection, t.delivery, *columns) == [
            ("sent", "affected", "twilio", "SM1", None, NOW, None),
            ("failed", "refused_by_carrier", "twilio", None, "21211", None, NOW),
            ("pending", "throttled", "twilio", None, "429", None, None),
        ]


def test_a_lost_answer_is_unknown(engine: Engine, held: Lease) -> None:
    with writing(engine) as connection:
        intend(connection, held, WINDOW, NOW, WALL)
        record(connection, "twilio", held.fence, [Outcome(1, Verdict.UNKNOWN, code="timeout")], NOW, WALL)
    with reading(engine) as connection:
        assert town.rows(connection, t.delivery, "state", "reason", "look_up_at")[0] == (
            "unknown",
            "answer_lost",
            WALL + TERMS.look_up_after,
        )


def test_the_answers_of_a_worker_that_lost_its_lease_are_counted_and_change_no_state(
    engine: Engine, held: Lease
) -> None:
    accepted = [Outcome(key, Verdict.ACCEPTED, carrier_ref=f"SM{key}") for key in (1, 2, 3)]
    with writing(engine) as connection:
        intend(connection, held, WINDOW, NOW, WALL)
        connection.execute(update(t.delivery).where(t.delivery.c.id <= 2).values(fence=held.fence + 1))
        assert record(connection, "twilio", held.fence, accepted, NOW, WALL) == 2
    with reading(engine) as connection:
        assert town.rows(connection, t.delivery, "state") == [("sending",), ("sending",), ("sent",)]


def test_a_message_refused_too_often_ends_with_the_reason(engine: Engine, held: Lease) -> None:
    with writing(engine) as connection:
        connection.execute(update(t.delivery).where(t.delivery.c.id == 1).values(try_count=TRIES))
        assert give_up(connection, held.chunk_id, NOW) == 1
    with reading(engine) as connection:
        assert town.rows(connection, t.delivery, "state", "reason", "final_at") == [
            ("failed", "tries_used_up", NOW),
            ("pending", "affected", None),
            ("pending", "affected", None),
        ]


def _intend(engine: Engine, held: Lease) -> list[Addressed]:
    with writing(engine) as connection:
        return intend(connection, held, WINDOW, NOW, WALL)


def test_what_is_objected_to_is_cancelled_as_a_whole_however_small_the_window(
    engine: Engine, held: Lease
) -> None:
    with writing(engine) as connection:
        newer = town.add_notice(connection, 2, Occasion.UPDATE)
        for key in (1, 2):
            town.add_delivery(connection, newer, key, Occasion.UPDATE, "pending")
        assert [one.delivery_id for one in intend(connection, held, 1, NOW, WALL)] == [3]
    with reading(engine) as connection:
        assert town.rows(connection, t.delivery, "state")[:3] == [
            ("cancelled",),
            ("cancelled",),
            ("sending",),
        ]
