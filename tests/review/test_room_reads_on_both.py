"""What the control room reads is the same in both databases: counts add up, lists are paged, late things come first."""

from dataclasses import replace
from datetime import timedelta

import hyderabad
import pytest
from hyderabad import FIRST, MINUTE, T0, as_if
from sqlalchemy import Engine, insert, update

from tellfirst.domain.delivery import DeliveryState
from tellfirst.domain.incident import Kind
from tellfirst.review.room.arrivals import arrivals, open_count
from tellfirst.review.room.board import board, broken_lately
from tellfirst.review.room.due import due_next
from tellfirst.review.room.heads import heads
from tellfirst.review.room.timeline import timeline
from tellfirst.review.room.untold import untold
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

NOW = T0 + 7 * MINUTE
LOST, NO_WAY, SHARING, BEHIND_THE_LOST = 3, 4, 5, 6


@pytest.fixture
def told(city: Engine) -> Engine:
    """Told: 1, 2 and 5, who shares the phone of 1. Not told: 3 (lost), 6 who shares its phone, 4 (no contact point)."""
    with writing(city) as connection:
        for key in (1, 2, LOST):
            hyderabad.add_customer(connection, key, "HYD0004")
        hyderabad.add_customer(connection, NO_WAY, "HYD0004", phone=None, priority=3)
        hyderabad.add_customer(connection, SHARING, "HYD0004", phone=hyderabad.phone(1))
        hyderabad.add_customer(connection, BEHIND_THE_LOST, "HYD0004", phone=hyderabad.phone(LOST))
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection, lost=[LOST])
    return city


def test_everybody_affected_is_told_untold_or_unreachable_and_nobody_twice(told: Engine) -> None:
    with reading(told) as connection:
        found = heads(connection, hyderabad.incident(connection))
    assert (found.affected_count, found.told_count, found.untold_count, found.unreachable_count) == (
        6,
        3,
        2,
        1,
    )
    assert sum(found.told.values()) == 3
    assert sum(found.untold.values()) == 3
    assert found.untold["no_contact_point"] == 1


def test_who_was_reached_on_a_second_channel_counts_as_told(told: Engine) -> None:
    with writing(told) as connection:
        row = {
            "notice_id": 1,
            "incident_id": 1,
            "customer_id": LOST,
            "occasion": "first_word",
            "reason": "receipt",
        }
        connection.execute(insert(t.delivery).values(**row, channel="email", state="delivered"))
        found = heads(connection, hyderabad.incident(connection))
    assert (found.told_count, found.untold_count) == (4, 1), "6 shares the phone of 3, not the mailbox"
    assert found.told["delivered"] == 1


def test_before_the_first_word_everybody_is_untold_for_the_reason_that_keeps_it_back(city: Engine) -> None:
    with writing(city) as connection:
        hyderabad.add_customer(connection, 1, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
        it = hyderabad.incident(connection)
        reasons = [
            heads(connection, one).untold
            for one in (it, replace(it, approval_needed=True), replace(it, held="no_playbook"))
        ]
    assert reasons == [{"not_said_yet": 1}, {"waits_for_approval": 1}, {"incident_is_held": 1}]


def test_whoever_is_back_still_counts_and_whoever_was_never_hit_does_not(told: Engine) -> None:
    with writing(told) as connection:
        a = t.audience
        connection.execute(update(a).where(a.c.customer_id == 1).values(over="back", over_at=NOW))
        connection.execute(update(a).where(a.c.customer_id == 2).values(over="wrongly_told", over_at=NOW))
        found = heads(connection, hyderabad.incident(connection))
    assert (found.affected_count, found.told_count, found.back_count) == (5, 2, 1)


def test_the_untold_are_paged_priority_first_and_add_up_to_the_count(told: Engine) -> None:
    with reading(told) as connection:
        it = hyderabad.incident(connection)
        read, after = [], ""
        while True:
            page = untold(connection, it, after, limit=1)
            read += [(one.customer, one.reason, one.address) for one in page.customers]
            if not (after := page.next):
                break
        count = heads(connection, it)
    assert [customer for customer, _, _ in read] == ["C4", "C3", "C6"]
    assert read[0] == ("C4", "no_contact_point", "")
    assert read[1][2] == "+91 ••••• 03"
    assert len(read) == count.untold_count + count.unreachable_count


def test_a_receipt_that_it_did_not_arrive_makes_somebody_untold_again(told: Engine) -> None:
    with writing(told) as connection:
        d = t.delivery.c
        as_if(connection, d.customer_id == 2, state=DeliveryState.UNDELIVERED, reason="receipt", final_at=NOW)
        it = hyderabad.incident(connection)
        assert "C2" in {one.customer for one in untold(connection, it).customers}


def test_what_is_late_stands_on_top_of_what_is_due(told: Engine) -> None:
    with writing(told) as connection:
        connection.execute(
            insert(t.contact).values(
                channel="email",
                carrier_event="M1",
                address="asha@example.com",
                customer_id=1,
                intent="other",
                body="why",
                received_at=T0,
                state="waiting",
                queue="helpdesk",
                answer_due_at=T0 + 2 * MINUTE,
            )
        )
        connection.execute(update(t.incident).values(next_due_at=NOW + MINUTE))
        found = due_next(connection, NOW)
        later = due_next(connection, NOW + timedelta(hours=1))
        waiting = arrivals(connection, NOW, waiting=True)
    assert [(one.kind.value, one.late) for one in found] == [
        ("contact", True),
        ("step", False),
        ("promise", False),
    ]
    assert all(one.late for one in later)
    assert [(one.address, one.late, one.kind) for one in waiting] == [("a•••@e•••.com", True, "")]


def test_contacts_alike_are_one_line_with_their_number_and_the_late_ones_another(told: Engine) -> None:
    alike = {
        "channel": "web",
        "address": "+914055500001",
        "incident_id": 1,
        "kind": "complaint",
        "intent": "other",
        "body": "",
        "received_at": T0,
        "state": "waiting",
        "queue": "call_back",
    }
    due = [NOW - MINUTE, NOW + MINUTE, NOW + 2 * MINUTE, NOW + 3 * MINUTE]
    with writing(told) as connection:
        rows = [alike | {"carrier_event": f"S{at}", "answer_due_at": at} for at in due]
        connection.execute(insert(t.contact), rows)
        found = [one for one in due_next(connection, NOW) if one.kind == "contact"]
    assert [(one.at, one.count, one.late) for one in found] == [(due[0], 1, True), (due[1], 3, False)]
    assert {one.what for one in found} == {"complaint in call_back (waiting)"}


def test_a_step_has_as_long_as_two_ticks_of_the_clock(told: Engine) -> None:
    with writing(told) as connection:
        connection.execute(update(t.incident).values(next_due_at=NOW - MINUTE))
        [step] = [one for one in due_next(connection, NOW) if one.kind == "step"]
        assert not step.late
        connection.execute(update(t.incident).values(next_due_at=NOW - MINUTE - timedelta(seconds=1)))
        [step] = [one for one in due_next(connection, NOW) if one.kind == "step"]
        assert step.late


def test_the_board_shows_each_incident_with_what_stands_beside_it(told: Engine) -> None:
    with writing(told) as connection:
        connection.execute(update(t.promise).values(state="broken", settled_at=NOW, reason="spoken_late"))
        connection.execute(insert(t.acknowledgement).values(incident_id=1, at=NOW, by="asha"))
        [line] = board(connection)
        assert board(connection, kind=Kind.PLANNED_WORK) == []
        assert broken_lately(connection, NOW - timedelta(hours=1)) == 1
        assert open_count(connection) == 0
    assert (line.incident.reference, line.taken_by, line.broken_count, line.next_word_at) == (
        FIRST,
        "asha",
        1,
        None,
    )


def test_the_log_is_paged_the_newest_first(told: Engine) -> None:
    with reading(told) as connection:
        it = incidents.by_reference(connection, FIRST)
        whole = timeline(connection, it.id)
        first = timeline(connection, it.id, limit=2)
        second = timeline(connection, it.id, before=first[-1].id, limit=2)
    assert [one.id for one in (*first, *second)] == [one.id for one in whole][:4]
    assert "sequence 1" in next(one.said for one in whole if one.topic == "notice")
