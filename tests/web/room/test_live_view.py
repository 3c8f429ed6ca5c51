"""The live view: it says that something changed, holds nothing meanwhile, and ends."""

import json
from collections.abc import Callable

import pytest
import room_staff as staff
import room_story as outage
import walk
from front import TestClient
from sqlalchemy import insert

from tellfirst.bootstrap import World
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.web.app import create_app
from tellfirst.web.room import live
from tellfirst.web.room.live import Live


def _share(client: TestClient, shared: Live) -> Live:
    """Let the app of this browser use this live view."""
    walk.pages(client.app).state.live = shared
    return shared


Enter = Callable[[str], TestClient]
story = outage.story


def _marks(stream: str) -> list[dict[str, object]]:
    return [
        json.loads(line.removeprefix("data: ")) for line in stream.splitlines() if line.startswith("data: ")
    ]


@pytest.fixture
def short(enter: Enter, people: World) -> TestClient:
    """A live view that lasts half a second."""
    client = enter("viewer")
    _share(client, Live(people, lasts=0.5, look_every=0.05))
    return client


def test_it_is_a_stream_of_events_that_ends_by_itself(short: TestClient) -> None:
    answer = short.get("/room/live")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.startswith("retry: 3000\n\n")
    [mark] = _marks(answer.text)
    assert (mark["now"], mark["late_count"]) == ("2026-11-22T03:46:00+00:00", 2)


def test_it_holds_no_customer_and_no_incident(short: TestClient) -> None:
    text = short.get("/room/live").text
    assert [word for word in (outage.FIRST, "C1", "Miyapur", "+91") if word in text] == []


def test_something_that_happens_is_another_mark(people: World) -> None:
    shared = Live(people, look_every=0.0)
    before = shared.look()
    assert shared.look().changed == before.changed
    with writing(people.engine) as connection:
        connection.execute(
            insert(t.incident_entry).values(
                *(), incident_id=1, at=outage.T0, topic="word", reason="update", actor="asha", details={}
            )
        )
    assert shared.look().changed != before.changed


def test_however_many_look_the_database_is_asked_once(people: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    genuine = live.due_next
    monkeypatch.setattr(live, "due_next", lambda *it: (asked.append(1), genuine(*it))[1])
    shared = Live(people, look_every=60)
    assert len({shared.look() for _ in range(20)}) == 1
    assert asked == [1]


def test_whoever_logs_out_elsewhere_sees_nothing_more(enter: Enter, people: World) -> None:
    client = enter("viewer")
    shared = _share(client, Live(people, lasts=30.0, look_every=0.05))
    look = shared.look

    def out_after_the_first() -> live.Mark:
        with writing(people.engine) as connection:
            connection.execute(t.room_session.delete())
        return look()

    shared.look = out_after_the_first  # type: ignore[method-assign]
    assert len(_marks(client.get("/room/live").text)) == 1


def test_too_many_streams_are_refused_and_closed_ones_count_no_more(
    short: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared: Live = walk.pages(short.app).state.live
    short.get("/room/live")
    assert shared.open_count == 0
    shared.open_count = live.AT_ONCE
    assert short.get("/room/live").status_code == 503


def test_nobody_looks_without_a_session(people: World) -> None:
    client = TestClient(create_app(people), follow_redirects=False)
    assert client.get("/room/live").status_code == 303


def test_the_live_view_is_for_every_role(people: World, enter: Enter) -> None:
    for name in staff.NAMES:
        client = enter(name)
        _share(client, Live(people, lasts=0.1, look_every=0.05))
        assert client.get("/room/live").status_code == 200
