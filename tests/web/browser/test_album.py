"""The pages that a demo leaves behind are whole, and need no house behind them."""

import re
from pathlib import Path

import afternoon
import pytest
import room_staff as staff
from playwright.sync_api import Browser
from seen import Site

from tellfirst.simulator import album

story = afternoon.story


@pytest.fixture(scope="module")
def folder(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("album") / "pages"
    album.keep(site.world, staff.BOTH, staff.PASSWORD, folder)
    return folder


def test_every_page_is_kept_and_says_what_it_is(site: Site, folder: Path) -> None:
    kept = {one.name: (folder / one.file).read_text(encoding="utf-8") for one in album.pages(site.world)}
    assert len(kept) == 14, "there is no review before it is closed"
    assert all("<h1" in text for text in kept.values())
    assert 'name="password"' not in kept["room"], "it was let in"


def test_a_kept_page_leads_to_files_that_are_there(site: Site, folder: Path) -> None:
    for one in album.pages(site.world):
        text = (folder / one.file).read_text(encoding="utf-8")
        links = re.findall(r'(?:href|src)="([^":/#?]+)"', text)
        assert [link for link in links if not (folder / link).is_file()] == []
        assert links, "at least its style"


def test_a_kept_page_is_styled_without_the_house(site: Site, folder: Path, chromium: Browser) -> None:
    context = chromium.new_context()
    tab = context.new_page()
    for one in album.pages(site.world):
        tab.goto((folder / one.file).as_uri())
        assert tab.evaluate("document.styleSheets.length"), one.name
    context.close()
