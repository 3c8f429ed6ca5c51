"""A request that is sent again is done once (draft-ietf-httpapi-idempotency-key-header)."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy import Row, delete, select, update
from starlette.background import BackgroundTask

from tellfirst.bootstrap import World
from tellfirst.domain.errors import Refused
from tellfirst.store.engine import writing
from tellfirst.store.inserting import insert_into
from tellfirst.store.tables import api_answer
from tellfirst.waking import nudge
from tellfirst.web.api.bearer import Caller
from tellfirst.web.api.models import Done

Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=100,
        pattern=r"^[\x21-\x7e]*$",
        description="Of your own making, another one for each request; sent again with it, it is done once.",
    ),
]
KEPT_FOR = timedelta(hours=24)
Doing = Callable[[], tuple[Done, tuple[str, ...]]]


def once(request: Request, caller: Caller, key: str, asked: BaseModel | None, do: Doing) -> JSONResponse:
    """The answer of `do`, which says what was done and which incidents are due by it; with a key that was seen,
    the answer it had.

    Raises Refused: 422 for a key that belongs to another request, 409 while that one goes on. What is refused
    leaves the key free.
    """
    here: World = request.app.state.world
    if key and (before := _begin(here, caller, key, _digest(request, asked))) is not None:
        return JSONResponse(before.body, before.status, {"Idempotency-Replayed": "true"})
    try:
        done, due = do()
    except Exception:
        # Nothing was committed: an act is one transaction.
        _forget(here, caller, key)
        raise
    body = done.model_dump(mode="json")
    _keep(here, caller, key, body)
    request.app.state.counter.forget()
    return JSONResponse(body, background=BackgroundTask(nudge, here, list(due)) if due else None)


def _begin(here: World, caller: Caller, key: str, digest: str) -> Row[Any] | None:
    a, now = api_answer, here.wall.now()
    mine = (a.c.account_id == caller.account.id, a.c.key == key)
    with writing(here.engine) as connection:
        connection.execute(delete(a).where(a.c.at < now - KEPT_FOR))
        row = {"account_id": caller.account.id, "key": key, "request_hash": digest, "at": now}
        written = insert_into(connection, a).values(**row).on_conflict_do_nothing().returning(a.c.key)
        if connection.scalar(written) is not None:
            return None
        known = connection.execute(select(a).where(*mine)).one()
    if known.request_hash != digest:
        raise Refused("key_reused", "this Idempotency-Key belongs to another request; make a new one", 422)
    if known.status is None:
        raise Refused(
            "under_way",
            "the request with this Idempotency-Key has not ended; look at the incident before you send another",
            409,
        )
    return known


def _keep(here: World, caller: Caller, key: str, body: dict[str, Any]) -> None:
    if key:
        a = api_answer
        mine = (a.c.account_id == caller.account.id, a.c.key == key)
        with writing(here.engine) as connection:
            connection.execute(update(a).where(*mine).values(status=200, body=body))


def _forget(here: World, caller: Caller, key: str) -> None:
    if key:
        a = api_answer
        with writing(here.engine) as connection:
            connection.execute(delete(a).where(a.c.account_id == caller.account.id, a.c.key == key))


def _digest(request: Request, asked: BaseModel | None) -> str:
    said = json.dumps(asked.model_dump(mode="json") if asked else None, sort_keys=True)
    return hashlib.sha256(f"{request.method} {request.url.path} {said}".encode()).hexdigest()
