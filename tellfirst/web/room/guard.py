"""Who is at the door: the session of a request, the right it must have, and the form it may send."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

from fastapi import Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from tellfirst.accounts import sessions
from tellfirst.accounts.sessions import Session, csrf_of
from tellfirst.bootstrap import World
from tellfirst.domain.account import LASTS_FOR, Right
from tellfirst.domain.audit import Actor, Through
from tellfirst.domain.errors import LostRace, NotFound, Refused, RuleBroken
from tellfirst.web.door import read_body
from tellfirst.web.room.drawing import room_page, words

FORM_LIMIT = 16 * 1024
"""Bytes. Four notes of 300 letters fit in any script."""
LIVE = "x-room-live"
"""A page that looks by itself says so: that is no use of the session."""
_INSIDE = re.compile(r"/room(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")


Before = Annotated[int | None, Query(ge=1, le=2**53)]
"""A place in a list that runs backwards."""


class NotLoggedIn(Exception):
    """Nobody, or somebody whose session has ended."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A form of somebody who may send it; a name given several times has several values."""

    session: Session
    pairs: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        """The last value of a name, without spaces around it; empty when it is not there."""
        return next((value.strip() for key, value in reversed(self.pairs) if key == name), "")

    def all(self, name: str) -> list[str]:
        """Every value of a name that says something."""
        return [value.strip() for key, value in self.pairs if key == name and value.strip()]

    @property
    def actor(self) -> Actor:
        return Actor(self.session.account.name, Through.ROOM)


class Looking:
    """For whoever looks: a session whose account has `right`."""

    def __init__(self, right: Right | None) -> None:
        """None: any account."""
        self.right = right

    def __call__(self, request: Request) -> Session:
        """Raises NotLoggedIn, and Refused (403) without the right."""
        here: World = request.app.state.world
        uses = LIVE not in request.headers
        session = sessions.find(here.engine, cookie_of(request), here.wall.now(), uses=uses)
        if session is None:
            raise NotLoggedIn
        if self.right is not None and not session.account.may(self.right):
            raise Refused("not_allowed", words(here.settings.templates)["error_forbidden"], 403)
        return session


class Posting:
    """For whoever sends a form: the same, and the form must come from a page of this very session."""

    def __init__(self, right: Right | None, limit: int = FORM_LIMIT) -> None:
        """`limit`: bytes of the form."""
        self.right = right
        self._limit = limit
        self._look = Looking(right)

    async def __call__(self, request: Request) -> Posted:
        """Raises NotLoggedIn, and Refused: 403 without the right or with a form of elsewhere, 413 over the limit."""
        session = await run_in_threadpool(self._look, request)
        pairs = await form_pairs(request, self._limit)
        check_form(request, dict(pairs).get("csrf", ""), session.token)
        return Posted(session, pairs)


async def form_pairs(request: Request, limit: int = FORM_LIMIT) -> tuple[tuple[str, str], ...]:
    """Read by our own door: the framework's would take a body without end. Raises Refused (413)."""
    body = (await read_body(request, limit)).decode(errors="replace")
    try:
        pairs = parse_qsl(body, keep_blank_values=True, max_num_fields=400)
    except ValueError:
        raise Refused("bad_form", "this form has too many fields", 422) from None
    return tuple((name, value.replace("\0", "")) for name, value in pairs)


def check_form(request: Request, given: str, token: str) -> None:
    """Raises Refused (403) for a form that no page of ours with this token has sent."""
    here: World = request.app.state.world
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "same-origin")
    elsewhere = site not in ("same-origin", "none") or (origin not in (None, *_ours(request, here)))
    if elsewhere or not token or not sessions.same(given, csrf_of(token)):
        raise Refused("foreign_form", words(here.settings.templates)["error_form"], 403)


def cookie_name(here: World) -> str:
    """`__Host-`: browsers take it over TLS alone, for this host alone (RFC 6265bis, 4.1.3.2)."""
    return "__Host-tellfirst-room" if _is_secure(here) else "tellfirst-room"


def cookie_of(request: Request) -> str:
    """The token that the browser brings; empty without one."""
    return request.cookies.get(cookie_name(request.app.state.world), "")


def set_cookie(here: World, response: Response, token: str) -> None:
    """For this site's own requests alone and for no script; it ends with the session."""
    response.set_cookie(
        cookie_name(here),
        token,
        max_age=int(LASTS_FOR.total_seconds()),
        path="/",
        secure=_is_secure(here),
        httponly=True,
        samesite="strict",
    )


def drop_cookie(here: World, response: Response) -> None:
    """The browser forgets it."""
    response.delete_cookie(
        cookie_name(here), path="/", secure=_is_secure(here), httponly=True, samesite="strict"
    )


def inside(path: str) -> str:
    """A page of the room to go on to; the front for anything else, so that nobody is sent elsewhere."""
    return path if len(path) <= 200 and _INSIDE.fullmatch(path) else "/room"


class RoomRoute(APIRoute):
    """Whatever is refused in the room is said on a page of the room, with its status."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle: Any = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                refuse_nul(request)
                response: Response = await handle(request)
            except NotLoggedIn:
                return RedirectResponse(f"/room/login?next={inside(request.url.path)}", 303)
            except Refused as refused:
                return _refused(request, str(refused), refused.status)
            except RequestValidationError:
                return _refused(request, "this address says something that cannot be", 422)
            except NotFound as unknown:
                return _refused(request, str(unknown), 404)
            except RuleBroken as broken:
                return _refused(request, str(broken), 422)
            except LostRace as lost:
                return _refused(request, str(lost), 409)
            return response

        return handled


def refuse_nul(request: Request) -> None:
    """Raises Refused (404): no database keeps that sign in a text, and nothing of ours is called so."""
    if "\0" in request.scope["path"] or b"%00" in request.scope["query_string"]:
        raise Refused("no_such_page", "there is nothing of that name", 404)


def _refused(request: Request, sentence: str, status: int) -> Response:
    return room_page(request.app.state.world, "refused", None, status, sentence=sentence)


def _is_secure(here: World) -> bool:
    return here.settings.web_url.startswith("https://")


def _ours(request: Request, here: World) -> tuple[str, ...]:
    configured = urlsplit(here.settings.web_url)
    return f"{configured.scheme}://{configured.netloc}", f"{request.url.scheme}://{request.url.netloc}"
