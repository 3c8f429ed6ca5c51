"""Pages as they are printed: whole, small, in every language, without a script, and with nothing from elsewhere."""

import re
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from crowd_of_incidents import NOW, crowded, long_story
from lxml import html
from press_room import PRESS

from tellfirst.domain.occasion import Locale
from tellfirst.publishing.addresses import InAFolder, OnTheSite
from tellfirst.publishing.moments import iso
from tellfirst.publishing.press import IN_FULL, PAST, PLANNED, SHORT
from tellfirst.publishing.published import Board, Phase
from tellfirst.settings import PROJECT

STYLE = (PROJECT / "tellfirst" / "web" / "static" / "page.css").read_text()
LARGEST = 50_000
LIVE = OnTheSite()
QUIET = Board(NOW, NOW, crowded().services, ())


def pages(language: Locale) -> Iterator[tuple[str, str]]:
    yield "crowded", PRESS.status(crowded(), language, LIVE)
    yield "quiet", PRESS.status(QUIET, language, LIVE)
    yield "incident", PRESS.incident(long_story(), NOW, language, LIVE)
    yield "copy", PRESS.status(crowded(), language, InAFolder(1), copied_at=NOW)
    blank = {"fault": "", "form": "", "place": "", "cards": ()}
    yield "ask", PRESS.affected(language, LIVE, **(blank | {"state": "ask"}))
    yield "code", PRESS.affected(language, LIVE, **(blank | {"state": "code", "fault": "wrong"}))


EVERY = [(language, name, text) for language in Locale for name, text in pages(language)]
each = pytest.mark.parametrize(("language", "name", "text"), EVERY, ids=lambda one: str(one)[:8])


@each
def test_a_page_stays_below_fifty_kilobytes_with_its_style_on_the_worst_of_days(
    language: Locale, name: str, text: str
) -> None:
    assert len(text.encode()) + len(STYLE.encode()) < LARGEST


@each
def test_a_page_has_its_language_direction_title_landmarks_one_heading_and_a_way_past_the_top(
    language: Locale, name: str, text: str
) -> None:
    page = html.document_fromstring(text)
    assert (page.get("lang"), page.get("dir")) == (language, language.direction)
    assert page.findtext(".//title")
    assert [len(page.findall(f".//{one}")) for one in ("main", "header", "footer", "h1")] == [1, 1, 1, 1]
    skip = page.find(".//body")[0]
    assert (skip.get("class"), skip.get("href"), page.find(".//main").get("id")) == ("skip", "#main", "main")
    named = [one.get("aria-label") for one in page.findall(".//nav")]
    assert None not in named
    assert len(named) == len(set(named))


@each
def test_headings_go_down_one_level_at_a_time(language: Locale, name: str, text: str) -> None:
    levels = [int(level) for level in re.findall(r"<h([1-6])", text)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@each
def test_every_field_has_its_name_and_every_id_is_there_once(language: Locale, name: str, text: str) -> None:
    page = html.document_fromstring(text)
    ids = [one.get("id") for one in page.iterfind(".//*[@id]")]
    assert len(ids) == len(set(ids))
    labelled = {one.get("for") for one in page.iterfind(".//label")}
    fields = [
        one for one in page.iterfind(".//*[@name]") if one.get("type") != "hidden" and one.tag != "meta"
    ]
    assert {one.get("id") for one in fields} <= labelled
    for one in page.iterfind(".//*[@aria-labelledby]"):
        assert one.get("aria-labelledby") in ids


@each
def test_a_page_has_neither_script_nor_inline_style_nor_anything_from_elsewhere(
    language: Locale, name: str, text: str
) -> None:
    page = html.document_fromstring(text)
    assert page.findall(".//script") + page.findall(".//style") == []
    assert not [
        one for one in page.iter() if any(key.startswith("on") or key == "style" for key in one.attrib)
    ]
    loaded = [one.get("href") for one in page.iterfind(".//link[@rel='stylesheet']")]
    loaded += [one.get("src") for one in page.iterfind(".//*[@src]")]
    assert loaded
    assert not any(urlsplit(address).netloc for address in loaded)
    assert "@import" not in STYLE
    assert "url(" not in STYLE


@each
def test_nothing_is_left_to_fill_in(language: Locale, name: str, text: str) -> None:
    assert not re.search(r"\{\w*\}|%link%|None|Undefined", html.document_fromstring(text).text_content())


def test_each_language_is_offered_by_its_own_name_in_itself() -> None:
    page = html.document_fromstring(PRESS.status(QUIET, Locale.URDU, LIVE))
    offered = page.findall(".//nav[@class='languages']//a")
    assert [(one.get("lang"), one.text) for one in offered] == [
        ("en", "English"),
        ("te", "తెలుగు"),
        ("ms", "Bahasa Melayu"),
        ("ur", "اردو"),
    ]
    assert [one.get("lang") for one in offered if one.get("aria-current")] == ["ur"]


def test_a_page_says_as_of_when_it_is_true_and_a_copy_only_when_it_was_made() -> None:
    for page, where in ((PRESS.status(crowded(), Locale.ENGLISH, LIVE), "printed"), (_copy(), "copy")):
        moments = html.document_fromstring(page).xpath("//p[@class='printed' or @class='copy']")
        assert [one.get("class") for one in moments] == [where]
        assert moments[0].find("time").get("datetime") == iso(NOW)


def test_the_state_and_the_time_of_the_next_word_come_first() -> None:
    """Of many incidents the word that is due first."""
    page = html.document_fromstring(PRESS.status(crowded(), Locale.ENGLISH, LIVE))
    [banner] = page.xpath("//main/*[1]")
    due = [one.next_word_at for one in crowded().of(Phase.NOW) if one.next_word_at]
    assert banner.get("class") == "banner down"
    assert banner.find(".//time").get("datetime") == iso(min(due))
    assert page.xpath("//main//article[1]//p[@class='next']")


def _copy() -> str:
    return PRESS.status(crowded(), Locale.ENGLISH, InAFolder(1), copied_at=NOW)


def test_what_does_not_fit_is_counted() -> None:
    text = html.document_fromstring(PRESS.status(crowded(), Locale.ENGLISH, LIVE)).text_content()
    for shown in (IN_FULL + SHORT, PLANNED, PAST):
        assert f"{100 - shown} more are not shown here" in text


def test_the_newest_word_and_the_first_are_read_in_full_and_words_without_news_are_only_named() -> None:
    page = html.document_fromstring(PRESS.incident(long_story(), NOW, Locale.ENGLISH, LIVE))
    entries = page.findall(".//ol[@class='timeline']/li")
    in_full = [one.find("div") is not None for one in entries]
    assert (in_full[0], in_full[1]) == (True, False)
    assert sum(in_full) < len(entries)
    assert "80 earlier words are left out" in page.text_content()


def test_a_copy_says_when_it_was_made_leads_to_the_live_page_and_asks_nothing_that_nobody_could_answer() -> (
    None
):
    text = PRESS.status(crowded(), Locale.ENGLISH, InAFolder(1), copied_at=NOW)
    assert "This is a copy, made at" in text
    assert 'href="https://status.example/"' in text
    page = html.document_fromstring(text)
    assert page.findall(".//form") == []
    assert "affected" not in text
    local = [one for one in page.iterlinks() if one[1] == "href" and "status.example" not in one[2]]
    assert all(address.startswith(("../", "data:", "#")) for _, _, address, _ in local)


def test_colours_have_the_contrast_of_wcag_in_the_light_and_in_the_dark() -> None:
    """1.4.3: 4.5 to 1 for text; each word on its ground, on a card, and in the colour of its state on its wash."""
    light, dark = (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", part)) for part in STYLE.split("@media", 2)[:2]
    )
    for theme in (light, dark):
        pairs = [
            ("ink", "ground"),
            ("ink", "card"),
            ("muted", "ground"),
            ("muted", "card"),
            ("accent", "ground"),
        ]
        pairs += [("accent", "card"), ("card", "accent")]
        for state in ("down", "degraded", "at-risk", "ok", "planned"):
            pairs += [(state, f"{state}-wash"), ("ink", f"{state}-wash")]
        for ink, ground in pairs:
            assert contrast(theme[ink], theme[ground]) >= 4.5, (ink, ground)


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
