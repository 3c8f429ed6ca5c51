"""People of the control room, and the few moves they make in a browser."""

import re
from typing import Any

from front import TestClient
from httpx import Response
from sqlalchemy import Engine

from tellfirst.accounts import keeping
from tellfirst.accounts.passwords import hash_of
from tellfirst.domain.account import Role
from tellfirst.domain.times import SystemClock
from tellfirst.store.engine import writing

PASSWORD = "several words that nobody knows"
BOTH = "asha"
"""Operator and approver."""
NAMES = {role.value: {role} for role in Role} | {BOTH: {Role.OPERATOR, Role.APPROVER}}


def hire(engine: Engine) -> None:
    hashed = hash_of(PASSWORD)
    with writing(engine) as connection:
        for name, roles in NAMES.items():
            keeping.add(connection, name, hashed, roles, SystemClock().now())


def csrf_in(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found, page[:2_000]
    return found[1]


def log_in(client: TestClient, name: str, password: str = PASSWORD, next: str = "/room") -> Response:
    form = client.get("/room/login", params={"next": next})
    fields = {"csrf": csrf_in(form.text), "name": name, "password": password, "next": next}
    answer: Response = client.post("/room/login", data=fields)
    return answer


def send(client: TestClient, path: str, **fields: Any) -> Response:
    """A form of a page of this session."""
    csrf = csrf_in(client.get("/room/account").text)
    answer: Response = client.post(path, data={"csrf": csrf, **fields})
    return answer
