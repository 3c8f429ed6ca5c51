"""`tellfirst incident`: what an engineer sees and says, and what is refused in one sentence."""

import getpass
import shutil
from datetime import timedelta
from pathlib import Path

import hyderabad
import pytest
from hyderabad import FIRST, SECOND, T0, rows
from sqlalchemy import Engine, update
from teletype import NOW, Terminal

from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing


def _state(engine: Engine) -> list[object]:
    """Everything a command could have changed."""
    with reading(engine) as connection:
        tables = (t.incident, t.incident_element, t.incident_entry, t.word, t.delivery, t.promise)
        return [connection.execute(table.select()).all() for table in tables]


def test_list_shows_incidents_newest_first(terminal: Terminal, engine: Engine) -> None:
    terminal("incident", "open", "site:HYD0000", "--playbook", "mobile_site_down")
    listed = terminal("incident", "list", "--json").json
    assert [(one["incident"], one["place"], one["stage"]) for one in listed] == [
        (SECOND, "Kukatpally", "opened"),
        (FIRST, "Miyapur", "told"),
    ]


def test_list_says_what_a_held_incident_waits_for(terminal: Terminal, engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(update(t.incident).values(held="no_playbook"))
    assert "(held: no_playbook)" in terminal("incident", "list").out


def test_list_of_nothing_says_so(terminal: Terminal, home: Path, migrated_file: Path) -> None:
    shutil.copyfile(migrated_file, home / "tellfirst.db")
    assert terminal("incident", "list").out == "Incidents: none\n"
    assert terminal("incident", "list", "--json").json == []


def test_show_tells_whom_it_hurts_what_was_told_what_is_owed_and_why(
    terminal: Terminal, engine: Engine
) -> None:
    shown = terminal("incident", "show", FIRST, "--json").json
    assert shown["incident"]["reference"] == FIRST
    assert shown["incident"]["playbook"] == "mobile_site_down"
    assert [(one["area"], one["impact"], one["customers"]) for one in shown["audience"]] == [
        ("Hyderabad-Miyapur", "down", 3)
    ]
    assert [(one["occasion"], one["audience"], one["handed over"]) for one in shown["notices"]] == [
        ("first_word", 3, 3)
    ]
    assert [(one["promise"], one["state"], one["due"]) for one in shown["promises"]] == [
        ("next_update", "open", "2026-11-22 04:09:00 UTC")
    ]
    assert shown["log"][0]["topic"] == "opened"


def test_show_in_a_terminal_names_every_part(terminal: Terminal, engine: Engine) -> None:
    said = terminal("incident", "show", FIRST)
    assert said.status == 0
    for title in ("Whom it hurts", "What was told", "What we owe", "Every decision"):
        assert title in said.out


def test_show_names_no_customer(terminal: Terminal, engine: Engine) -> None:
    for words in (("incident", "show", FIRST), ("incident", "show", FIRST, "--json")):
        out = terminal(*words).out
        assert not [key for key in (1, 2, 3) if hyderabad.phone(key) in out or f"C{key} " in out]


def test_open_begins_an_incident_with_its_playbook_due_at_once(terminal: Terminal, engine: Engine) -> None:
    said = terminal(
        "incident", "open", "site:HYD0000", "site:HYD0001",
        "--playbook", "mobile_site_down", "--impact", "degraded", "--since", T0.isoformat(), "--json",
    )  # fmt: skip
    assert (said.status, said.json) == (0, {"reference": SECOND})
    with reading(engine) as connection:
        assert rows(connection, t.incident, "reference", "started_at", "opened_at", "next_due_at")[1] == (
            SECOND,
            T0,
            NOW,
            NOW,
        )
        opened = rows(connection, t.incident_element, "incident_id", "element_id", "impact")
    assert opened[1:] == [(2, "site:HYD0000", 2), (2, "site:HYD0001", 2)]


def test_a_look_before_opening_shows_whom_it_would_hurt_and_opens_nothing(
    terminal: Terminal, engine: Engine
) -> None:
    asked = ("incident", "open", "site:HYD0004", "--playbook", "mobile_site_down")
    seen = terminal(*asked, "--look", "--json").json
    assert (seen["affected_count"], seen["incident"]) == (3, "")
    assert "affected: 3 of 3 customers" in terminal(*asked, "--look").out
    with reading(engine) as connection:
        assert rows(connection, t.incident, "reference") == [(FIRST,)]
    assert terminal("audit", "--json").json == []
    terminal(*asked)
    [entry] = terminal("audit", "--json").json
    assert (entry["what"], entry["incident"]) == ("opened_incident", SECOND)
    assert "site:HYD0004" in entry["details"]


def test_without_prefect_an_incident_is_opened_all_the_same(
    terminal: Terminal, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    assert terminal("incident", "open", "site:HYD0000", "--playbook", "mobile_site_down").status == 0
    assert f"{SECOND} could not be woken now, the clock will" in caplog.text


def test_update_keeps_the_word_and_makes_it_due(terminal: Terminal, engine: Engine) -> None:
    said = terminal(
        "incident", "update", FIRST, "--cause", "power_failure", "--action", "crew_on_the_way",
        "--estimate", "+90m", "--note", "en=A crew has left.", "--note", "ms=Kru dalam perjalanan.",
    )  # fmt: skip
    assert said.status == 0
    with reading(engine) as connection:
        assert rows(
            connection, t.word, "author", "cause", "action", "estimate_at", "notes", "correction"
        ) == [
            (
                getpass.getuser(),
                "power_failure",
                "crew_on_the_way",
                NOW + timedelta(minutes=90),
                {"en": "A crew has left.", "ms": "Kru dalam perjalanan."},
                False,
            )
        ]
        assert rows(connection, t.incident, "next_due_at") == [(NOW,)]


@pytest.mark.parametrize(
    ("estimate", "after"),
    [
        ("+2h", timedelta(hours=2)),
        ("+1d", timedelta(days=1)),
        ("2026-11-22T10:00+05:30", timedelta(minutes=44)),
        ("2026-11-22T04:30Z", timedelta(minutes=44)),
    ],
)
def test_an_estimate_is_a_span_or_a_time_with_a_zone(
    terminal: Terminal, engine: Engine, estimate: str, after: timedelta
) -> None:
    assert terminal("incident", "update", FIRST, "--estimate", estimate).status == 0
    with reading(engine) as connection:
        assert rows(connection, t.word, "estimate_at") == [(NOW + after,)]


def test_restore_starts_verification_and_tells_nobody(terminal: Terminal, engine: Engine) -> None:
    said = terminal("incident", "restore", FIRST)
    assert (said.status, said.out) == (0, f"{FIRST}: verification has started for site:HYD0004\n")
    with reading(engine) as connection:
        assert rows(connection, t.incident_element, "until_at", "verified_at") == [(NOW, None)]
        assert rows(connection, t.incident, "stage") == [("restored",)]
        assert {occasion for (occasion,) in rows(connection, t.delivery, "occasion")} == {"first_word"}


def test_restore_of_one_of_two_elements_leaves_the_other_down(terminal: Terminal, engine: Engine) -> None:
    terminal("incident", "open", "site:HYD0000", "site:HYD0001", "--playbook", "mobile_site_down")
    terminal("incident", "restore", SECOND, "site:HYD0001")
    with reading(engine) as connection:
        assert hyderabad.causes(connection) == {
            "site:HYD0004": (1, True),
            "site:HYD0000": (2, True),
            "site:HYD0001": (2, False),
        }


def test_retry_looks_again_at_an_incident_that_waited_for_a_person(
    terminal: Terminal, engine: Engine
) -> None:
    with writing(engine) as connection:
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD9999", area="Nowhere")), T0)
        connection.execute(update(t.incident).where(t.incident.c.id == 2).values(held="unknown_element"))
    assert terminal("incident", "retry", SECOND).out == f"{SECOND} is looked at again\n"
    with reading(engine) as connection:
        assert rows(connection, t.incident, "held", "next_due_at")[1] == (None, NOW)


REFUSED = {
    "show an unknown incident": (["show", "INC-1999-0001"], "there is no incident INC-1999-0001"),
    "update an unknown incident": (["update", "INC-1999-0001", "--cause", "weather"], "there is no incident"),
    "restore an unknown incident": (["restore", "INC-1999-0001"], "there is no incident"),
    "open an unknown element": (
        ["open", "site:HYD9999", "--playbook", "mobile_site_down"],
        "the network does not know site:HYD9999",
    ),
    "open one known and one unknown element": (
        ["open", "site:HYD0000", "site:HYD9999", "--playbook", "mobile_site_down"],
        "nothing was opened",
    ),
    "open nothing": (["open", "--playbook", "mobile_site_down"], "name at least one element"),
    "open by an unknown playbook": (
        ["open", "site:HYD0000", "--playbook", "tea_break"],
        "there is no playbook tea_break; there are billing_run_error, core_failure",
    ),
    "open in the future": (
        ["open", "site:HYD0000", "--playbook", "mobile_site_down", "--since", "+1h"],
        "cannot start in the future",
    ),
    "an estimate in the past": (
        ["update", FIRST, "--estimate", "2026-11-22T09:15+05:30"],
        "has passed; give a time still to come",
    ),
    "an estimate of now": (["update", FIRST, "--estimate", "+0m"], "has passed"),
    "an estimate without a zone": (["update", FIRST, "--estimate", "2026-11-22T10:00"], "has no zone"),
    "an estimate in words": (["update", FIRST, "--estimate", "soon"], "'soon' is no time; write +90m"),
    "an update that says nothing": (["update", FIRST], "must say something"),
    "a note in an unknown language": (["update", FIRST, "--note", "fr=Une équipe"], "no text exists in fr"),
    "a note without a language": (["update", FIRST, "--note", "A crew"], "'A crew' is no note"),
    "an empty note": (["update", FIRST, "--note", "en= "], "is no note"),
    "a note too long": (["update", FIRST, "--note", "en=" + "x" * 301], "may have 300 characters"),
    "retry what is not held": (["retry", FIRST], "is not held; it goes on by itself"),
    "retry an unknown incident": (["retry", "INC-1999-0001"], "there is no incident"),
    "restore what is no cause": (["restore", FIRST, "site:HYD0000"], "site:HYD0000 is no cause of"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_mistake_is_one_sentence_and_changes_nothing(terminal: Terminal, engine: Engine, case: str) -> None:
    words, expected = REFUSED[case]
    before = _state(engine)
    assert expected in terminal("incident", *words).sentence
    assert _state(engine) == before


def test_an_incident_that_is_over_takes_no_more_words(terminal: Terminal, engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(update(t.incident).values(stage="verified"))
    assert "had their last word" in terminal("incident", "update", FIRST, "--cause", "weather").sentence


@pytest.mark.parametrize(
    "words",
    [
        ["frobnicate"],
        ["update", FIRST, "--cause", "gremlins"],
        ["open", "site:HYD0000", "--playbook", "mobile_site_down", "--impact", "total"],
        ["show"],
        ["show", FIRST, "--loud"],
    ],
    ids=lambda words: " ".join(words)[:24],
)
def test_a_wrong_command_line_is_no_fault_of_the_installation(
    terminal: Terminal, engine: Engine, words: list[str]
) -> None:
    said = terminal("incident", *words)
    assert said.status == 2
    assert "Traceback" not in said.out + said.err


@pytest.mark.parametrize(
    "words", [["incident", "list"], ["incident", "show", FIRST], ["customer", "show", "C1"]]
)
def test_before_the_first_start_a_command_says_so_in_one_sentence(
    terminal: Terminal, home: Path, words: list[str]
) -> None:
    assert terminal(*words).sentence == "the database is not migrated; `tellfirst up` does it"
    assert [path.stat().st_mode & 0o077 for path in home.iterdir()] in ([], [0])


def test_a_home_that_is_not_there_is_one_sentence_too(
    terminal: Terminal, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELLFIRST_HOME", str(home / "nowhere"))
    assert "tellfirst.db is not there yet; `tellfirst up` makes it" in terminal("incident", "list").sentence
    assert list(home.iterdir()) == []
