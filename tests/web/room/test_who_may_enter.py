"""Logging in, staying in and getting out: what is refused, what ends, and what is written down."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import front
import pytest
import room_staff as staff
import room_story as outage
from front import TestClient
from sqlalchemy import select, update

from tellfirst.accounts import keeping, passwords
from tellfirst.accounts.audit import entries
from tellfirst.bootstrap import World
from tellfirst.domain.account import IDLE_FOR, LASTS_FOR
from tellfirst.domain.times import SystemClock
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.web.app import create_app

Enter = Callable[[str], TestClient]
story = outage.story
COOKIE = "__Host-tellfirst-room"


@dataclass
class Wall:
    """The machine's clock; sessions last by it."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def wall(people: World) -> Wall:
    made = Wall(SystemClock().now())
    people.__dict__["wall"] = made
    return made


def test_whoever_is_not_logged_in_is_sent_to_the_login_and_back_again(people: World) -> None:
    client = TestClient(create_app(people), base_url=front.PUBLIC, follow_redirects=False)
    sent = client.get(f"/room/incidents/{outage.FIRST}")
    assert (sent.status_code, sent.headers["location"]) == (
        303,
        f"/room/login?next=/room/incidents/{outage.FIRST}",
    )
    arrived = staff.log_in(client, "viewer", next=f"/room/incidents/{outage.FIRST}")
    assert (arrived.status_code, arrived.headers["location"]) == (303, f"/room/incidents/{outage.FIRST}")


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example", "//evil.example", "/room/../s/x", "/room\\evil", "/roomy", "javascript:x"],
)
def test_a_login_leads_nowhere_but_into_the_room(people: World, elsewhere: str) -> None:
    client = TestClient(create_app(people), base_url=front.PUBLIC, follow_redirects=False)
    assert staff.log_in(client, "viewer", next=elsewhere).headers["location"] == "/room"


def test_the_cookie_is_for_this_site_alone_and_for_no_script(people: World) -> None:
    client = TestClient(create_app(people), base_url=front.PUBLIC, follow_redirects=False)
    cookie = staff.log_in(client, "viewer").headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    for word in ("HttpOnly", "SameSite=strict", "Secure", "Path=/"):
        assert word in cookie


def test_over_plain_http_the_cookie_is_not_called_secure(people: World) -> None:
    plain = World(people.settings.model_copy(update={"public_url": "http://127.0.0.1:4280"}))
    client = TestClient(create_app(plain), base_url="http://127.0.0.1:4280", follow_redirects=False)
    cookie = staff.log_in(client, "viewer").headers["set-cookie"]
    assert cookie.startswith("tellfirst-room=")
    assert "Secure" not in cookie
    plain.engine.dispose()


def test_a_token_that_was_planted_before_the_login_is_nobodys_afterwards(people: World) -> None:
    client = TestClient(create_app(people), base_url=front.PUBLIC, follow_redirects=False)
    client.get("/room/login")
    planted = client.cookies[COOKIE]
    staff.log_in(client, "viewer")
    assert client.cookies[COOKIE] != planted
    stranger = TestClient(
        client.app, base_url=front.PUBLIC, follow_redirects=False, cookies={COOKIE: planted}
    )
    assert stranger.get("/room").status_code == 303


def test_the_database_knows_no_token_and_no_password(people: World, enter: Enter) -> None:
    token = enter("viewer").cookies[COOKIE]
    with reading(people.engine) as connection:
        kept = str(
            [connection.execute(select(one)).all() for one in (t.room_session, t.account, t.login_try)]
        )
    assert token not in kept
    assert staff.PASSWORD not in kept
    assert "$argon2id$" in kept


@pytest.mark.parametrize("name", ["viewer", "nobody-of-this-name"])
def test_a_wrong_password_and_a_wrong_name_are_refused_alike(people: World, name: str) -> None:
    client = TestClient(create_app(people), base_url=front.PUBLIC, follow_redirects=False)
    refused = staff.log_in(client, name, "not the password at all")
    assert refused.status_code == 401
    assert "name and password do not belong together" in refused.text
    assert name not in refused.text


def test_a_name_that_nobody_has_takes_as_many_comparisons(
    people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    genuine = passwords._hasher

    class Counting:
        def verify(self, kept: str, typed: str) -> bool:
            asked.append(typed)
            return genuine.verify(kept, typed)

        def hash(self, password: str) -> str:
            return genuine.hash(password)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    for name in ("viewer", "nobody"):
        client = TestClient(create_app(people), base_url=front.PUBLIC, follow_redirects=False)
        staff.log_in(client, name, "not the password at all")
    assert len(asked) == 2


def test_many_wrong_passwords_make_that_name_wait_from_that_address_and_a_right_one_too(
    people: World, wall: Wall
) -> None:
    client = TestClient(create_app(people), base_url=front.PUBLIC, follow_redirects=False)
    statuses = [staff.log_in(client, "viewer", "wrong wrong wrong").status_code for _ in range(5)]
    assert statuses == [401] * 5
    assert staff.log_in(client, "viewer").status_code == 429
    elsewhere = TestClient(client.app, base_url=front.PUBLIC, follow_redirects=False, client=("192.0.2.7", 1))
    assert staff.log_in(elsewhere, "viewer").status_code == 303
    wall.at += timedelta(seconds=2)
    assert staff.log_in(client, "viewer").status_code == 303


def test_a_name_nobody_has_is_made_to_wait_like_any_other(people: World, wall: Wall) -> None:
    client = TestClient(create_app(people), base_url=front.PUBLIC, follow_redirects=False)
    statuses = [staff.log_in(client, "nobody", "wrong wrong wrong").status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]


def test_a_session_ends_when_it_is_not_used(enter: Enter, wall: Wall) -> None:
    client = enter("viewer")
    for _ in range(3):
        wall.at += IDLE_FOR - timedelta(minutes=2)
        assert client.get("/room").status_code == 200
    wall.at += IDLE_FOR
    assert client.get("/room").status_code == 303


def test_a_session_ends_however_much_it_is_used(enter: Enter, wall: Wall) -> None:
    client, until = enter("viewer"), wall.at + LASTS_FOR
    while wall.at + timedelta(minutes=20) < until:
        wall.at += timedelta(minutes=20)
        assert client.get("/room").status_code == 200
    wall.at = until
    assert client.get("/room").status_code == 303


def test_a_page_that_draws_itself_again_does_not_keep_a_session_from_ending(enter: Enter, wall: Wall) -> None:
    client = enter("viewer")
    for _ in range(4):
        wall.at += timedelta(minutes=7)
        assert client.get("/room", headers={"X-Room-Live": "1"}).status_code == 200
    wall.at += timedelta(minutes=7)
    assert client.get("/room").status_code == 303


def test_logging_out_ends_the_session_also_for_who_kept_the_cookie(enter: Enter) -> None:
    client = enter("viewer")
    token = client.cookies[COOKIE]
    assert staff.send(client, "/room/logout").status_code == 303
    again = TestClient(client.app, base_url=front.PUBLIC, follow_redirects=False, cookies={COOKIE: token})
    assert again.get("/room").status_code == 303


def test_a_new_password_ends_every_session_and_the_old_one_opens_nothing(enter: Enter) -> None:
    first, second = enter("viewer"), enter("viewer")
    new = "other words that nobody knows"
    changed = staff.send(first, "/room/account/password", now=staff.PASSWORD, new=new, again=new)
    assert changed.headers["location"] == "/room/login?done=password"
    assert [one.get("/room").status_code for one in (first, second)] == [303, 303]
    assert staff.log_in(first, "viewer").status_code == 401
    assert staff.log_in(first, "viewer", new).status_code == 303


@pytest.mark.parametrize(
    ("now", "new", "again"),
    [
        ("wrong wrong wrong", "other words that nobody knows", "other words that nobody knows"),
        (staff.PASSWORD, "other words that nobody knows", "and others again, quite different"),
        (staff.PASSWORD, "too short", "too short"),
        (staff.PASSWORD, "viewerviewerviewer", "viewerviewerviewer"),
    ],
)
def test_a_password_is_not_changed_for_less(enter: Enter, now: str, new: str, again: str) -> None:
    client = enter("viewer")
    refused = staff.send(client, "/room/account/password", now=now, new=new, again=again)
    assert refused.status_code == 422
    assert new not in refused.text
    assert client.get("/room").status_code == 200


def test_whoever_is_disabled_is_out_at_once(people: World, enter: Enter) -> None:
    client = enter("viewer")
    with writing(people.engine) as connection:
        keeping.disable(connection, "viewer", people.wall.now())
    assert client.get("/room").status_code == 303
    assert staff.log_in(client, "viewer").status_code == 401


def test_coming_in_being_refused_and_going_out_are_audited_without_what_was_typed(
    people: World, enter: Enter
) -> None:
    client = enter("viewer")
    staff.log_in(TestClient(client.app, base_url=front.PUBLIC), "viewer", "wrong wrong wrong")
    staff.send(client, "/room/logout")
    with reading(people.engine) as connection:
        found = entries(connection)
        kept = str(connection.execute(select(t.audit_entry)).all())
    assert [(one.account, one.what) for one in found] == [
        ("viewer", "logged_out"),
        ("viewer", "login_refused"),
        ("viewer", "logged_in"),
    ]
    assert "wrong" not in kept


def test_passwords_cost_what_rfc_9106_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    kept = passwords.hash_of(staff.PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.matches(kept, staff.PASSWORD)
    assert not passwords.matches(kept, staff.PASSWORD + " ")
    assert not passwords.matches(None, "nobody has this password")


def test_a_session_of_an_account_whose_roles_were_taken_may_no_more(people: World, enter: Enter) -> None:
    client = enter("operator")
    assert client.get("/room/contacts").status_code == 200
    with writing(people.engine) as connection:
        connection.execute(update(t.account).where(t.account.c.name == "operator").values(roles=["viewer"]))
    assert client.get("/room/contacts").status_code == 403
