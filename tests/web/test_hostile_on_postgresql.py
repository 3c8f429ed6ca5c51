"""What PostgreSQL keeps less of than SQLite: NUL in a text, numbers beyond 64 bits. Refused, and never our fault."""

from pathlib import Path

import front
import hyderabad
import pytest
import walk
from front import PUBLIC, TestClient
from sqlalchemy import Engine

from tellfirst.bootstrap import World
from tellfirst.store.stepped_clock import SteppedClock
from tellfirst.web.app import create_app


@pytest.mark.usefixtures("nobody_held_back")
def test_no_address_with_a_sign_it_cannot_keep_is_our_fault(
    postgresql_engine: Engine, tmp_path: Path
) -> None:
    SteppedClock(postgresql_engine).set(hyderabad.T0)
    url = postgresql_engine.url.render_as_string(hide_password=False)
    world = World(front.settings(tmp_path).model_copy(update={"database_url": url}))
    statuses = {}
    with TestClient(create_app(world), base_url=PUBLIC) as doors:
        for way in walk.ways(doors.app):
            for value in ("%00", "a%00b", "%ED%A0%80", "9" * 30):
                path = walk.filled(way.template, value)
                answer = doors.request(
                    way.method,
                    f"{path}?q={value}",
                    data={"q": "\x00"},
                    headers={"Authorization": f"Bearer {front.TOKEN}"},
                )
                statuses[f"{way.method} {path}"] = answer.status_code
    world.engine.dispose()
    assert {way: status for way, status in statuses.items() if status >= 500 and status != 503} == {}
    assert statuses["GET /reviews/%00"] == 422
