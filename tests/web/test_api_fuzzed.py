"""schemathesis over every operation the app describes: whatever it generates, nothing is our fault."""

import time
from contextlib import suppress
from typing import Any

import asked
import bearing
import front
import pytest
import room_staff as staff
import schemathesis
import walk
from fastapi.openapi.utils import get_openapi
from front import PUBLIC, TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.generation.modes import GenerationMode
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from tellfirst.bootstrap import World
from tellfirst.web.app import create_app, make_ready

story = asked.story
DESCRIBED = "/api/openapi.json"
EVERY_ROUTE = "/every-route.json"
SECONDS = 60
"""For all operations together; each has its share, and none is left out."""
EACH = 12


class Described:
    """The app with its own description, or one made of its routes while it gives none."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        pages = walk.pages(app)
        self._made = get_openapi(title="tellfirst", version="0", routes=pages.routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            # Each request comes with a beginning and an end of its own, and the inbox has but one loop.
            for kind in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{kind}.complete"})
        elif scope["path"] == EVERY_ROUTE:
            await JSONResponse(self._made)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


@pytest.fixture
def app(world: World, nobody_held_back: None) -> Described:
    make_ready(world)
    return Described(create_app(world))


@pytest.fixture
def credentials(world: World) -> dict[str, str]:
    """By the description of an app, of somebody who may do everything there: without them nothing but 401 is tried."""
    staff.hire(world.engine)
    return {
        EVERY_ROUTE: f"Bearer {front.TOKEN}",
        DESCRIBED: f"Bearer {bearing.token_of(world, staff.BOTH)}",
    }


def test_whatever_the_schema_allows_and_what_it_forbids_is_no_fault_of_ours(
    app: Described, credentials: dict[str, str]
) -> None:
    tried = {}
    for address in _descriptions(app):
        schema = schemathesis.openapi.from_asgi(address, app)
        operations = [found.ok() for found in schema.get_all_operations()]
        until = time.monotonic() + SECONDS
        for number, operation in enumerate(operations):
            share = (until - time.monotonic()) / (len(operations) - number)
            tried[operation.label] = _try(operation, {"Authorization": credentials[address]}, share)
    # At an address without parameters there is one thing to ask.
    assert min(tried.values()) >= 1
    assert max(tried.values()) >= EACH
    assert {label.partition(" ")[2] for label in tried} >= {"/affected", "/s/{token}", "/signals/{source}"}


def _descriptions(app: Described) -> list[str]:
    client = TestClient(app, base_url=PUBLIC)
    own = [DESCRIBED] if client.get(DESCRIBED).status_code == 200 else []
    return [EVERY_ROUTE, *own]


def _try(operation: Any, credentials: dict[str, str], seconds: float) -> int:
    """How many requests were made. One that is our fault fails the test where it happens."""
    until, made = time.monotonic() + seconds, 0
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        strategy = operation.as_strategy(generation_mode=mode)

        @settings(
            max_examples=EACH, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=strategy)
        def once(case: Any) -> None:
            nonlocal made
            if made >= 3 and time.monotonic() > until:
                return
            made += 1
            # What it has made up itself would come before what is given to the call.
            case.headers = {**(case.headers or {}), **credentials}
            answer = case.call()
            assert answer.status_code != 401 or not operation.path.startswith("/v1"), operation.label
            assert answer.status_code < 500 or answer.status_code == 503, case.as_curl_command()
            if answer.status_code >= 400:
                kind = answer.headers["content-type"][0]
                assert "json" in kind or "html" in kind, (operation.label, kind)

        # Where there is nothing that the schema forbids, nothing can be made.
        with suppress(Unsatisfiable):
            once()
    return made
