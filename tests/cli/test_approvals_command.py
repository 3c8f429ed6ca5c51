"""`tellfirst approvals` and `tellfirst incident approve|decline`: who may be told, as a person says it."""

from dataclasses import replace

import hyderabad
import pytest
from hyderabad import BOOK, FIRST, T0, rows
from sqlalchemy import Engine, update
from teletype import Terminal

from tellfirst.cli import approving
from tellfirst.domain.approval import Approvals
from tellfirst.notices.telling import tell_first
from tellfirst.store import playbook_copy
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

TWO = replace(BOOK, approvals=Approvals(above_count=1, second_above_count=2))


@pytest.fixture
def asked(engine: Engine) -> Engine:
    """Three customers wait for two persons since the outage began; nobody has been told."""
    with writing(engine) as connection:
        for table in (t.delivery, t.chunk, t.promise, t.notice):
            connection.execute(table.delete())
        connection.execute(
            update(t.incident).values(
                stage="matched", approval_needed=True, playbook=playbook_copy.to_json(TWO), next_due_at=None
            )
        )
        tell_first(connection, FIRST, hyderabad.voice(T0))
    return engine


@pytest.fixture
def typed_by(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(approving, "account", lambda: "ravi")
    return monkeypatch


def approve(terminal: Terminal, *more: str) -> str:
    said = terminal("incident", "approve", FIRST, "--revision", "1", *more)
    return str(said.out or said.sentence)


def test_the_list_says_what_waits_with_its_clock_and_its_share(terminal: Terminal, asked: Engine) -> None:
    [waiting] = terminal("approvals", "--json").json
    assert waiting["incident"] == FIRST
    assert (waiting["customers"], waiting["share"], waiting["revision"]) == (3, "100 %", 1)
    assert (waiting["agreed"], waiting["clock"], waiting["text parts"] > 0) == ("0 of 2", "8:00 left", True)
    assert "Waiting for approval" in terminal("approvals").out
    with writing(asked) as connection:
        connection.execute(update(t.incident).values(approval_needed=False))
    assert terminal("approvals").out == "Waiting for approval: nothing\n"


def test_a_word_before_the_first_one_changes_it_and_is_asked_about_anew(
    terminal: Terminal, asked: Engine, typed_by: pytest.MonkeyPatch
) -> None:
    # The house of the story spoke with other texts: the first yes is to those.
    approve(terminal)
    assert "one of two has agreed" in approve(terminal)
    said = terminal("incident", "update", FIRST, "--cause", "power_failure")
    assert (said.status, "its approval is asked anew" in said.out) == (0, True)
    with writing(asked) as connection:
        states = rows(connection, t.approval, "state", "first_by")
    assert states == [("outdated", None), ("outdated", "ravi"), ("open", None)]
    assert "waits for approval" in terminal("incident", "update", FIRST, "--note", "en=A crew is there.").out


def test_two_accounts_agree_and_only_then_is_anybody_told(
    terminal: Terminal, asked: Engine, typed_by: pytest.MonkeyPatch
) -> None:
    # Asked in the words of the test's own house, and asked again in those of the installation.
    approve(terminal)
    assert "one of two has agreed to tell 3 customers" in approve(terminal, "--by", "the mayor")
    assert terminal("approvals", "--json").json[0]["agreed"] == "1 of 2"
    assert "ravi has agreed already" in approve(terminal, "--by", "somebody else")
    typed_by.setattr(approving, "account", lambda: "asha")
    assert "is approved at revision 1: 3 customers, 100 % of all" in approve(terminal)
    with writing(asked) as connection:
        _, answered = rows(connection, t.approval, "first_by", "second_by", "state")
        assert answered == ("ravi", "asha", "approved")
        details = [
            one
            for topic, one in rows(connection, t.incident_entry, "topic", "details")
            if topic == "approval"
        ]
    assert [one["remark"] for one in details if "remark" in one] == ["decided by the mayor"]
    assert "waits for no approval: asha approved revision 1" in approve(terminal)


def test_a_no_needs_its_reason_and_is_shown_as_late(
    terminal: Terminal, asked: Engine, typed_by: pytest.MonkeyPatch
) -> None:
    assert "say why" in terminal("incident", "decline", FIRST, "--reason", " ").sentence
    said = terminal("incident", "decline", FIRST, "--reason", "wrong hub", "--by", "asha")
    assert "3 customers are told nothing" in said.out
    [waiting] = terminal("approvals", "--json").json
    assert (waiting["state"], waiting["why not"]) == ("declined", "wrong hub (decided by asha)")
    assert "late: declined (wrong hub" in terminal("incident", "list", "--json").json[0]["waits for"]
    assert "was declined" in approve(terminal)
    assert terminal("incident", "retry", FIRST).status == 0
    assert "one of two has agreed" in approve(terminal)


def test_what_has_changed_since_it_was_asked_is_asked_again_with_status_1(
    terminal: Terminal, asked: Engine, typed_by: pytest.MonkeyPatch
) -> None:
    # The texts of the installation are others than those of the test's voice.
    said = terminal("incident", "approve", FIRST, "--revision", "1")
    assert (said.status, "nothing was approved" in said.out) == (1, True)
    assert "one of two has agreed" in approve(terminal)


def test_an_update_says_when_it_waits_behind_the_safe_word(terminal: Terminal, asked: Engine) -> None:
    with writing(asked) as connection:
        tell_first(connection, FIRST, hyderabad.voice(T0 + BOOK.approvals.within))
    said = terminal("incident", "update", FIRST, "--cause", "fibre_cut")
    assert "your word on INC-2026-0001 waits for approval" in said.out
    [waiting] = terminal("approvals", "--json").json
    assert waiting["state"] == "safe word told"


def test_the_account_is_the_one_that_runs_the_command_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    honest = approving.account()
    for name in ("LOGNAME", "USER", "USERNAME", "SUDO_USER"):
        monkeypatch.setenv(name, "somebody-else")
    assert approving.account() == honest
