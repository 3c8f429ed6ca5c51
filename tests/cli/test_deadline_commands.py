"""`tellfirst deadlines`, `packs` and `compensation`, and what a person says about what is owed."""

import json
import shutil
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hyderabad import CONFIG, FIRST, T0
from sqlalchemy import Engine, update
from teletype import Terminal

from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.store.stepped_clock import SteppedClock


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration in which a few drafts are accepted by name."""
    folder = tmp_path / "config"
    shutil.copytree(CONFIG, folder)
    drafts = ("in-trai-outage", "kr-tba-33", "us-fcc-mdri")
    lines = [f"  - {{pack: {one}, accept_draft: true, accepted_by: Asha}}" for one in drafts]
    (folder / "packs.yaml").write_text("\n".join(["enabled:", "  - pack: house-default", *lines]) + "\n")
    monkeypatch.setenv("TELLFIRST_CONFIG", str(folder))
    return folder


def test_whoever_acknowledges_is_noted_and_meets_the_deadline(terminal: Terminal, engine: Engine) -> None:
    assert "yours" in terminal("incident", "acknowledge", FIRST, "--by", "asha").out
    assert "taken already" in terminal("incident", "acknowledge", FIRST, "--by", "ravi").out
    rows = json.loads(terminal("deadlines", "--incident", FIRST, "--json").out)
    stands = {row["owed"]: (row["state"], row["why"]) for row in rows}
    assert stands["acknowledge"] == ("met", "met_in_time")
    assert stands["public_by"] == ("met", "met_in_time")
    shown = terminal("incident", "show", FIRST).out
    assert "What we owe by policy" in shown
    assert "acknowledged" in shown


def test_deadlines_of_everything_are_those_still_owed(terminal: Terminal, engine: Engine) -> None:
    assert "nothing is owed" in terminal("deadlines").out
    terminal("incident", "acknowledge", FIRST)
    rows = json.loads(terminal("deadlines", "--json").out)
    assert [row["owed"] for row in rows] == ["estimate", "update", "restore"]
    assert {row["binds"] for row in rows} == {"yes"}


def test_packs_are_listed_with_their_sources_and_shown_as_a_whole(terminal: Terminal, engine: Engine) -> None:
    rows = json.loads(terminal("packs", "--json").out)
    assert len(rows) == 21
    assert [row["pack"] for row in rows if row["on"]] == ["house-default"]
    assert all(row["source"] and row["verified on"] for row in rows)
    parts = json.loads(terminal("packs", "au-acma-local", "--json").out)
    [update] = [row for row in parts["Clocks"] if row["name"] == "update"]
    assert update["due"] == "every 6h until 1d, then every 1d"
    assert terminal("packs", "atlantis").status == 1


def test_an_exemption_is_claimed_by_name_and_a_wrong_one_is_refused(
    terminal: Terminal, engine: Engine, config: Path
) -> None:
    # All three customers of the town have no district; the two hours of Korea need none.
    SteppedClock(engine).set(T0 + timedelta(hours=3))
    said = ("--reason", "It was announced.", "--by", "Asha")
    wrong = terminal("incident", "exempt", FIRST, "kr-tba-33", "--ground", "security", *said)
    assert (wrong.status, "its grounds are announced_work, upstream_carrier" in wrong.err) == (1, True)
    assert terminal("incident", "exempt", FIRST, "kr-tba-33", "--ground", "announced_work", *said).status == 0
    [entry] = terminal("audit", "--json").json
    assert (entry["account"], entry["what"], entry["incident"]) == ("Asha", "exempted", FIRST)
    [row] = json.loads(terminal("incident", "show", FIRST, "--json").out)["packs"][2:3]
    assert (row["pack"], row["binds"]) == ("kr-tba-33", "exempt")


def test_what_an_authority_calls_for_is_declared_and_its_report_fulfilled(
    terminal: Terminal, engine: Engine, config: Path
) -> None:
    assert terminal("incident", "declare", FIRST, "us-fcc-mdri", "--reason", "DIRS").status == 0
    assert terminal("incident", "fulfil", FIRST, "us-fcc-mdri", "report").status == 0
    rows = json.loads(terminal("deadlines", "--incident", FIRST, "--json").out)
    assert [row["state"] for row in rows if row["by pack"] == "us-fcc-mdri"] == ["met"]
    assert [one["what"] for one in terminal("audit", "--json").json] == ["fulfilled", "declared_bound"]


def test_compensation_is_told_by_pack_and_by_reference_alone(
    terminal: Terminal, engine: Engine, config: Path, tmp_path: Path
) -> None:
    assert "no pack that binds it" in terminal("compensation", FIRST).out
    with writing(engine) as connection:
        over = {"over_at": T0 + timedelta(hours=5), "over_revision": 1, "over": "back"}
        connection.execute(update(t.audience).values(**over))
    SteppedClock(engine).set(T0 + timedelta(hours=5))
    terminal("incident", "acknowledge", FIRST)
    fees = tmp_path / "fees.csv"
    fees.write_text("customer,monthly_fee\nC1,55000\nC2,55000\n")
    [korea] = json.loads(terminal("compensation", FIRST, "--fees", str(fees), "--json").out)
    assert (korea["pack"], korea["losses"], korea["entitled"], korea["fee_missing_count"]) == (
        "kr-tba-33",
        3,
        2,
        1,
    )
    assert [Decimal(one["amount"]) for one in korea["given"]] == [3_819, 3_819]
    assert [one["customer"] for one in korea["given"]] == ["C1", "C2"]
    assert "+9140555" not in json.dumps(korea)
    assert "7638" in terminal("compensation", FIRST, "--fees", str(fees)).out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("customer,fee\nC1,5\n", "fees.csv:1: the column monthly_fee"),
        ("customer,monthly_fee\nC1,much\n", "fees.csv:2"),
    ],
)
def test_fees_that_cannot_be_read_are_refused(
    terminal: Terminal, engine: Engine, tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "fees.csv").write_text(text)
    said = terminal("compensation", FIRST, "--fees", str(tmp_path / "fees.csv"))
    assert (said.status, words in said.err.replace("\n", "")) == (1, True)


def test_check_names_what_a_pack_requires_and_no_text_shows(terminal: Terminal, config: Path) -> None:
    said = terminal("check", "--json")
    problems = {one["problem"]: one for one in json.loads(said.out)}
    found = problems["kr-tba-33 requires `how_to_claim` in every restored, and not every text shows it"]
    assert said.status == 1
    assert found["file"].endswith("packs/kr-tba-33.yaml")
    assert found["line"] == 1 + _line(config / "packs" / "kr-tba-33.yaml", "  restored:")


def _line(path: Path, start: str) -> int:
    return [line.startswith(start) for line in path.read_text().splitlines()].index(True)
