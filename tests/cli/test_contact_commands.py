"""`tellfirst contact`: kept, listed, shown, taken, answered, closed."""

import json

import pytest
from hyderabad import FIRST, add_customer, rows
from sqlalchemy import Engine
from teletype import Terminal

from tellfirst.store import tables as t
from tellfirst.store.engine import writing


@pytest.fixture
def someone_else(engine: Engine) -> Engine:
    """C4 is elsewhere and has service."""
    with writing(engine) as connection:
        add_customer(connection, 4, "HYD0000", language="ms")
    return engine


def test_what_a_customer_told_an_agent_is_kept_and_what_to_say_is_printed(
    terminal: Terminal, engine: Engine
) -> None:
    said = terminal("contact", "add", "no signal at all", "--customer", "C1")
    assert said.status == 0
    assert "CON-000001: incident_report" in said.out
    assert FIRST in said.out
    with writing(engine) as connection:
        kept = rows(connection, t.contact, "channel", "customer_id", "match", "state", "answer_kind")
    assert kept == [("agent", 1, "known", "answered", "known")]


def test_the_same_for_programs(terminal: Terminal, someone_else: Engine) -> None:
    said = json.loads(terminal("contact", "add", "tiada isyarat", "--customer", "C4", "--json").out)
    assert (said["kind"], said["match"], said["queue"]) == ("incident_report", "opened", "faults")
    assert said["incident"] in said["answer"]
    [listed] = json.loads(terminal("contact", "list", "--json").out)
    assert (listed["contact"], listed["customer"]) == ("CON-000001", "C4")
    assert json.loads(terminal("contact", "list", "--queue", "billing", "--json").out) == []


def test_a_contact_is_taken_shown_and_answered(terminal: Terminal, someone_else: Engine) -> None:
    terminal("contact", "add", "please send my last invoice", "--customer", "C4")
    assert "is yours" in terminal("contact", "take", "CON-000001").out
    assert "waits in care" in terminal("contact", "pass-on", "CON-000001", "care").out
    shown = terminal("contact", "show", "CON-000001").out
    assert "please send my last invoice" in shown
    assert "invoice*" in shown
    assert "is answered" in terminal("contact", "answer", "CON-000001", "It is on its way.").out
    kept = json.loads(terminal("contact", "show", "1", "--json").out)
    assert (kept["state"], kept["reason"]) == ("closed", "answered_by_a_person")
    assert [one["state"] for one in kept["answers"]] == ["given", "pending"]
    found = terminal("audit", "--customer", "C4", "--json").json
    whats = ["contact_answered", "contact_passed_on", "contact_taken", "contact_brought"]
    assert [one["what"] for one in found] == whats
    assert all("CON-000001" in one["details"] for one in found)


def test_a_contact_is_closed_with_a_reason(terminal: Terminal, someone_else: Engine) -> None:
    terminal("contact", "add", "that thing we spoke about", "--address", "+15005550006", "--door", "sms")
    said = terminal(
        "contact", "close", "CON-000001", "--reason", "a wrong number", "--kind", "enquiry", "--json"
    )
    kept = json.loads(said.out)
    assert (kept["state"], kept["reason"], kept["kind"]) == ("closed", "a wrong number", "enquiry")
    assert "nobody waits" in terminal("contact", "list").out
    assert "CON-000001" in terminal("contact", "list", "--all").out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("add", "no signal"), "--customer"),
        (("add", "no signal", "--customer", "C99"), "there is no customer C99"),
        (("show", "CON-000099"), "there is no contact CON-000099"),
        (("take", "nonsense"), "there is no contact nonsense"),
        (("pass-on", "CON-000099", "care"), "there is no contact CON-000099"),
        (("answer", "CON-000099", "Hello"), "there is no contact"),
        (("close", "CON-000099", "--reason", "why"), "there is no contact"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_kept(
    terminal: Terminal, engine: Engine, words: tuple[str, ...], complaint: str
) -> None:
    said = terminal("contact", *words)
    assert said.status == 1
    assert complaint in said.err
    with writing(engine) as connection:
        assert rows(connection, t.contact, "id") == []
