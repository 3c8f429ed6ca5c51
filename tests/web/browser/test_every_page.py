"""Each page in each language: reachable by keyboard, without JavaScript, without a stranger, and for everybody."""

import os
from pathlib import Path

import afternoon
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext
from playwright.sync_api import Page as Tab
from seen import PAGES, Page, Site, Visitor, take_picture

from tellfirst.domain.occasion import Locale

story = afternoon.story
HEAVIEST = 50_000
"""Bytes of a page with all it loads."""
SERIOUS = ("serious", "critical")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PICTURES = os.environ.get("TELLFIRST_PICTURES")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda one: one.name)
each_language = pytest.mark.parametrize("locale", Locale, ids=lambda one: one.value)


def opened(context: BrowserContext, site: Site, page: Page, locale: Locale) -> Tab:
    tab = context.new_page()
    answer = tab.goto(site.at(page.link(site, locale)))
    assert answer is not None
    assert answer.status == 200
    return tab


@each_page
@each_language
def test_nobody_is_kept_out(visitor: Visitor, site: Site, page: Page, locale: Locale) -> None:
    """WCAG 2.2 AA as far as a machine can tell: axe-core finds nothing serious."""
    shown = opened(visitor.come(locale), site, page, locale)
    found = Axe().run(shown, options={"runOnly": WCAG}).response["violations"]
    grave = [(one["id"], one["nodes"][0]["target"]) for one in found if one["impact"] in SERIOUS]
    assert grave == []


@each_page
@each_language
def test_it_speaks_the_readers_language_in_its_direction(
    visitor: Visitor, site: Site, page: Page, locale: Locale
) -> None:
    shown = opened(visitor.come(locale), site, page, locale)
    html = shown.locator("html")
    assert (html.get_attribute("lang"), html.get_attribute("dir")) == (locale.value, locale.direction)


@each_page
@each_language
def test_it_is_light_and_asks_nobody_else(visitor: Visitor, site: Site, page: Page, locale: Locale) -> None:
    asked_for: list[str] = []
    weights: list[int] = []
    tab = visitor.come(locale)
    tab.on("request", lambda request: asked_for.append(request.url))
    tab.on("response", lambda answer: weights.append(len(answer.body())))
    opened(tab, site, page, locale)
    assert [url for url in asked_for if not url.startswith((site.url, "data:"))] == []
    assert sum(weights) < HEAVIEST


@each_page
def test_it_needs_no_javascript(visitor: Visitor, site: Site, page: Page) -> None:
    bare = visitor.come(javascript=False)
    plain = opened(bare, site, page, Locale.ENGLISH).locator("body").inner_text()
    assert plain == opened(visitor.come(), site, page, Locale.ENGLISH).locator("body").inner_text()


@each_page
def test_the_keyboard_reaches_everything(visitor: Visitor, site: Site, page: Page) -> None:
    shown = opened(visitor.come(), site, page, Locale.ENGLISH)
    # What is a trap for machines is no stop for people.
    stops = ("a[href]", "button", "input", "textarea", "select")
    count = shown.locator(", ".join(f"{one}:visible:not([tabindex='-1'])" for one in stops)).count()
    reached: set[str] = set()
    for _ in range(count + 2):
        shown.keyboard.press("Tab")
        reached.add(shown.evaluate("document.activeElement.outerHTML"))
    radios = shown.locator("input[type=radio]:visible").count()
    # The arrow keys walk inside a group of choices; the tab key enters it once.
    groups = shown.evaluate(
        "new Set([...document.querySelectorAll('input[type=radio]')].map(one => one.name)).size"
    )
    assert len({one for one in reached if not one.startswith("<body")}) >= count - radios + groups


@each_page
@each_language
def test_it_fits_a_telephone(visitor: Visitor, site: Site, page: Page, locale: Locale) -> None:
    shown = opened(visitor.come(locale), site, page, locale)
    wider = shown.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0


SMALL_TARGETS = """() => {
  const inSentence = one => one.tagName == "A" && getComputedStyle(one).display == "inline";
  const touched = one => one.closest("label") ?? one;
  return [...document.querySelectorAll("a, button, input, select, textarea, summary")]
    .filter(one => one.checkVisibility() && !one.closest(".hidden, .skip") && one.type != "hidden" && !inSentence(one))
    .map(one => [one.outerHTML.slice(0, 60), touched(one).getBoundingClientRect()])
    .filter(([, box]) => box.height < 43.5 || box.width < 43.5)
    .map(([text, box]) => `${text} ${box.width} x ${box.height}`)
}"""


@each_page
@each_language
def test_a_thumb_hits_whatever_can_be_pressed(
    visitor: Visitor, site: Site, page: Page, locale: Locale
) -> None:
    """WCAG 2.5.5: 44 by 44 pixels, but for a link within a sentence."""
    shown = opened(visitor.come(locale), site, page, locale)
    assert shown.evaluate(SMALL_TARGETS) == []


@pytest.mark.skipif(not PICTURES, reason="set TELLFIRST_PICTURES to the folder where the pictures go")
@each_page
@each_language
def test_its_picture_is_taken(visitor: Visitor, site: Site, page: Page, locale: Locale) -> None:
    """`make pictures` runs this alone."""
    assert PICTURES is not None
    shown = opened(visitor.come(locale), site, page, locale)
    take_picture(shown, Path(PICTURES) / f"{page.name}.{locale.value}.png")
