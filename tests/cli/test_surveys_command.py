"""`tellfirst surveys`, and the commands about one customer that came with it."""

from datetime import timedelta

import hyderabad
from hyderabad import FIRST, MINUTE, T0
from sqlalchemy import Engine, insert, select
from teletype import Terminal

from tellfirst.domain.survey import Score
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.surveys.asking import ask
from tellfirst.surveys.responding import invitation, respond

ASKED_AT = T0 + timedelta(hours=3)


def _asked(engine: Engine) -> None:
    """Customer 1 gave a 1; 3 wants no surveys."""
    with writing(engine) as connection:
        hyderabad.mend(connection, "HYD0004", now=T0 + 40 * MINUTE)
        hyderabad.all_clear(connection, T0 + 55 * MINUTE)
        connection.execute(insert(t.survey_refusal).values(customer_id=3, at=T0, source="web"))
        ask(connection, FIRST, hyderabad.voice(ASKED_AT))
        hyderabad.deliver(connection, ASKED_AT)
        d = t.delivery.c
        survey = connection.scalar(select(d.id).where(d.customer_id == 1, d.occasion == "survey"))
        assert survey is not None
        respond(connection, invitation(connection, survey, ASKED_AT), Score(1, ""), "web", ASKED_AT)


def test_who_was_asked_and_who_was_not_and_why(terminal: Terminal, engine: Engine) -> None:
    _asked(engine)
    [row] = terminal("surveys", "--incident", FIRST, "--customers", "--json").json
    assert (row["gate"], row["asked_count"], row["answered_count"], row["mean"]) == ("asked", 2, 1, 1.0)
    assert (row["low_count"], row["to_call_count"]) == (1, 1)
    assert row["withheld"] == {"no_surveys": 1}
    assert row["customers"] == [{"customer": "C3", "because": "no_surveys", "channel": "sms"}]
    shown = terminal("surveys", "--incident", FIRST, "--customers").out
    assert "no_surveys" in shown
    assert "C3" in shown
    assert hyderabad.phone(3) not in shown


def test_before_anybody_is_asked_the_gate_says_why(terminal: Terminal, engine: Engine) -> None:
    [row] = terminal("surveys", "--json").json
    assert (row["incident"], row["gate"], row["asked_count"]) == (FIRST, "not_verified", 0)
    assert "not verified" in terminal("surveys").out


def test_an_incident_there_is_not_is_said_to_be_none(terminal: Terminal, engine: Engine) -> None:
    assert terminal("surveys", "--incident", "INC-2026-9999").status == 1


def test_a_long_history_is_shown_by_pages(terminal: Terminal, engine: Engine) -> None:
    _asked(engine)
    shown = terminal("customer", "history", "C1", "--json").json
    assert (shown["page"], shown["pages"], shown["count"]) == (1, 1, len(shown["entries"]))
    assert {entry["kind"] for entry in shown["entries"]} == {"told", "promised", "contacted", "surveyed"}
    assert "page 1 of 1" in terminal("customer", "history", "C1").out


def test_the_links_of_a_customer_are_ended(terminal: Terminal, engine: Engine) -> None:
    assert "C2" in terminal("customer", "end-links", "C2").out
    with reading(engine) as connection:
        assert hyderabad.rows(connection, t.link_revocation, "customer_id", "source") == [(2, "operator")]
    assert terminal("customer", "end-links", "C99").status == 1
