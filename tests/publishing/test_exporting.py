"""A copy of the pages stands on any web server: whole, in one step, readable by others, and as fresh as it says."""

import json
import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import hyderabad
import pytest
from hyderabad import FIRST, MINUTE, T0
from lxml import html
from press_room import PRESS
from sqlalchemy import Engine

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Locale, Occasion
from tellfirst.notices.words import say
from tellfirst.publishing import exporting
from tellfirst.store.engine import reading, writing

SPOKE = Take(Step.FOLLOW_UP, "engineers_spoke", Occasion.UPDATE)


@pytest.fixture
def told(small_city: Engine) -> Engine:
    with writing(small_city) as connection:
        hyderabad.add_customer(connection, 1, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
    return small_city


def export(engine: Engine, folder: Path, now: object = T0) -> int:
    with reading(engine) as connection:
        copy = exporting.read(connection, now)  # type: ignore[arg-type]
    return exporting.export(PRESS, copy, folder)


def is_due(engine: Engine, folder: Path, **after: int) -> bool:
    with reading(engine) as connection:
        return exporting.is_due(connection, folder, T0 + timedelta(**after))


def test_every_page_and_feed_is_there_in_every_language(told: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "public"
    count = export(told, folder)
    files = {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()}
    each = {"index.html", "feed.atom", "planned.ics", "status.json", f"incident/{FIRST}.html"}
    wanted = {f"{language}/{name}" for language in Locale for name in each}
    assert files == wanted | {"index.html", "static/page.css", "export.json", f"cap/{FIRST}.xml"}
    assert count == len(files)


def test_every_link_within_the_copy_leads_to_a_file_of_it(told: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "public"
    export(told, folder)
    for page in folder.rglob("*.html"):
        for _, _, address, _ in html.document_fromstring(page.read_text()).iterlinks():
            if address.startswith(("#", "data:")) or urlsplit(address).netloc:
                continue
            assert not address.startswith("/")
            assert (page.parent / address).is_file(), f"{page.relative_to(folder)}: {address}"


def test_others_may_read_it_whatever_our_umask(told: Engine, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        export(told, tmp_path / "public")
    finally:
        os.umask(before)
    for one in (tmp_path / "public").resolve().rglob("*"):
        assert one.stat().st_mode & 0o777 == (0o755 if one.is_dir() else 0o644)


def test_whoever_reads_during_an_export_sees_the_old_copy_or_the_new_one(
    told: Engine, tmp_path: Path
) -> None:
    folder = tmp_path / "public"
    export(told, folder)
    held = folder.resolve()
    export(told, folder, T0 + MINUTE)
    assert folder.resolve() != held
    assert (held / "ur" / "index.html").is_file(), "whoever has just opened the old one can go on in it"
    export(told, folder, T0 + 2 * MINUTE)
    assert not held.exists()
    assert len([one for one in tmp_path.iterdir() if one.name.startswith(".public.")]) == 2


def test_an_export_that_fails_leaves_what_was_there(
    told: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "public"
    export(told, folder)
    before = {one: one.read_bytes() for one in folder.resolve().rglob("*") if one.is_file()}

    def full(path: Path, text: str) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(exporting, "_write", full)
    with pytest.raises(OSError, match="No space"):
        export(told, folder, T0 + MINUTE)
    assert {one: one.read_bytes() for one in folder.resolve().rglob("*") if one.is_file()} == before
    assert len([one for one in tmp_path.iterdir() if one.name.startswith(".public.")]) == 1


def test_a_folder_that_holds_something_else_is_left_alone(told: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "public"
    folder.mkdir()
    export(told, folder)
    other = tmp_path / "other"
    other.mkdir()
    (other / "precious.txt").write_text("mine")
    with pytest.raises(RuleBroken, match="no copy of ours"):
        export(told, other)
    assert (other / "precious.txt").read_text() == "mine"


def test_a_copy_is_due_where_there_is_none_after_a_word_and_when_it_is_old(
    told: Engine, tmp_path: Path
) -> None:
    folder = tmp_path / "public"
    assert is_due(told, folder)
    export(told, folder)
    assert not is_due(told, folder, minutes=14)
    assert is_due(told, folder, minutes=15)
    with writing(told) as connection:
        say(connection, FIRST, author="ravi", now=T0 + MINUTE, estimate_at=T0 + 30 * MINUTE)
        hyderabad.speak_next(connection, SPOKE, T0 + MINUTE)
    assert is_due(told, folder, minutes=1)
    (folder / "export.json").write_text("[]")
    assert is_due(told, folder, minutes=1)


def test_a_copy_says_when_it_was_made(told: Engine, tmp_path: Path) -> None:
    export(told, tmp_path / "public")
    page = (tmp_path / "public" / "en" / "index.html").read_text()
    assert "made at" in page
    assert '<time datetime="2026-11-22T03:39:00Z"><bdi>22 November, 09:09 IST</bdi></time>' in page
    state = json.loads((tmp_path / "public" / "export.json").read_text())
    assert state["exported_at"] == "2026-11-22T03:39:00Z"
