"""What the pages of the room show: late things first and in words, counts that add up, no address and no markup."""

import re
from collections.abc import Callable

import hyderabad
import pytest
import room_story as outage
from front import TestClient
from markup import Markup
from room_story import FIRST

from tellfirst.bootstrap import World
from tellfirst.web.room.deeds import ACTS
from tellfirst.web.room.drawing import words

Enter = Callable[[str], TestClient]
story = outage.story
PAGES = (
    "/room",
    "/room/incidents",
    "/room/incidents?all=true",
    f"/room/incidents/{FIRST}",
    f"/room/incidents/{FIRST}/preview",
    f"/room/incidents/{FIRST}/untold",
    "/room/open",
    "/room/approvals",
    "/room/contacts",
    "/room/contacts/CON-000001",
    "/room/promises",
    "/room/deadlines",
    "/room/calls",
    "/room/works",
    "/room/account",
    "/room/customers/C1",
)
LIMIT = 50 * 1024
"""Bytes of a page."""


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_whole_small_and_loads_nothing_from_elsewhere(enter: Enter, path: str) -> None:
    answer = enter("asha").get(path)
    assert answer.status_code == 200
    assert len(answer.content) < LIMIT
    page = Markup(answer.text)
    assert [one.get("lang") for one in page.all("html")] == ["en"]
    assert len(page.all("h1")) == 1
    assert [one for one in page.addresses() if "//" in one and "/runs/flow-run/" not in one] == []
    assert [one for one in page.all("script") if one != {"src": "/static/room.js", "defer": None}] == []
    assert [one for _, one in page.tags if "style" in one or any(name.startswith("on") for name in one)] == []
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", PAGES)
def test_every_field_of_a_form_has_a_label_and_every_form_its_mark(enter: Enter, path: str) -> None:
    page = Markup(enter("asha").get(path).text)
    labelled = {one.get("for") for one in page.all("label")}
    fields = [*page.all("select"), *page.all("textarea")]
    fields += [one for one in page.all("input") if one.get("type") != "hidden"]
    assert {one["id"] for one in fields} <= labelled
    ids = [one["id"] for _, one in page.tags if "id" in one]
    assert len(ids) == len(set(ids))
    posts = [one for one in page.all("form") if one.get("method") == "post"]
    assert len([one for one in page.all("input") if one.get("name") == "csrf"]) == len(posts)


def test_the_front_shows_what_is_late_in_words_and_how_many_were_told(enter: Enter) -> None:
    text = Markup(enter("viewer").get("/room").text).text
    assert "2 min 0 s late" in text
    assert "incident report in helpdesk (waiting)" in text
    page = enter("viewer").get("/room").text
    row = page[page.index(f'<a href="/room/incidents/{FIRST}">') :]
    assert '<td class="n">4</td><td class="n">2</td><td class="n warn">1</td><td class="n warn">1</td>' in row


def test_the_room_of_an_incident_shows_its_clocks_its_reasons_and_its_log(enter: Enter) -> None:
    text = Markup(enter("operator").get(f"/room/incidents/{FIRST}").text).text
    for shown in (
        "no contact point",
        "23 min 0 s left",
        "next update",
        "site:HYD0004",
        "first_word",
        "Mobile site",
    ):
        assert shown in text, shown


def test_what_a_customer_wrote_is_text_and_no_markup(enter: Enter) -> None:
    page = enter("operator").get("/room/contacts").text
    assert "&lt;b&gt;morning&lt;/b&gt;" in page
    assert outage.CONTACT_BODY not in page


@pytest.mark.parametrize("path", PAGES)
def test_no_page_shows_a_whole_contact_point(enter: Enter, path: str) -> None:
    page = enter("asha").get(path).text
    assert [key for key in (1, 2, 3) if hyderabad.phone(key) in page] == []


def test_the_untold_list_has_everybody_who_was_not_told_with_the_reason(enter: Enter) -> None:
    page = enter("operator").get(f"/room/incidents/{FIRST}/untold").text
    found = [one for one in ("C1", "C2", "C3", "C4") if f">{one}<" in page]
    assert found == ["C3", "C4"]
    assert page.index(">C4<") < page.index(">C3<"), "customers on priority lists come first"
    assert "no contact point" in page
    assert "+91 ••••• 03" in page


def test_a_viewer_sees_that_contacts_came_but_not_whose(enter: Enter) -> None:
    page = enter("viewer").get(f"/room/incidents/{FIRST}").text
    assert "Your roles show counts only." in page
    assert "/room/customers/" not in page
    assert "morning" not in page


def test_every_word_of_the_room_is_used_and_every_used_one_is_there(world: World) -> None:

    known = set(words(world.settings.templates))
    texts = [path.read_text() for path in (world.settings.templates / "room").glob("*.j2")]
    texts.append((world.settings.templates / "layout" / "room.html.j2").read_text())
    used = {one for text in texts for one in re.findall(r"\bw\.([a-z0-9_]+)", text)}
    assert used <= known
    quoted = {one for text in texts for one in re.findall(r'"([a-z0-9_]+)"', text)}
    by_code = {act.title for act in ACTS} | {
        one for one in known if one.startswith(("done_", "will_", "error_"))
    }
    by_code |= {"work_start", "work_complete", "work_cancel"}
    assert known - used - quoted - by_code == set()
