"""What holds at every door: the headers, the form of a refusal, and no word of our inside when we fail."""

from typing import Any

import front
import hyderabad
import pytest
from front import TestClient
from hyderabad import FIRST, T0
from sqlalchemy import insert

from tellfirst.bootstrap import World
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.web import (
    affected,
    contacts,
    footprints,
    health,
    personal,
    preferences,
    public_pages,
    receipts,
    reviews,
    signals,
    surveys,
)
from tellfirst.web.app import create_app

HEADERS = {
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""How each header of every answer begins."""
TOKEN = {"Authorization": f"Bearer {front.TOKEN}"}
REVIEW = "<!doctype html><title>Review</title>"

ANSWERS: list[tuple[str, str, int, dict[str, Any]]] = [
    ("GET", "/ready", 200, {}),
    ("GET", "/health/teller", 503, {}),
    ("GET", "/static/page.css", 200, {}),
    ("GET", "/static/../app.py", 404, {}),
    ("GET", "/static/%2e%2e/app.py", 404, {}),
    ("GET", "/", 200, {}),
    ("HEAD", "/", 200, {}),
    ("POST", "/", 405, {}),
    ("GET", "/feed.atom", 200, {}),
    ("GET", "/planned.ics", 200, {}),
    ("GET", "/status.json", 200, {}),
    ("GET", f"/incident/{FIRST}", 404, {}),
    ("GET", "/affected", 200, {}),
    ("POST", "/affected", 422, {}),
    ("POST", "/affected/code", 400, {}),
    ("GET", "/affected/code", 405, {}),
    ("GET", f"/cap/{FIRST}.xml", 404, {}),
    ("GET", "/nowhere", 404, {}),
    ("GET", "/openapi.json", 404, {}),
    ("GET", "/docs", 404, {}),
    ("POST", "/ready", 405, {}),
    ("GET", "/signals/alertmanager", 405, {}),
    ("POST", "/signals/alertmanager", 401, {}),
    ("POST", "/signals/alertmanager", 422, {"headers": TOKEN}),
    ("POST", "/signals/alertmanager", 413, {"headers": TOKEN, "content": b"x" * 2_097_153}),
    (
        "POST",
        "/signals/alertmanager",
        202,
        {"headers": TOKEN, "content": hyderabad.body(hyderabad.alert("HYD0004"))},
    ),
    ("POST", "/signals/nobody", 401, {}),
    ("POST", "/signals/nobody", 404, {"headers": TOKEN}),
    ("POST", "/receipts/twilio?delivery=1", 403, {}),
    ("POST", "/receipts/nobody", 404, {}),
    ("POST", "/receipts/", 404, {}),
    ("GET", "/receipts/twilio", 405, {}),
    ("POST", "/receipts/sendgrid", 403, {}),
    ("POST", "/receipts/sendgrid", 204, front.signed_mail([])),
    ("POST", "/contacts/twilio/sms", 403, {}),
    ("POST", "/contacts/sendgrid/sms", 404, {}),
    ("POST", "/contacts/twilio/whatsapp", 403, {}),
    ("POST", "/contacts/twilio/call", 403, {}),
    ("POST", "/contacts/twilio/call/keys", 403, {}),
    ("POST", "/contacts/twilio/mail", 404, {}),
    ("POST", "/contacts/twilio/mail/changed", 404, {}),
    ("POST", "/contacts/sendgrid/mail", 403, {}),
    ("POST", "/contacts/sendgrid/mail/changed", 403, {}),
    ("GET", "/contact", 200, {}),
    ("POST", "/contact", 422, {}),
    ("POST", "/contact", 413, {"content": b"x" * 30_000}),
    ("POST", "/api/contacts", 404, {}),
    ("GET", "/w/changed.ics", 404, {}),
    ("POST", "/w/changed.ics", 405, {}),
    ("GET", "/s/changed", 404, {}),
    ("POST", "/s/changed", 404, {"data": {"score": "5"}}),
    ("POST", "/s/changed", 422, {}),
    ("PUT", "/s/changed", 405, {}),
    ("GET", "/s/changed/5", 404, {}),
    ("POST", "/s/changed/5", 405, {}),
    ("GET", "/p/changed", 404, {}),
    ("POST", "/p/changed", 405, {}),
    ("POST", "/p/changed/still-out", 404, {}),
    ("GET", "/p/changed/preferences", 404, {}),
    ("POST", "/p/changed/preferences", 404, {"data": {"language": "te"}}),
    ("POST", "/p/changed/links", 404, {}),
    ("GET", f"/reviews/{FIRST}", 404, {}),
    ("GET", f"/incidents/{FIRST}/footprint.png", 404, {}),
]


@pytest.mark.parametrize(("method", "path", "status", "more"), ANSWERS, ids=lambda value: str(value)[:30])
def test_every_answer_carries_the_headers(
    doors: TestClient, method: str, path: str, status: int, more: dict[str, Any]
) -> None:
    answer = doors.request(method, path, **more)
    assert answer.status_code == status
    wanted = HEADERS | {"Cache-Control": "public"} if may_be_kept(path, status) else HEADERS
    carried = {name: answer.headers.get(name, "")[: len(start)] for name, start in wanted.items()}
    assert carried == wanted


def may_be_kept(path: str, status: int) -> bool:
    """What anybody may read may be kept by caches, and nothing else."""
    public = path in public_pages.PATHS or path.startswith(public_pages.BELOW)
    return (public and status != 405) or (path == "/static/page.css" and status == 200)


def test_no_door_is_left_out_above() -> None:
    parts = (affected, contacts, footprints, health, personal, preferences, reviews, signals, surveys)
    paths = {route.path for part in parts for route in part.router.routes} | {f"{receipts.PATH}{{carrier}}"}
    paths |= public_pages.PATHS | {"/incident/{reference}", "/cap/{reference}.xml"}
    tried = {path.partition("?")[0] for _, path, _, _ in ANSWERS}
    assert {
        path.format(token="changed", score="5", reference=FIRST, carrier="twilio", source="alertmanager")
        for path in paths
    } <= tried


def test_nothing_a_page_may_load_comes_from_elsewhere(doors: TestClient) -> None:
    policy = doors.get("/ready").headers["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert rules["form-action"] == "'self'"
    assert rules["script-src"] == "'self'"
    assert "unsafe-inline" not in policy
    assert "http" not in policy


def test_a_fault_of_ours_says_nothing_of_our_inside_and_carries_the_headers(world: World) -> None:
    with writing(world.engine) as connection:
        connection.exec_driver_sql("DROP TABLE review")
    client = TestClient(create_app(world), base_url=front.PUBLIC, raise_server_exceptions=False)
    answer = client.get(f"/reviews/{FIRST}")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "review" not in answer.text
    assert "sqlite" not in answer.text.lower()
    assert {name: answer.headers[name][: len(start)] for name, start in HEADERS.items()} == HEADERS


def test_ready_is_said_once_the_database_answers(world: World, doors: TestClient) -> None:
    assert doors.get("/ready").json() == {"status": "ready"}
    lost = World(world.settings.model_copy(update={"database_url": "sqlite:////nowhere/tellfirst.db"}))
    client = TestClient(create_app(lost), raise_server_exceptions=False)
    answer = client.get("/ready")
    assert (answer.status_code, "nowhere" in answer.text) == (503, False)


def test_there_is_no_review_before_the_incident_is_closed(world: World, doors: TestClient) -> None:
    with writing(world.engine) as connection:
        hyderabad.add_customer(connection, 1, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
    running, unknown = doors.get(f"/reviews/{FIRST}"), doors.get("/reviews/INC-2026-9999")
    assert (running.status_code, running.json()["title"]) == (404, "no_review")
    assert running.json() == unknown.json()


def test_a_review_is_shown_as_it_was_stored(world: World, doors: TestClient) -> None:
    with writing(world.engine) as connection:
        hyderabad.strike(connection, "HYD0004")
        connection.execute(insert(t.review).values(incident_id=1, at=T0, measures={}, page=REVIEW))
    answer = doors.get(f"/reviews/{FIRST}")
    assert (answer.status_code, answer.text) == (200, REVIEW)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
