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
    answer = tab.goto(site.at(room.link(site, Locale.ENGLISH)))
    assert answer is not None
    assert (answer.status, "login" in tab.url) == (200, outside)
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


def test_a_contact_is_answered_with_the_keyboard_alone_and_without_a_script(
    visitor: Visitor, site: Site, logged_in: StorageState
) -> None:
    tab = visitor.come(javascript=False, wide=True, kept=logged_in).new_page()
    tab.goto(site.at("/room/contacts"))
    tab.get_by_role("link", name="CON-000001").first.focus()
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    tab.get_by_label("Your answer").focus()
    tab.keyboard.type("It works again.")
    tab.get_by_role("button", name="Look first").focus()
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    assert tab.get_by_text("Nothing has been done yet.").count() == 1
    assert tab.get_by_text("sms +91").count() == 1
    tab.get_by_role("button", name="Do it: Answer it").focus()
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    assert tab.get_by_role("status").inner_text() == "Your answer is on its way, and the contact is closed."
    assert tab.get_by_text("pending").count() == 1
