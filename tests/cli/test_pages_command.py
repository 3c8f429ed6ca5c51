"""`tellfirst pages export`: by hand into a folder, by the clock into the one that is configured."""

import json
import os
from pathlib import Path

import pytest
from sqlalchemy import Engine
from teletype import Terminal

from tasks.publish import export_pages
from tellfirst.bootstrap import world


def test_export_writes_the_pages_and_says_where_and_when(
    terminal: Terminal, engine: Engine, tmp_path: Path
) -> None:
    folder = tmp_path / "public"
    said = terminal("pages", "export", str(folder))
    assert "files in" in said.out
    assert "Miyapur" in (folder / "en" / "index.html").read_text(encoding="utf-8")
    shown = json.loads(terminal("pages", "export", str(folder), "--json").out)
    assert shown["files"] == sum(1 for one in folder.rglob("*") if one.is_file())


def test_without_a_folder_nothing_is_written_and_the_cure_is_named(
    terminal: Terminal, engine: Engine
) -> None:
    assert "TELLFIRST_PAGES_FOLDER" in terminal("pages", "export").sentence


def test_a_folder_of_somebody_else_is_refused(terminal: Terminal, engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert "is no copy of ours" in terminal("pages", "export", str(tmp_path)).sentence


def test_the_clock_keeps_a_copy_where_a_folder_is_configured_and_only_after_a_change(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert export_pages() == 0
    world.cache_clear()
    monkeypatch.setenv("TELLFIRST_PAGES_FOLDER", str(tmp_path / "public"))
    assert export_pages() > 20
    first = os.readlink(tmp_path / "public")
    assert export_pages() == 0
    assert os.readlink(tmp_path / "public") == first


def test_a_folder_that_cannot_be_written_does_not_stop_the_clock(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    world.cache_clear()
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TELLFIRST_PAGES_FOLDER", str(tmp_path / "file" / "public"))
    assert export_pages() == 0
    assert "were not exported" in caplog.text
