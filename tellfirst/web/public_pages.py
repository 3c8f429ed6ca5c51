"""The pages and feeds that anybody may read, given out of memory.

Everybody looks at once when something breaks. So these doors stand before the app of the other pages and speak ASGI: an
answer that is kept costs no look into the books, no route and no template. The books are asked at most once a second
whether anything has changed; while they cannot be asked, what was last known is shown.
"""

import asyncio
import logging
import time
from collections.abc import Mapping

from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Receive, Scope, Send

from tellfirst.bootstrap import World
from tellfirst.domain.errors import Refused
from tellfirst.publishing.hearers import Memory
from tellfirst.publishing.published import Board
from tellfirst.web.answers import fault
from tellfirst.web.editions import Edition, Wanted, next_edition
from tellfirst.web.errors import say_no
from tellfirst.web.kept import Kept

log = logging.getLogger(__name__)
LOOK_EVERY = 1.0
"""Seconds between two questions whether the books have changed."""
PATHS = frozenset({"/", "/feed.atom", "/planned.ics", "/status.json"})
BELOW = ("/incident/", "/cap/")
"""The reference of an incident follows."""
_HEADERS = frozenset({b"accept-language", b"if-none-match", b"if-modified-since"})


class PublicPages:
    """Answers what is asked of PATHS and BELOW, and hands everything else to the app `behind`."""

    def __init__(self, world: World, behind: ASGIApp) -> None:
        self._world = world
        self._behind = behind
        self._memory = Memory()
        self._edition: Edition | None = None
        self._looked_at = 0.0
        self._looking = asyncio.Lock()
        self._making: dict[tuple[int, Wanted], asyncio.Task[Kept | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As any ASGI app. Raises what went wrong on our side, once it is answered."""
        if scope["type"] != "http" or not _is_ours(scope["path"]):
            await self._behind(scope, receive, send)
            return
        if scope["method"] not in ("GET", "HEAD"):
            refused = Refused("method_not_allowed", "this page is only read", 405)
            answer = say_no(self._world, scope, "a public page", refused)
            answer.headers["Allow"] = "GET, HEAD"
            await answer(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"] if name in _HEADERS}
        try:
            await self._give(scope, {name.decode(): value for name, value in headers.items()}, send)
        except Exception:  # the edge: the server logs it, the reader is told to come again
            await fault()(scope, receive, send)
            raise

    async def board(self) -> Board:
        """What is published now, for other pages that show it."""
        return (await self._current()).board

    async def _give(self, scope: Scope, request: Mapping[str, str], send: Send) -> None:
        edition = await self._current()
        query = scope["query_string"].decode("latin-1")
        wanted = edition.wanted(scope["path"], query, request.get("accept-language", ""))
        status, answer = 200, edition.answers.get(wanted) or await self._made(edition, wanted)
        if answer is None:
            # Whoever followed an old link sees at least how things stand.
            home = edition.wanted("/", query, request.get("accept-language", ""))
            found = edition.answers.get(home) or await self._made(edition, home)
            assert found is not None
            status, answer = 404, found
        if status == 200 and answer.holds(request):
            await send({"type": "http.response.start", "status": 304, "headers": answer.unchanged})
            await send({"type": "http.response.body"})
            return
        await send({"type": "http.response.start", "status": status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})

    async def _current(self) -> Edition:
        """The edition to answer from; one request looks for a newer one, the others go on with the last."""
        edition = self._edition
        if edition and (time.monotonic() - self._looked_at < LOOK_EVERY or self._looking.locked()):
            return edition
        async with self._looking:
            try:
                self._edition = await run_in_threadpool(
                    next_edition, self._world, self._edition, self._memory
                )
            except SQLAlchemyError as failure:
                if self._edition is None:
                    raise
                log.error(
                    "the status pages stay as they were: the books cannot be read (%s)",
                    type(failure).__name__,
                )
            self._looked_at = time.monotonic()
            assert self._edition is not None
            return self._edition

    async def _made(self, edition: Edition, wanted: Wanted) -> Kept | None:
        """Made once, however many ask for it at the same time."""
        key = (id(edition), wanted)
        if key not in self._making:
            task = asyncio.create_task(run_in_threadpool(edition.make, wanted))
            self._making[key] = task
            task.add_done_callback(lambda _done: self._making.pop(key, None))
        return await asyncio.shield(self._making[key])


def _is_ours(path: str) -> bool:
    return path in PATHS or path.startswith(BELOW)
