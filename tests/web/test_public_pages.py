"""Public pages are made once for each state of the books, and given many times with a tag that never lies."""

import asyncio
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import front
import hyderabad
import pytest
import walk
from front import TestClient
from hyderabad import FIRST, MINUTE, T0
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from tellfirst.bootstrap import World
from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Occasion
from tellfirst.notices.words import say
from tellfirst.publishing.press import Press
from tellfirst.store import incidents
from tellfirst.store.engine import writing
from tellfirst.store.stepped_clock import SteppedClock
from tellfirst.web import editions, public_pages
from tellfirst.web.answers import headers
from tellfirst.web.app import create_app

SPOKE = Take(Step.FOLLOW_UP, "engineers_spoke", Occasion.UPDATE)
EVERY = ("/", f"/incident/{FIRST}", "/feed.atom", "/planned.ics", "/status.json", f"/cap/{FIRST}.xml")


def story(connection: Connection) -> datetime:
    """Miyapur was told."""
    hyderabad.add_customer(connection, 1, "HYD0004")
    hyderabad.strike(connection, "HYD0004")
    hyderabad.tell(connection)
    return T0


@pytest.fixture(autouse=True)
def _look_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request asks the books, so that no test waits for a second."""
    monkeypatch.setattr(public_pages, "LOOK_EVERY", 0.0)


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the press has printed."""
    pages: list[str] = []
    page = Press.page

    def counted(press: Press, name: str, *args: object, **values: object) -> str:
        pages.append(name)
        return page(press, name, *args, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(Press, "page", counted)
    return pages


def speak(world: World, after: timedelta = MINUTE) -> None:
    with writing(world.engine) as connection:
        say(connection, FIRST, author="ravi", now=T0 + after, estimate_at=T0 + timedelta(hours=2))
        hyderabad.speak_next(connection, SPOKE, T0 + after)
    SteppedClock(world.engine).set(T0 + after)


@pytest.mark.parametrize("path", EVERY)
def test_every_page_and_feed_may_be_kept_and_asked_for_again_by_its_tag(doors: TestClient, path: str) -> None:
    first = doors.get(path)
    assert first.status_code == 200
    tag = first.headers["ETag"]
    assert tag.startswith('"')
    assert "public" in first.headers["Cache-Control"]
    again = doors.get(path, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert "content-length" not in again.headers
    assert doors.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("path", EVERY)
def test_without_a_tag_the_time_of_the_last_change_decides(doors: TestClient, path: str) -> None:
    first = doors.get(path)
    changed = first.headers["Last-Modified"]
    assert parsedate_to_datetime(changed) == T0
    assert doors.get(path, headers={"If-Modified-Since": changed}).status_code == 304
    earlier = "Sun, 22 Nov 2026 03:00:00 GMT"
    assert doors.get(path, headers={"If-Modified-Since": earlier}).status_code == 200
    both = {"If-Modified-Since": changed, "If-None-Match": '"other"'}
    assert doors.get(path, headers=both).status_code == 200, "RFC 9110, 13.1.3: a tag goes before a time"
    assert doors.get(path, headers={"If-Modified-Since": "yesterday"}).status_code == 200


@pytest.mark.parametrize("path", EVERY)
def test_a_word_changes_the_tag_and_the_page_at_once(world: World, doors: TestClient, path: str) -> None:
    first = doors.get(path)
    speak(world)
    second = doors.get(path, headers={"If-None-Match": first.headers["ETag"]})
    if path == "/planned.ics":
        assert second.status_code == 304, "nothing was planned before or after"
        return
    assert second.status_code == 200
    assert second.headers["ETag"] != first.headers["ETag"]
    assert parsedate_to_datetime(second.headers["Last-Modified"]) == T0 + MINUTE


def test_a_page_is_printed_once_however_often_it_is_asked_for(doors: TestClient, printed: list[str]) -> None:
    for _ in range(5):
        doors.get("/")
    assert printed == ["status.html.j2"]
    doors.get("/", headers={"Accept-Language": "ur"})
    assert printed == ["status.html.j2"] * 2


def test_what_changes_nothing_for_the_public_prints_nothing_anew(
    world: World, doors: TestClient, printed: list[str]
) -> None:
    doors.get("/")
    with writing(world.engine) as connection:
        incidents.note(connection, 1, T0, "contact", "problem", contact=7)
    doors.get("/")
    assert printed == ["status.html.j2"]


def test_many_at_once_wait_for_one_printing(world: World, printed: list[str]) -> None:
    pages = create_app(world)

    async def ask() -> int:
        sent: list[dict[str, object]] = []
        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}

        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        await pages(scope, None, send)  # type: ignore[arg-type]
        return int(str(sent[0]["status"]))

    async def together() -> list[int]:
        return await asyncio.gather(*(ask() for _ in range(50)))

    assert asyncio.run(together()) == [200] * 50
    assert printed == ["status.html.j2"]


def test_time_alone_renews_a_page_when_its_minute_is_over(world: World, doors: TestClient) -> None:
    doors.get("/")
    late = T0 + hyderabad.BOOK.next_update_every + MINUTE
    SteppedClock(world.engine).set(late)
    page = doors.get("/")
    assert "this word is late" in page.text
    assert parsedate_to_datetime(page.headers["Last-Modified"]) == T0 + hyderabad.BOOK.next_update_every


def test_while_nothing_changes_a_page_keeps_its_tag_for_five_minutes_and_then_says_so(
    world: World, doors: TestClient
) -> None:
    first = doors.get("/")
    assert "As of <time" in first.text
    assert 'datetime="2026-11-22T03:39:00Z"' in first.text.partition("As of ")[2][:60]
    SteppedClock(world.engine).set(T0 + timedelta(seconds=50))
    assert doors.get("/").headers["ETag"] == first.headers["ETag"]
    SteppedClock(world.engine).set(T0 + 3 * MINUTE)
    second = doors.get("/", headers={"If-None-Match": first.headers["ETag"]})
    assert 'datetime="2026-11-22T03:40:00Z"' in second.text.partition("As of ")[2][:60]
    SteppedClock(world.engine).set(T0 + 5 * MINUTE)
    third = doors.get("/", headers={"If-None-Match": second.headers["ETag"]})
    assert third.status_code == 304


def test_when_the_books_cannot_be_read_what_was_known_is_still_shown(
    doors: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = doors.get("/").text

    def lost(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(editions.books, "marker", lost)
    answer = doors.get("/")
    assert (answer.status_code, answer.text) == (200, known)


def test_without_anything_known_it_is_our_fault_and_said_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(editions.books, "marker", lost)
    client = TestClient(create_app(world), base_url=front.PUBLIC, raise_server_exceptions=False)
    assert client.get("/").status_code == 500


@pytest.mark.parametrize(
    "path", ["/incident/INC-2026-9999", "/incident/", "/cap/x.xml", "/incident/<script>"]
)
def test_an_old_or_wrong_address_shows_how_things_stand_with_404(doors: TestClient, path: str) -> None:
    answer = doors.get(path, headers={"If-None-Match": "*"})
    assert answer.status_code == 404
    assert "Some services are not working as usual" in answer.text
    assert "<script>" not in answer.text


def test_only_what_is_known_can_be_chosen_and_the_rest_is_left_out(doors: TestClient) -> None:
    assert FIRST in doors.get("/?area=Miyapur&service=mobile").text
    assert FIRST not in doors.get("/?service=power").text
    strange = doors.get("/?area=%3Cscript%3E&service=teleport&lang=xx&" + "&".join("a=b" for _ in range(50)))
    assert (strange.status_code, "script" in strange.text) == (200, False)


def test_what_is_chosen_by_strangers_fills_no_memory(
    doors: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editions, "AT_MOST_KEPT", 2)
    for language in ("en", "te", "ms", "ur"):
        assert doors.get(f"/?lang={language}").status_code == 200
    edition = walk.pages(doors.app).state.public_pages._edition
    assert len(edition.answers) == 2


def test_head_has_the_headers_and_no_body(doors: TestClient) -> None:
    whole, head = doors.get("/"), doors.head("/")
    assert head.content == b""
    for name in ("ETag", "Content-Length", "Last-Modified", "Content-Type"):
        assert head.headers[name] == whole.headers[name]


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [("ur", "te", "ur"), ("", "te-IN,en", "te"), ("xx", "fr,ms;q=0.8", "ms"), ("", "", "en")],
)
def test_the_chosen_language_goes_before_the_browsers(
    doors: TestClient, asked: str, accepted: str, language: str
) -> None:
    answer = doors.get(f"/?lang={asked}", headers={"Accept-Language": accepted})
    assert answer.headers["Content-Language"] == language
    assert answer.headers["Vary"] == "Accept-Language"
    assert f'<html lang="{language}"' in answer.text


def test_what_is_kept_is_kept_with_every_header_of_the_house(doors: TestClient) -> None:
    doors.get("/")
    [kept] = walk.pages(doors.app).state.public_pages._edition.answers.values()
    wanted = {name.lower().encode() for name in headers(front.PUBLIC)}
    assert b"strict-transport-security" in wanted
    for carried in (kept.headers, kept.unchanged):
        assert wanted <= {name for name, _ in carried}
        assert len(dict(carried)) == len(carried), "each once"


def test_feeds_may_be_read_by_every_site_and_pages_are_framed_by_none(doors: TestClient) -> None:
    for path in ("/feed.atom", "/planned.ics", "/status.json", f"/cap/{FIRST}.xml"):
        assert doors.get(path).headers["Access-Control-Allow-Origin"] == "*"
    page = doors.get("/")
    assert "Access-Control-Allow-Origin" not in page.headers
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
