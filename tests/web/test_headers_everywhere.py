"""What every answer carries, at every address of the app: whoever adds one need not think of it."""

import front
import pytest
import walk
from front import TestClient
from walk import Way

from tellfirst.bootstrap import World
from tellfirst.domain.occasion import Locale
from tellfirst.web import answers
from tellfirst.web.app import create_app

WANTED = {name.lower() for name in answers.HEADERS} | {"strict-transport-security"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PERSONAL = ("/s/", "/u/", "/p/", "/w/", "/api/", "/signals/", "/contacts/", "/receipts/", "/incidents/")
"""Nothing below these may be kept by a cache that several people share."""


@pytest.fixture
def ways(world: World) -> list[Way]:
    return walk.ways(create_app(world))


def test_the_walk_finds_every_kind_of_door(ways: list[Way]) -> None:
    found = {str(way) for way in ways}
    assert {
        "GET /",
        "GET /static/",
        "POST /receipts/{carrier}",
        "POST /signals/{source}",
        "POST /s/{token}",
        "GET /ready",
    } <= found


def test_every_answer_at_every_address_carries_every_header(doors: TestClient, ways: list[Way]) -> None:
    lacking = {}
    for way in ways:
        for method in {way.method, "GET", "POST", "PATCH"}:
            answer = doors.request(method, way.path, follow_redirects=False)
            if missing := WANTED - set(answer.headers):
                lacking[f"{method} {way.path}"] = missing
    assert lacking == {}


@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*", ""])
@pytest.mark.parametrize(
    ("path", "status"), [("/nowhere", 404), ("/static/nowhere.css", 404), ("/%00", 404), ("/s/%0a", 404)]
)
def test_where_there_is_nothing_too(doors: TestClient, path: str, status: int, accept: str) -> None:
    answer = doors.get(path, headers={"Accept": accept})
    assert (answer.status_code, WANTED - set(answer.headers)) == (status, set())


def test_nothing_personal_may_be_kept_by_a_shared_cache(doors: TestClient, ways: list[Way]) -> None:
    kept = {}
    for way in ways:
        if way.path.startswith(PERSONAL):
            control = doors.request(way.method, way.path, follow_redirects=False).headers["cache-control"]
            if "no-store" not in control and "private" not in control:
                kept[str(way)] = control
    assert kept == {}


def test_no_answer_names_the_server_or_its_version(doors: TestClient, ways: list[Way]) -> None:
    for way in ways:
        answer = doors.request(way.method, way.path, follow_redirects=False)
        assert not {"server", "x-powered-by"} & set(answer.headers)


def test_browsers_are_told_to_insist_on_tls_only_where_there_is_some(world: World) -> None:
    plain = World(world.settings.model_copy(update={"public_url": ""}))
    with TestClient(create_app(plain)) as client:
        assert "strict-transport-security" not in client.get("/ready").headers
        assert "strict-transport-security" not in client.post("/receipts/twilio").headers


def test_scripts_come_from_our_own_files_and_from_nowhere_else(doors: TestClient) -> None:
    policy = doors.get("/").headers["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert "unsafe" not in policy
    assert "*" not in policy


NEXT = ("next", "url", "to", "return", "return_to", "redirect", "redirect_uri", "continue", "back", "goto")
ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "/%09/evil.example",
    "javascript:alert(1)",
)


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_address_leads_to_another_house(doors: TestClient, ways: list[Way], target: str) -> None:
    for way in ways:
        answer = doors.request(
            way.method,
            way.path,
            params=dict.fromkeys(NEXT, target),
            data=dict.fromkeys(NEXT, target) if way.method == "POST" else None,
            headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Referer": target},
            follow_redirects=False,
        )
        assert "evil.example" not in answer.headers.get("location", ""), way
        assert "javascript:" not in answer.headers.get("location", ""), way


def test_an_address_with_two_slashes_leads_to_no_other_house(doors: TestClient) -> None:
    for path in ("//evil.example/", "/%2f/evil.example/..", "//evil.example/static/.."):
        answer = doors.get(f"{front.PUBLIC}{path}", follow_redirects=False)
        assert "evil.example" not in answer.headers.get("location", "")


@pytest.mark.parametrize("language", list(Locale))
@pytest.mark.parametrize(
    ("method", "path", "status", "word"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("PATCH", "/", 405, "not_found"),
        ("POST", "/s/changed", 422, "not_understood"),
        ("GET", "/reviews/INC-2026-9999", 404, "not_found"),
    ],
)
def test_a_person_reads_what_went_wrong_in_their_language(
    world: World, doors: TestClient, method: str, path: str, status: int, word: str, language: Locale
) -> None:
    answer = doors.request(method, path, headers=BROWSER | {"Accept-Language": f"{language},en;q=0.5"})
    words = world.templates.phrases(language).errors
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert getattr(words, word) in answer.text
    assert f'lang="{language}" dir="{language.direction}"' in answer.text


def test_a_person_who_sends_too_much_reads_so(doors: TestClient) -> None:
    answer = doors.post("/u/changed", content=b"x" * 3_000_000, headers=BROWSER)
    assert (answer.status_code, "too large" in answer.text) == (413, True)


def test_a_person_reads_that_a_fault_is_ours_and_nothing_of_our_inside(world: World) -> None:
    with world.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE review")
    client = TestClient(create_app(world), base_url=front.PUBLIC, raise_server_exceptions=False)
    answer = client.get("/reviews/INC-2026-0001", headers=BROWSER | {"Accept-Language": "ms"})
    assert answer.status_code == 500
    assert world.templates.phrases(Locale.MALAY).errors.our_fault in answer.text
    assert "review" not in answer.text
    assert set(answer.headers) >= WANTED


@pytest.mark.parametrize(
    ("method", "path", "status", "title"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("PATCH", "/", 405, "method_not_allowed"),
        ("POST", "/s/changed", 422, "no_score"),
        ("POST", "/u/changed", 413, "body_too_large"),
    ],
)
def test_a_program_reads_a_problem(
    doors: TestClient, method: str, path: str, status: int, title: str
) -> None:
    content = b"x" * 3_000_000 if status == 413 else None
    answer = doors.request(method, path, content=content, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, answers.PROBLEM)
    assert answer.json()["title"] == title
    assert answer.json()["status"] == status


def test_a_method_that_is_not_taken_is_answered_with_those_that_are(doors: TestClient) -> None:
    assert "GET" in doors.request("PATCH", "/", headers=BROWSER).headers["Allow"]
    assert "GET" in doors.request("PATCH", "/").headers["Allow"]
