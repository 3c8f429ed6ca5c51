"""What a contact has to do with what goes on: known, missed, opened, or for a person."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import hyderabad
import pytest
from databases import fixtures
from hyderabad import BOOKS, FIRST, MINUTE, SECOND, T0, add_customer, add_service, all_clear, phone, rows
from sqlalchemy import Connection, Engine, event, insert, select, update

from tellfirst.audience.matching import match
from tellfirst.contacts.inbound import Inbound
from tellfirst.contacts.naming import gazetteer
from tellfirst.contacts.receiving import Reply, answered, receive
from tellfirst.contacts.words import load_words
from tellfirst.detect.weighing import weigh
from tellfirst.domain.contact import Door
from tellfirst.domain.incident import Held, Stage
from tellfirst.notices.rendering import Templates
from tellfirst.notices.speaking import House
from tellfirst.review.measures import measure
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

HOUSE = House("Asha Telecom", "198", "https://status.example")
RECEPTION = load_words(hyderabad.CONFIG, books=BOOKS, house=HOUSE)
NOW = T0 + 5 * MINUTE
NO_SIGNAL = "no signal since morning"
KEPT = ("kind", "match", "state", "queue", "incident_id", "answer_kind")


def _told(engine: Engine) -> Engine:
    """Customer 1 is without service and was told; customer 2 is elsewhere and has service."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        add_customer(connection, 2, "HYD0000")
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
    return engine


told, told_small = fixtures(_told)


def _brings(connection: Connection, body: str, who: str, now: datetime = NOW, **more: Any) -> Reply:
    event_id = f"SM{len(rows(connection, t.contact, 'id'))}"
    return receive(connection, Inbound(event_id, who, body, **more), RECEPTION, now)


def _last(connection: Connection, *columns: str) -> tuple[Any, ...]:
    return rows(connection, t.contact, *(columns or KEPT))[-1]


def test_who_came_into_the_network_after_the_look_was_missed_and_joins(told: Engine) -> None:
    with writing(told) as connection:
        add_customer(connection, 3, "HYD0004", language="ur")
        reply = _brings(connection, NO_SIGNAL, phone(3))
        assert reply.kind == "known"
        assert reply.moved == (FIRST,)
        assert reply.facts is not None
        assert reply.facts.next_update_at == T0 + hyderabad.BOOK.next_update_every
        assert _last(connection) == ("incident_report", "missed", "received", None, 1, "known")
        assert hyderabad.incident(connection).footprint_changed
        match(connection, FIRST, NOW)
        assert {key for (key,) in rows(connection, t.audience, "customer_id")} == {1, 3}
        reasons = [reason for (reason,) in rows(connection, t.incident_entry, "reason")]
        assert "was_not_counted" in reasons


def test_who_is_missed_hears_a_first_word_like_everybody(told_small: Engine) -> None:
    with writing(told_small) as connection:
        add_customer(connection, 3, "HYD0004")
        _brings(connection, NO_SIGNAL, phone(3))
        match(connection, FIRST, NOW)
        spoken = hyderabad.tell(connection, NOW)
        assert spoken is not None
        assert spoken.plan.planned_count == 1
        gaps = {one.name: one for one in measure(connection, 1, NOW).gaps}
        assert gaps["missed"].sentence == (
            "1 customer was hit and nobody had counted them: they wrote to us, and joined the audience."
        )


def test_a_mobile_customer_who_says_that_they_are_there_joins_as_somebody_seen_there(told: Engine) -> None:
    with writing(told) as connection:
        reply = _brings(connection, "No signal in Miyapur!", phone(2))
        assert (reply.kind, reply.moved) == ("known", (FIRST,))
        assert _last(connection, "match", "place") == ("missed", "Miyapur")
        assert rows(connection, t.presence, "customer_id", "element_id", "role") == [
            (2, "site:HYD0004", "recent")
        ]
        match(connection, FIRST, NOW)
        assert rows(connection, t.audience, "customer_id", "basis")[1] == (2, "recent_cell")


def test_a_stranger_who_names_the_place_hears_what_is_known_there_and_no_word_is_promised_to_them(
    told_small: Engine,
) -> None:
    with writing(told_small) as connection:
        reply = _brings(connection, "No signal in Miyapur!", "+15005550006")
        assert reply.kind == "known"
        assert reply.facts is not None
        assert (reply.facts.reference, reply.facts.next_update_at) == (FIRST, None)
        assert _last(connection, "match", "customer_id", "incident_id") == ("known", None, 1)
        assert not hyderabad.incident(connection).footprint_changed


def test_nothing_known_hits_them_so_one_is_opened_for_them_alone(told: Engine) -> None:
    with writing(told) as connection:
        reply = _brings(connection, NO_SIGNAL, phone(2))
        assert (reply.kind, reply.moved) == ("opened", ())
        assert reply.facts is not None
        assert (reply.facts.reference, reply.facts.company) == (SECOND, "Asha Telecom")
        assert reply.facts.next_update_at == NOW + 30 * MINUTE
        assert _last(connection) == ("incident_report", "opened", "waiting", "faults", 2, "opened")
        opened = hyderabad.incident(connection, SECOND)
        assert (opened.stage, opened.held, opened.next_due_at) == (Stage.OPENED, Held.REPORTED, None)
        assert opened.cause_key == "report:site:HYD0000"
        assert 2 not in {number for _, (number, _) in hyderabad.causes(connection).items()}


def test_a_second_report_of_the_same_element_goes_into_the_same_one(told_small: Engine) -> None:
    with writing(told_small) as connection:
        add_customer(connection, 3, "HYD0000")
        first, second = (_brings(connection, NO_SIGNAL, phone(key)) for key in (2, 3))
        assert first.facts is not None
        assert second.facts is not None
        assert first.facts.reference == second.facts.reference == SECOND


def test_a_second_report_of_the_same_customer_says_that_it_is_over_or_opens_nothing_new(
    told_small: Engine,
) -> None:
    with writing(told_small) as connection:
        for _ in range(2):
            _brings(connection, NO_SIGNAL, phone(2))
        assert len(rows(connection, t.incident, "id")) == 2


def test_what_is_known_and_not_told_yet_is_noted_and_not_told_by_an_answer(engine: Engine) -> None:
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0004")))
        reply = _brings(connection, NO_SIGNAL, phone(1))
        assert reply.kind == "noted"
        assert _last(connection) == ("incident_report", "known", "waiting", "faults", 1, "noted")
        weigh(connection, FIRST, NOW)
        match(connection, FIRST, NOW)
        assert _brings(connection, NO_SIGNAL, phone(1)).kind == "noted"
        assert len(rows(connection, t.incident, "id")) == 1


def test_who_writes_again_after_hearing_that_it_is_over_is_believed(told_small: Engine) -> None:
    with writing(told_small) as connection:
        hyderabad.mend(connection, "HYD0004", now=T0 + MINUTE)
        certain = T0 + MINUTE + hyderabad.BOOK.quiet_for
        all_clear(connection, certain)
        assert _brings(connection, NO_SIGNAL, phone(1), certain + MINUTE).kind == "restored_recently"
        assert _brings(connection, NO_SIGNAL, phone(1), certain + 2 * MINUTE).kind == "opened"


def test_a_complaint_during_an_outage_has_no_time_of_its_own_until_it_is_over(told: Engine) -> None:
    with writing(told) as connection:
        reply = _brings(connection, "I want to complain, this is unacceptable", phone(1))
        assert reply.kind == "known"
        assert _last(connection) == ("complaint", "known", "waiting", "complaints", 1, "known")
        assert _last(connection, "answer_due_at") == (None,)
        answered(connection, reply.contact_id, "we know", NOW)
        assert _last(connection, "state", "answer") == ("waiting", "we know")


@pytest.mark.parametrize(
    ("body", "kind", "queue"),
    [
        ("please send me my last invoice", "invoice_query", "billing"),
        ("I want to order a new sim", "order", "orders"),
        ("please change my address", "service_request", "care"),
        ("what are your opening hours", "enquiry", "care"),
        ("I want to file a complaint", "complaint", "complaints"),
        ("we spoke yesterday about that thing", None, "unsure"),
    ],
)
def test_whatever_is_nothing_of_an_outage_waits_in_the_queue_of_its_kind(
    told_small: Engine, body: str, kind: str | None, queue: str
) -> None:
    with writing(told_small) as connection:
        reply = _brings(connection, body, phone(2), door=Door.EMAIL, subject="Hello")
        assert reply.kind == "queued"
        assert reply.facts is not None
        assert _last(connection, "kind", "queue", "state", "match") == (kind, queue, "waiting", "none")
        [(due_at,)] = rows(connection, t.contact, "answer_due_at")
        assert reply.facts.next_update_at == due_at
        assert reply.facts.reference == "CON-000001"
        assert due_at > NOW


def test_who_is_without_service_and_asks_for_an_invoice_gets_an_answer_about_the_invoice(
    told_small: Engine,
) -> None:
    with writing(told_small) as connection:
        assert _brings(connection, "please send me my last invoice", phone(1)).kind == "queued"
        assert _last(connection, "queue", "match") == ("billing", "none")


def test_who_has_several_lines_and_does_not_say_which_waits_for_a_person(told_small: Engine) -> None:
    with writing(told_small) as connection:
        add_service(connection, 2, "hub:Secunderabad", kind="power")
        assert _brings(connection, "it is not working", phone(2)).kind == "queued"
        assert _brings(connection, NO_SIGNAL, phone(2)).kind == "opened"
        assert _last(connection, "service", "element_id", "place") == (
            "mobile",
            "site:HYD0000",
            "Hyderabad-Kukatpally",
        )


def test_internet_is_the_mobile_one_of_whoever_has_no_line(told_small: Engine) -> None:
    with writing(told_small) as connection:
        assert _brings(connection, "my internet is not working", phone(2)).kind == "opened"
        assert _last(connection, "service") == ("mobile",)


def test_who_is_hit_and_reports_another_service_of_theirs_is_not_answered_with_the_outage(
    told_small: Engine,
) -> None:
    with writing(told_small) as connection:
        add_service(connection, 1, "hub:Secunderabad", kind="broadband")
        assert _brings(connection, "my broadband is not working", phone(1)).kind == "opened"
        assert _last(connection, "service", "match") == ("broadband", "opened")
        assert _brings(connection, "my mobile is not working", phone(1)).kind == "known"
        assert _brings(connection, "no electricity", phone(1)).kind == "known"


def test_the_reasons_are_kept(told_small: Engine) -> None:
    with writing(told_small) as connection:
        _brings(connection, "No signal in Miyapur", phone(2))
        because, sureness = _last(connection, "because", "sureness")
        assert {"about": "place", "words": "Miyapur", "weight": 1.0} in because
        assert any(one["about"] == "incident_report" for one in because)
        assert 0.5 <= sureness <= 1


def test_what_an_agent_wrote_down_is_about_the_customer_they_named(told_small: Engine) -> None:
    with writing(told_small) as connection:
        reply = _brings(connection, NO_SIGNAL, "", door=Door.AGENT, customer="C1")
        assert reply.kind == "known"
        assert _last(connection, "channel", "customer_id") == ("agent", 1)


def test_a_caller_who_has_said_nothing_yet_and_was_missed_hears_what_is_known(told_small: Engine) -> None:
    with writing(told_small) as connection:
        add_customer(connection, 3, "HYD0004")
        assert _brings(connection, "", phone(3), door=Door.VOICE).kind == "known"
        assert _last(connection, "kind", "match") == (None, "missed")


def test_who_left_is_no_customer_whose_report_opens_anything(told_small: Engine) -> None:
    with writing(told_small) as connection:
        connection.execute(update(t.service).where(t.service.c.customer_id == 2).values(status="ended"))
        assert _brings(connection, NO_SIGNAL, phone(2)).kind == "queued"


def test_every_answer_can_be_written_in_every_language(told_small: Engine) -> None:
    templates = Templates(hyderabad.CONFIG.parent / "templates", company="Asha Telecom", contact="198")
    with writing(told_small) as connection:
        for number, (body, who) in enumerate(((NO_SIGNAL, phone(2)), ("my invoice please", phone(1)))):
            reply = _brings(connection, body, who)
            for language in ("en", "te", "ms", "ur"):
                said = templates.answer(reply.kind, language, reply.facts, reply.zone, NOW)
                assert ("INC-2026-0002", "CON-000002")[number] in said


def test_a_contact_costs_a_handful_of_statements(told_small: Engine) -> None:
    """Whatever is brought: no statement per customer, none that grows with the books."""
    counted: list[str] = []
    event.listen(told_small, "before_cursor_execute", lambda *args: counted.append(args[2]))
    with writing(told_small) as connection:
        for body, who in ((NO_SIGNAL, phone(1)), (NO_SIGNAL, phone(2)), ("my invoice please", phone(2))):
            before = len(counted)
            _brings(connection, body, who)
            assert len(counted) - before <= 24, counted[before:]


def test_reception_finds_the_playbook_of_reports() -> None:
    assert RECEPTION.book.name == "reported_by_customers"
    assert replace(RECEPTION.sensing, playbook="mobile_site_down").playbook in RECEPTION.books


def test_a_contact_is_found_by_the_incidents_of_now_alone(told_small: Engine) -> None:
    """An incident that was closed long ago is not looked into."""
    with writing(told_small) as connection:
        closed = {"stage": Stage.CLOSED, "closed_at": T0}
        connection.execute(update(t.incident).values(**closed))
        late = T0 + 60 * 24 * 2 * MINUTE
        assert _brings(connection, NO_SIGNAL, phone(1), late).kind == "opened"
        assert connection.scalar(select(t.contact.c.incident_id)) == 2


LARGE = ("customer", "service", "audience", "contact", "contact_point", "delivery", "element", "presence")
"""Tables of a million rows, or of everything that ever came."""


@pytest.mark.parametrize(
    ("body", "who"),
    [
        ("no signal since morning", phone(1)),
        ("no signal since morning", phone(2)),
        ("no signal in 500072 Gachibowli", "+15005550006"),
        ("my last invoice please", phone(2)),
        ("5", phone(1)),
        ("1", phone(1)),
    ],
)
def test_no_statement_of_a_contact_reads_a_large_table_from_end_to_end(
    told_small: Engine, body: str, who: str
) -> None:
    asked: list[tuple[str, Any]] = []
    event.listen(told_small, "before_cursor_execute", lambda *args: asked.append((args[2], args[3])))
    with writing(told_small) as connection:
        connection.execute(insert(t.topology).values(id=1, version=1))
        gazetteer(connection)  # Read once per version of the network and process.
        asked.clear()
        receive(connection, Inbound("SM1", who, body), RECEPTION, NOW)
        said = list(asked)
        for statement, parameters in said:
            if not statement.lstrip().startswith(("SELECT", "UPDATE", "INSERT", "DELETE", "WITH")):
                continue
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [str(row[3]) for row in plan]
            scans = [one for one in steps if one.startswith("SCAN") and one.split()[1] in LARGE]
            assert not scans, (statement, steps)
