"""People take, answer and close contacts; what they say leaves on the way the contact came."""

import hyderabad
import pytest
from databases import fixtures
from hyderabad import BOOKS, FIRST, MINUTE, T0, add_customer, phone, rows
from sqlalchemy import Connection, Engine, insert, update

from tellfirst.contacts import hands
from tellfirst.contacts.inbound import Inbound
from tellfirst.contacts.listing import listed, shown
from tellfirst.contacts.receiving import answered, receive
from tellfirst.contacts.words import load_words
from tellfirst.domain.contact import ContactKind, contact_number, contact_reference
from tellfirst.domain.errors import NotFound, RuleBroken
from tellfirst.domain.incident import Stage
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

RECEPTION = load_words(hyderabad.CONFIG, books=BOOKS)
NOW = T0 + 5 * MINUTE
HOUR = 60 * MINUTE
REPORT = "CON-000001"


def _reported(engine: Engine) -> Engine:
    """Customer 1 reports something that nobody else knows of."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        reply = receive(connection, Inbound("SM1", phone(1), "no signal"), RECEPTION, T0)
        answered(connection, reply.contact_id, "we opened one for you", T0)
    return engine


reported, reported_small = fixtures(_reported)


def _states(connection: Connection) -> list[tuple[object, ...]]:
    return rows(connection, t.contact, "state", "state_reason", "taken_by", "closed_at")


def test_an_answer_of_a_person_is_sent_and_closes_the_contact_and_what_was_opened_for_it(
    reported: Engine,
) -> None:
    with writing(reported) as connection:
        hands.take(connection, REPORT, "asha", NOW)
        assert _states(connection) == [("taken", "nothing_known_hits_them", "asha", None)]
        hands.answer(connection, REPORT, "Your SIM was blocked; it works again.", "asha", NOW + MINUTE)
        assert _states(connection) == [("closed", "answered_by_a_person", "asha", NOW + MINUTE)]
        columns = ("author", "kind", "channel", "state", "body")
        assert rows(connection, t.contact_answer, *columns)[-1] == (
            *("asha", "by_a_person", "sms", "pending", "Your SIM was blocked; it works again."),
        )
        assert hyderabad.incident(connection, FIRST).stage is Stage.CLOSED
        assert rows(connection, t.incident_entry, "topic", "actor")[-2] == ("contact", "asha")


def test_what_is_passed_on_waits_in_the_other_queue_and_its_time_is_never_later(reported: Engine) -> None:
    with writing(reported) as connection:
        [(due_at,)] = rows(connection, t.contact, "answer_due_at")
        hands.take(connection, REPORT, "asha", NOW)
        hands.pass_on(connection, REPORT, "billing", RECEPTION, "asha", NOW, kind=ContactKind.INVOICE_QUERY)
        columns = ("state", "queue", "taken_by", "taken_at", "answer_due_at", "kind")
        assert rows(connection, t.contact, *columns) == [
            ("waiting", "billing", None, None, due_at, "invoice_query")
        ]
        connection.execute(update(t.contact).values(answer_due_at=NOW + 100 * HOUR))
        hands.pass_on(connection, REPORT, "service_desk", RECEPTION, "asha", NOW)
        assert rows(connection, t.contact, "answer_due_at") == [(NOW + 30 * MINUTE,)]


def test_a_complaint_that_waits_for_the_end_of_its_outage_goes_on_waiting_for_it(
    reported_small: Engine,
) -> None:
    with writing(reported_small) as connection:
        connection.execute(update(t.contact).values(answer_due_at=None, queue="complaints"))
        hands.pass_on(connection, REPORT, "care", RECEPTION, "asha", NOW)
        assert rows(connection, t.contact, "answer_due_at") == [(None,)]
        # Whoever takes what stands in no queue has it without a time; in a queue it gets one.
        connection.execute(update(t.contact).values(queue="asha"))
        hands.pass_on(connection, REPORT, "service_desk", RECEPTION, "asha", NOW)
        assert rows(connection, t.contact, "answer_due_at") == [(NOW + 30 * MINUTE,)]


def test_calls_about_what_is_passed_on_are_answered_by_that(reported_small: Engine) -> None:
    with writing(reported_small) as connection:
        call = {"subject": "contact", "subject_id": 1, "level": 0, "role": "network_on_call", "position": 0}
        call |= {"duty": "", "due_at": NOW, "raised_at": NOW, "state": "sent", "reason": "x", "try_count": 0}
        connection.execute(insert(t.escalation).values(**call))
        hands.pass_on(connection, REPORT, "billing", RECEPTION, "asha", NOW)
        assert rows(connection, t.escalation, "acknowledged_by") == [("asha",)]


def test_what_was_said_on_the_telephone_is_kept_as_given(reported_small: Engine) -> None:
    with writing(reported_small) as connection:
        hands.answer(connection, "1", "Told them.", "ravi", NOW, given=True, kind=ContactKind.COMPLAINT)
        assert rows(connection, t.contact_answer, "state", "sent_at")[-1] == ("given", NOW)
        assert rows(connection, t.contact, "kind", "taken_by") == [("complaint", "ravi")]


def test_what_was_opened_stays_while_another_waits_in_it(reported_small: Engine) -> None:
    with writing(reported_small) as connection:
        add_customer(connection, 2, "HYD0004")
        receive(connection, Inbound("SM2", phone(2), "no signal"), RECEPTION, T0 + MINUTE)
        hands.close(connection, REPORT, "called twice", "asha", NOW)
        assert hyderabad.incident(connection, FIRST).stage is Stage.OPENED
        hands.close(connection, "CON-000002", "mended", "asha", NOW)
        assert hyderabad.incident(connection, FIRST).stage is Stage.CLOSED


def test_nothing_is_done_to_what_is_closed_or_not_there(reported_small: Engine) -> None:
    with writing(reported_small) as connection:
        hands.close(connection, REPORT, "mended", "asha", NOW)
        with pytest.raises(RuleBroken, match="is closed"):
            hands.take(connection, REPORT, "ravi", NOW)
        with pytest.raises(RuleBroken, match="is closed"):
            hands.answer(connection, REPORT, "Hello", "ravi", NOW)
        for nobody in ("CON-000099", "INC-2026-0001", "", "१", "9" * 30):
            with pytest.raises(NotFound):
                hands.found(connection, nobody)


@pytest.mark.parametrize("body", ["", "  ", "x" * 1_601])
def test_an_answer_that_says_nothing_or_too_much_is_refused_and_nothing_is_changed(
    reported_small: Engine, body: str
) -> None:
    with writing(reported_small) as connection:
        with pytest.raises(RuleBroken):
            hands.answer(connection, REPORT, body, "asha", NOW)
        with pytest.raises(RuleBroken, match="say why"):
            hands.close(connection, REPORT, " ", "asha", NOW)
        assert _states(connection)[0][0] == "waiting"
        assert len(rows(connection, t.contact_answer, "id")) == 1


def test_the_list_has_the_most_urgent_first_and_only_what_waits(reported_small: Engine) -> None:
    with writing(reported_small) as connection:
        for number, body in enumerate(("my last invoice please", "what are your opening hours"), start=2):
            receive(connection, Inbound(f"SM{number}", phone(1), body), RECEPTION, NOW)
        assert next(one["contact"] for one in listed(connection)) == REPORT
        assert [one["queue"] for one in listed(connection, queue="billing")] == ["billing"]
        hands.close(connection, REPORT, "mended", "asha", NOW)
        assert REPORT not in [one["contact"] for one in listed(connection)]
        assert REPORT in [one["contact"] for one in listed(connection, all_of_them=True)]


def test_one_contact_is_shown_with_its_reasons_and_answers(reported_small: Engine) -> None:
    with writing(reported_small) as connection:
        kept = shown(connection, REPORT)
        assert (kept["customer"], kept["incident"], kept["kind"]) == ("C1", FIRST, "incident_report")
        assert [one["author"] for one in kept["answers"]] == ["tellfirst"]
        assert kept["because"]


@pytest.mark.parametrize("number", [1, 999_999, 12_345_678])
def test_a_contact_is_found_by_what_it_is_called(number: int) -> None:
    assert contact_number(contact_reference(number)) == number
    assert contact_number(f" con-{number} ") == number
