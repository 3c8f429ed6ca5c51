"""A customer meets one company: every page in one frame, with one style, and what is theirs is found by nobody else."""

from collections.abc import Iterator

import asked
import front
import pytest
from asked import ENGLISH
from front import PUBLIC, TestClient
from hyderabad import FIRST
from lxml import html

from tellfirst.bootstrap import World

story = asked.story
BROWSER = {"Accept": "text/html"}
IN_ONE_LANGUAGE = {
    *("POST /affected", "POST /contact"),
    *("GET /p/changed", "GET /s/changed", "GET /u/changed", "GET /nowhere"),
}
"""What says that a form cannot be taken, and what there is not: no other address shows the same."""


def own(world: World) -> str:
    return PUBLIC + world.personal_links.path(asked._delivery(world, ENGLISH, "first_word"))


def public(_world: World) -> Iterator[tuple[str, str]]:
    yield "GET", "/"
    yield "GET", f"/incident/{FIRST}"


def private(world: World) -> Iterator[tuple[str, str]]:
    survey, refusal = asked.link(world), asked.refusal_link(world)
    yield "GET", "/affected"
    yield "GET", "/affected?place=Miyapur"
    yield "POST", "/affected"
    yield "GET", "/contact"
    yield "POST", "/contact"
    yield "GET", own(world)
    yield "POST", f"{own(world)}/still-out"
    yield "GET", f"{own(world)}/preferences"
    yield "POST", f"{own(world)}/preferences"
    yield "GET", survey
    yield "GET", f"{survey}/3"
    yield "GET", refusal
    yield "POST", refusal
    for folder in ("p", "s", "u"):
        yield "GET", f"/{folder}/changed"
    yield "GET", "/nowhere"


@pytest.fixture
def pages(world: World, doors: TestClient) -> dict[str, tuple[bool, dict[str, str], html.HtmlElement]]:
    """Each page: whether it is for everybody, its headers, and what stands in it."""
    found = {}
    for for_all, some in ((True, public(world)), (False, private(world))):
        for method, path in some:
            answer = doors.request(method, path, headers=BROWSER, data={} if method == "POST" else None)
            assert answer.headers["content-type"] == "text/html; charset=utf-8", path
            shown = html.document_fromstring(answer.text)
            found[f"{method} {path}"] = (for_all, dict(answer.headers), shown)
    return found


def test_every_page_stands_in_the_same_frame(pages) -> None:
    for where, (_, _, page) in pages.items():
        assert [one.get("href") for one in page.xpath("//link[@rel='stylesheet']")] == ["/static/page.css"], (
            where
        )
        assert [one.get("class") for one in page.xpath("/html/body/*")] == ["skip", "top", None, "foot"], (
            where
        )
        assert page.xpath("string(//header//a)") == "Deccan Mobile", where
        assert page.xpath("string(//title)").endswith(" – Deccan Mobile"), where
        links = [one.partition("?")[0] for one in page.xpath("//footer//nav[1]//a/@href")]
        assert links == ["/", "/affected", "/contact"], where
        assert "198" in page.xpath("string(//footer/p)"), where


def test_what_is_not_for_everybody_is_kept_by_nobody_found_by_nobody_and_followed_by_nobody(pages) -> None:
    for where, (for_all, headers, page) in pages.items():
        assert bool(page.xpath("//meta[@name='robots' and @content='noindex']")) is not for_all, where
        assert ("no-store" in headers["cache-control"]) is not for_all, where
        assert bool(page.xpath("//link[@rel='alternate']")) is for_all, where
        assert bool(page.xpath("//a[@type]")) is for_all, where
        assert ("etag" in headers) is for_all, where


def test_the_switch_of_languages_leads_to_the_same_page_and_stands_wherever_there_is_one(pages) -> None:
    lacking = set()
    for where, (_, _, page) in pages.items():
        offered = page.xpath("//nav[@class='languages']//a/@href")
        if not offered:
            lacking.add(where)
            continue
        same = where.partition(" ")[2].removeprefix(PUBLIC).partition("?")[0].removesuffix("/still-out")
        assert [one.partition("?")[0] for one in offered] == [same] * 4, where
    assert lacking == IN_ONE_LANGUAGE


def test_a_place_stays_chosen_in_another_language(doors: TestClient) -> None:
    page = html.document_fromstring(doors.get("/affected?place=Miyapur%20%26%20Co").text)
    assert "/affected?lang=ur&place=Miyapur+%26+Co" in page.xpath("//nav[@class='languages']//a/@href")


@pytest.mark.parametrize("folder", ["p", "s", "u"])
def test_whoever_has_a_link_that_ended_reads_so_in_the_language_of_their_browser(
    world: World, doors: TestClient, folder: str
) -> None:
    answer = doors.get(f"/{folder}/changed", headers={"Accept-Language": "te-IN,en;q=0.5"})
    words = world.templates.phrases("te")
    every = {"p": words.personal, "s": words.survey, "u": words.no_surveys}
    assert answer.status_code == 404
    assert every[folder].link_invalid in answer.text


def test_looking_at_any_page_changes_nothing(world: World, doors: TestClient) -> None:
    before = front.tables(world.engine)
    for method, path in (*public(world), *private(world)):
        if method == "GET":
            doors.get(path, headers=BROWSER)
    assert front.tables(world.engine) == before
