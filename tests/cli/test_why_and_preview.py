"""`tellfirst why`, `tellfirst preview`, and what `tellfirst incident` opens, withdraws and approves."""

import json
from pathlib import Path
from typing import Any

import hyderabad
import pytest
from hyderabad import FIRST, MIYAPUR, SECOND, add_customer, rows
from sqlalchemy import Engine, func, select, update
from teletype import NOW, Terminal

from tellfirst.acting import causes
from tellfirst.audience.matching import match
from tellfirst.detect.weighing import weigh
from tellfirst.domain.incident import Stage
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

PLAYBOOK = ("--playbook", "mobile_site_down")
SITE = "site:HYD0004"
WARD = {"type": "Polygon", "coordinates": [[[78, 17], [79, 17], [79, 18], [78, 18], [78, 17]]]}
BOW_TIE = {"type": "Polygon", "coordinates": [[[78, 17], [79, 18], [79, 17], [78, 18], [78, 17]]]}


def _counts(engine: Engine) -> dict[str, int]:
    with reading(engine) as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in t.metadata.sorted_tables
        }


def _drawn(home: Path, geometry: object, name: str | None = "Ward 7") -> str:
    path = home / "ward.geojson"
    properties = {"name": name} if name else {}
    path.write_text(json.dumps({"type": "Feature", "properties": properties, "geometry": geometry}))
    return str(path)


def _whole_of_miyapur(terminal: Terminal, engine: Engine) -> None:
    """A second incident that hits three of the three customers and waits for a person."""
    terminal("incident", "open", f"hub:{MIYAPUR}", *PLAYBOOK)
    with writing(engine) as connection:
        assert weigh(connection, SECOND, NOW) is None
        assert match(connection, SECOND, NOW).held == "large_audience"


def test_why_says_the_rule_the_path_and_what_they_were_told(terminal: Terminal, engine: Engine) -> None:
    said = terminal("why", "C1", FIRST)
    assert said.status == 0
    lines = said.out.splitlines()
    assert lines[0] == f"C1 is affected by {FIRST} Miyapur: down (mobile)"
    assert "since revision 1 of 2026-11-22 03:39 UTC" in lines
    assert "told by sms at 2026-11-22 03:39 UTC (sent)" in lines
    assert f"  - their mobile service hangs on {SITE}, which is down" in lines
    assert f"  {SITE}  down  the cause, since 2026-11-22 03:39 UTC" in lines
    assert f"  history: down 2026-11-22 03:39 to now ({SITE} of {FIRST})" in lines
    assert "first_word" in said.out
    assert hyderabad.phone(1) not in said.out


def test_why_for_programs_has_closed_words(terminal: Terminal, engine: Engine) -> None:
    with writing(engine) as connection:
        add_customer(connection, 9, "HYD0000")
    affected, not_affected = (terminal("why", who, FIRST, "--json").json for who in ("C1", "C9"))
    assert (affected["standing"], affected["impact"], affected["findings"][0]["reason"]) == (
        "affected",
        "down",
        "service_hit",
    )
    assert affected["evidence"][0]["lived"][0]["impact"] == "down"
    assert (not_affected["standing"], not_affected["findings"][0]["reason"]) == (
        "not_affected",
        "nothing_above",
    )
    assert not_affected["headline"] == f"C9 is not affected by {FIRST} Miyapur"


def test_preview_says_whom_how_many_and_what_they_would_read(terminal: Terminal, engine: Engine) -> None:
    terminal("incident", "open", f"hub:{MIYAPUR}", *PLAYBOOK)
    before = _counts(engine)
    said = terminal("preview", SECOND)
    assert said.status == 0
    for words in (
        "as matching it now would find it (revision 1); nothing was written",
        "affected: 3 of 3 customers, 100 %",
        "approval will be needed: over 40 % of all customers",
        "3 by sms",
        "cost not known: set TELLFIRST_SMS_SEGMENT_PRICE",
        "Language: en 1",
        "te, the longest first word",
        f"Ref {SECOND}",
    ):
        assert words in said.out, words
    assert _counts(engine) == before


def test_preview_with_prices_says_what_it_costs(
    terminal: Terminal, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal("incident", "open", f"hub:{MIYAPUR}", *PLAYBOOK)
    monkeypatch.setenv("TELLFIRST_SMS_SEGMENT_PRICE", "0.5")
    monkeypatch.setenv("TELLFIRST_MAIL_PRICE", "")
    monkeypatch.setenv("TELLFIRST_CURRENCY", "INR")
    found = terminal("preview", SECOND, "--json").json
    assert float(found["estimate"]["cost"]) == found["estimate"]["segment_count"] * 0.5
    assert f"about {found['estimate']['segment_count'] * 0.5:.2f} INR" in terminal("preview", SECOND).out


@pytest.mark.parametrize("price", ["-1", "cheap", "NaN"])
def test_a_price_that_is_none_is_refused_by_its_name(
    terminal: Terminal, engine: Engine, monkeypatch: pytest.MonkeyPatch, price: str
) -> None:
    monkeypatch.setenv("TELLFIRST_SMS_SEGMENT_PRICE", price)
    assert "TELLFIRST_SMS_SEGMENT_PRICE" in terminal("preview", FIRST).sentence


def test_preview_of_one_who_waits_says_how_to_approve_it(terminal: Terminal, engine: Engine) -> None:
    _whole_of_miyapur(terminal, engine)
    assert f"`tellfirst incident approve {SECOND} --revision 1`" in terminal("preview", SECOND).out


def test_preview_with_districts_counts_everybody_registered_there(terminal: Terminal, engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(update(t.customer).values(district="Ranga Reddy"))
        add_customer(connection, 9, "HYD0000", district="Ranga Reddy")
    assert "second set" not in terminal("preview", FIRST).out
    assert "second set, everybody registered there: 4 (3 affected, 1 not)" in (
        terminal("preview", FIRST, "--districts").out
    )


def test_preview_writes_the_picture_also_of_what_is_not_matched(
    terminal: Terminal, engine: Engine, tmp_path: Path
) -> None:
    terminal("incident", "open", f"hub:{MIYAPUR}", *PLAYBOOK)
    picture = tmp_path / "footprint.png"
    assert terminal("preview", SECOND, "--picture", str(picture)).status == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    said = terminal("preview", SECOND, "--picture", str(tmp_path / "nowhere" / "x.png"))
    assert "cannot be written (No such file or directory)" in said.sentence


def test_opened_by_a_drawn_area_it_bears_its_name(terminal: Terminal, engine: Engine, home: Path) -> None:
    assert terminal("incident", "open", *PLAYBOOK, "--area", _drawn(home, WARD), "--json").status == 0
    with reading(engine) as connection:
        assert rows(connection, t.incident, "place")[1] == ("Ward 7",)
        assert rows(connection, t.incident_area, "element_id", "name", "shape") == [
            ("area-1", "Ward 7", "polygon")
        ]
        assert rows(connection, t.incident_element, "element_id", "since_at")[1:] == [("area-1", NOW)]
        noted = rows(connection, t.incident_entry, "topic", "reason", "details")[-1]
    assert noted == ("footprint", "area_added", {"element": "area-1", "name": "Ward 7"})
    with writing(engine) as connection:
        assert weigh(connection, SECOND, NOW) is None
        assert hyderabad.incident(connection, SECOND).stage is Stage.DETECTED


def test_opened_by_elements_areas_circles_and_codes_together(
    terminal: Terminal, engine: Engine, home: Path
) -> None:
    said = terminal(
        "incident", "open", "site:HYD0000", *PLAYBOOK, "--area", _drawn(home, WARD), "--near", "17.49,78.39,500",
        "--area-code", "500072", "--area-code", "5000*", "--impact", "degraded",
    )  # fmt: skip
    assert said.status == 0
    with reading(engine) as connection:
        assert rows(connection, t.incident, "place")[1] == ("Kukatpally",)
        assert rows(connection, t.incident_area, "name", "geometry")[1:] == [
            ("500 m around 17.49, 78.39", {"centre": [78.39, 17.49], "metres": 500.0}),
            ("codes 500072, 5000*", {"codes": ["500072", "5000*"]}),
        ]
        assert {row[0] for row in rows(connection, t.incident_element, "impact")[1:]} == {2}
    causes = terminal("incident", "show", SECOND, "--json").json["causes"]
    assert [(one["cause"], one["name"]) for one in causes][:2] == [
        ("area-1", "Ward 7"),
        ("area-2", "500 m around 17.49, 78.39"),
    ]


def test_a_place_is_what_customers_read(terminal: Terminal, engine: Engine) -> None:
    assert (
        terminal("incident", "open", *PLAYBOOK, "--area-code", "5000*", "--place", " Old  City ").status == 0
    )
    with reading(engine) as connection:
        assert rows(connection, t.incident, "place", "name")[1] == ("Old City", f"{SECOND} Old City")


def test_an_outline_that_crosses_itself_is_mended_when_asked(
    terminal: Terminal, engine: Engine, home: Path
) -> None:
    words = ("incident", "open", *PLAYBOOK, "--area", _drawn(home, BOW_TIE))
    assert "Self-intersection" in terminal(*words).sentence
    assert terminal(*words, "--repair").status == 0


REFUSED: dict[str, tuple[list[str], str]] = {
    "a circle of two numbers": (
        ["--near", "17.4,78.3"],
        "is no circle; write latitude, longitude and metres",
    ),
    "a circle in words": (["--near", "here,there,500"], "is no circle"),
    "longitude first": (["--near", "178.3,17.4,500"], "is no circle"),
    "a circle of no size": (["--near", "17.4,78.3,0"], "is no radius"),
    "a circle that is not a number": (["--near", "nan,78.3,500"], "not a finite number"),
    "every code there is": (["--area-code", "*"], "is no area code"),
    "a file that is not there": (["--area", "nowhere.geojson"], "cannot be read"),
    "no name for a circle": (["--near", "17.4,78.3,500"], "say with --place what customers call"),
    "no name for codes": (["--area-code", "5000*"], "say with --place what customers call"),
    "an unknown element beside an area": (
        ["site:HYD9999", "--near", "17.4,78.3,500"],
        "the network does not know site:HYD9999",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_place_is_one_sentence_and_opens_nothing(
    terminal: Terminal, engine: Engine, case: str
) -> None:
    words, expected = REFUSED[case]
    before = _counts(engine)
    assert expected in terminal("incident", "open", *words, *PLAYBOOK).sentence
    assert _counts(engine) == before


def test_withdraw_makes_the_footprint_due_again(terminal: Terminal, engine: Engine) -> None:
    said = terminal("incident", "withdraw", FIRST, SITE)
    assert said.out == f"{FIRST}: {SITE} is withdrawn; whoever was told because of it gets a correction\n"
    with reading(engine) as connection:
        assert rows(connection, t.incident_element, "withdrawn_at") == [(NOW,)]
        assert rows(connection, t.incident, "footprint_changed", "next_due_at") == [(True, NOW)]
    again = terminal("incident", "withdraw", FIRST, SITE)
    assert again.out == f"{FIRST}: {SITE} was withdrawn before; nothing was changed\n"
    assert "a change of the footprint waits to be matched" in terminal("why", "C1", FIRST).out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([FIRST], "name at least one cause that never was part of it"),
        (
            [FIRST, SITE, "site:HYD0000"],
            f"site:HYD0000 is no cause of {FIRST}; its causes are {SITE}; nothing",
        ),
        (["INC-1999-0001", SITE], "there is no incident INC-1999-0001"),
    ],
)
def test_withdraw_refuses_what_is_no_cause_and_names_those_there_are(
    terminal: Terminal, engine: Engine, words: list[str], expected: str
) -> None:
    assert expected in terminal("incident", "withdraw", *words).sentence
    with reading(engine) as connection:
        assert rows(connection, t.incident_element, "withdrawn_at") == [(None,)]


@pytest.mark.parametrize("stage", ["verified", "surveyed", "closed"])
def test_what_is_over_cannot_be_withdrawn_any_more(terminal: Terminal, engine: Engine, stage: str) -> None:
    with writing(engine) as connection:
        connection.execute(update(t.incident).values(stage=stage))
    assert f"{FIRST} is {stage}" in terminal("incident", "withdraw", FIRST, SITE).sentence


def test_list_and_show_say_what_waits_for_approval(terminal: Terminal, engine: Engine) -> None:
    _whole_of_miyapur(terminal, engine)
    waiting, told = terminal("incident", "list", "--json").json
    assert (waiting["waits for"], told["waits for"]) == ("approval: 100 % of all customers", "")
    shown = terminal("incident", "show", SECOND).out
    assert "waits for approval: 100 % of all customers" in shown
    assert f"`tellfirst incident approve {SECOND} --revision 1`" in shown
    assert terminal("incident", "show", SECOND, "--json").json["revisions"][0]["affected"] == 3


def test_approve_with_the_revision_lets_them_be_told(terminal: Terminal, engine: Engine) -> None:
    _whole_of_miyapur(terminal, engine)
    said = terminal("incident", "approve", SECOND, "--revision", "1")
    assert (
        said.out == f"{SECOND} is approved at revision 1: 3 customers, 100 % of all; they are told at once\n"
    )
    with reading(engine) as connection:
        assert rows(connection, t.incident, "approval_needed", "approved_count", "next_due_at")[1] == (
            False,
            3,
            NOW,
        )
    assert "waits for no approval" in terminal("incident", "approve", SECOND, "--revision", "1").sentence


def test_approve_without_a_revision_asks_at_a_terminal_and_nowhere_else(
    terminal: Terminal, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _whole_of_miyapur(terminal, engine)
    monkeypatch.setattr("sys.stdin", _Keyboard(is_terminal=False, typed="yes\n"))
    assert "say which revision you looked at" in terminal("incident", "approve", SECOND).sentence
    for typed in ("no\n", "\n", "", "y\n"):
        monkeypatch.setattr("sys.stdin", _Keyboard(is_terminal=True, typed=typed))
        assert "nothing was approved" in terminal("incident", "approve", SECOND).err
    with reading(engine) as connection:
        assert rows(connection, t.incident, "approval_needed")[1] == (True,)
    monkeypatch.setattr("sys.stdin", _Keyboard(is_terminal=True, typed="yes\n"))
    said = terminal("incident", "approve", SECOND)
    assert "revision 1: 3 customers affected; waits for approval: 100 % of all customers" in said.out
    assert "is approved at revision 1" in said.out


class _Keyboard:
    """Somebody who types this, at a terminal or through a pipe."""

    def __init__(self, *, is_terminal: bool, typed: str) -> None:
        self._is_terminal, self._typed = is_terminal, typed

    def isatty(self) -> bool:
        return self._is_terminal

    def readline(self, *_: Any) -> str:
        typed, self._typed = self._typed, ""
        return typed

    def fileno(self) -> int:
        raise OSError("no file behind it")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["incident", "approve", FIRST, "--revision", "1"], f"{FIRST} waits for no approval"),
        (["incident", "approve", FIRST], f"{FIRST} waits for no approval"),
        (["incident", "approve", "INC-1999-0001"], "there is no incident INC-1999-0001"),
        (["why", "C999", FIRST], "there is no customer C999; the nearest there are: C3"),
        (["why", "C1", "INC-1999-0001"], "`tellfirst incident list` shows them"),
        (["preview", "INC-1999-0001"], "`tellfirst incident list` shows them"),
    ],
)
def test_a_wrong_name_is_one_sentence(
    terminal: Terminal, engine: Engine, words: list[str], expected: str
) -> None:
    assert expected in terminal(*words).sentence


def test_every_cause_can_be_restored_also_an_area(terminal: Terminal, engine: Engine) -> None:
    terminal("incident", "open", *PLAYBOOK, "--near", "17.4,78.3,500", "--place", "Market")
    said = terminal("incident", "restore", SECOND)
    assert said.out == f"{SECOND}: verification has started for area-1\n"
    with reading(engine) as connection:
        assert causes.known_causes(connection, 2) == ["area-1"]
