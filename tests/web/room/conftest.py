"""The control room of an afternoon: an outage that was told, a customer nobody reached, and people with each role."""

from collections.abc import Callable, Iterator

import front
import pytest
import room_staff as staff
from argon2 import PasswordHasher
from front import TestClient

from tellfirst.accounts import passwords
from tellfirst.bootstrap import World
from tellfirst.web.app import create_app


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id with as little work as it takes: what it costs has a test of its own."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobodys.cache_clear()


@pytest.fixture
def people(world: World) -> World:
    """The world with one account for each role, named like it, and one who is operator and approver."""
    staff.hire(world.engine)
    return world


Enter = Callable[[str], TestClient]


@pytest.fixture
def enter(people: World) -> Iterator[Enter]:
    """A browser of the account with this name, logged in."""
    app = create_app(people)
    opened: list[TestClient] = []

    def come_in(name: str) -> TestClient:
        client = TestClient(app, base_url=front.PUBLIC, follow_redirects=False)
        staff.log_in(client, name)
        opened.append(client)
        return client

    yield come_in
    for one in opened:
        one.close()
