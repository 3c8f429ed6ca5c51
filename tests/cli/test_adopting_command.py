"""`tellfirst incident adopt-playbook`: what changes is shown, old beside new, and only then done."""

import shutil
from pathlib import Path

import hyderabad
import pytest
from hyderabad import FIRST
from sqlalchemy import Engine
from teletype import Terminal

from tellfirst.settings import PROJECT
from tellfirst.store.engine import reading


@pytest.fixture
def edited(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Somebody has edited the playbook since the incident opened: texts every 20 minutes."""
    config = tmp_path / "config"
    shutil.copytree(PROJECT / "config", config)
    book = config / "playbooks" / "mobile_site_down.yaml"
    book.write_text(book.read_text().replace("next_update_every: 30m", "next_update_every: 20m"))
    monkeypatch.setenv("TELLFIRST_CONFIG", str(config))
    return engine


def _rhythm(engine: Engine) -> float:
    with reading(engine) as connection:
        book = hyderabad.incident(connection).playbook
        assert book is not None
        return book.next_update_every.total_seconds() / 60


def test_a_look_shows_old_beside_new_and_changes_nothing(terminal: Terminal, edited: Engine) -> None:
    said = terminal("incident", "adopt-playbook", FIRST, "--look")
    assert "next_update_every" in said.out
    assert "PT30M" in said.out
    assert "PT20M" in said.out
    assert "nothing was changed" in said.out
    assert _rhythm(edited) == 30
    assert terminal("audit", "--json").json == []


def test_it_is_adopted_and_the_second_time_there_is_nothing_left(terminal: Terminal, edited: Engine) -> None:
    answer = terminal("incident", "adopt-playbook", FIRST, "--json").json
    assert answer["adopted"] is True
    assert answer["old version"] != answer["new version"]
    assert {"key": "next_update_every", "old": "PT30M", "new": "PT20M"} in answer["changes"]
    assert _rhythm(edited) == 20
    assert "nothing was changed" in terminal("incident", "adopt-playbook", FIRST).out
    assert [one["what"] for one in terminal("audit", "--json").json] == ["playbook_adopted"]


def test_a_playbook_nobody_wrote_is_refused_in_one_sentence(terminal: Terminal, engine: Engine) -> None:
    said = terminal("incident", "adopt-playbook", FIRST, "nonsense")
    assert said.status == 1
    assert "there is no playbook nonsense" in said.err
