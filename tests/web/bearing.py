"""Programs that hold a token of an account."""

from typing import Any

import front
import room_staff as staff
from front import TestClient

from tellfirst.accounts import keeping, tokens
from tellfirst.bootstrap import World
from tellfirst.store.engine import writing


def token_of(world: World, name: str) -> str:
    """A new one, that lasts."""
    with writing(world.engine) as connection:
        it = keeping.by_name(connection, name)
        return tokens.make(connection, it, "tests", world.wall.now(), None)[1]


def program(app: Any, world: World, name: str = staff.BOTH) -> TestClient:
    headers = {"Authorization": f"Bearer {token_of(world, name)}"}
    return TestClient(app, base_url=front.PUBLIC, headers=headers, follow_redirects=False)
