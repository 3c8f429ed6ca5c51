"""The control room in a real browser: whoever works there needs no mouse, no script and no good eyes."""

import os
from pathlib import Path

import afternoon
import pytest
import room_staff as staff
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, StorageState
from playwright.sync_api import Page as Tab
from seen import ROOMS, Page, Site, Visitor, take_picture
from test_every_page import SERIOUS, WCAG

from tellfirst.domain.occasion import Locale

story = afternoon.story
PICTURES = os.environ.get("TELLFIRST_PICTURES")
each_room = pytest.mark.parametrize("room", ROOMS, ids=lambda one: one.name)


@pytest.fixture(scope="module")
def logged_in(chromium: Browser, site: Site) -> StorageState:
    """Once, as whoever has no mouse does it; a flood of log-ins from one address would be held back."""
    context = chromium.new_context()
    tab = context.new_page()
    tab.goto(site.at("/room"))
    tab.fill("input[name=name]", "admin")
    tab.keyboard.press("Tab")
    tab.keyboard.type(staff.PASSWORD)
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    assert "login" not in tab.url
    kept = context.storage_state()
    context.close()
    return kept


def entered(visitor: Visitor, site: Site, room: Page, kept: StorageState, *, javascript: bool = True) -> Tab:
    outside = room.name == "room-login"
    context = visitor.come(javascript=javascript, wide=True, kept=None if outside else kept)
    tab = context.new_page()
    tab.goto(site.at(room.link(site, Locale.ENGLISH)))
    assert ("login" in tab.url) == outside
    return tab


@each_room
def test_nobody_is_kept_out_of_a_room(
    visitor: Visitor, site: Site, room: Page, logged_in: StorageState
) -> None:
    tab = entered(visitor, site, room, logged_in)
    found = Axe().run(tab, options={"runOnly": WCAG}).response["violations"]
    grave = [(one["id"], one["nodes"][0]["target"]) for one in found if one["impact"] in SERIOUS]
    assert grave == []


@each_room
def test_a_room_is_whole_without_javascript(
    visitor: Visitor, site: Site, room: Page, logged_in: StorageState
) -> None:
    tab = entered(visitor, site, room, logged_in, javascript=False)
    assert tab.locator("h1").count() == 1


@pytest.mark.skipif(not PICTURES, reason="set TELLFIRST_PICTURES to the folder where the pictures go")
@each_room
def test_a_picture_of_the_room_is_taken(
    visitor: Visitor, site: Site, room: Page, logged_in: StorageState
) -> None:
    assert PICTURES is not None
    take_picture(entered(visitor, site, room, logged_in), Path(PICTURES) / f"{room.name}.png")
