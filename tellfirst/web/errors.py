"""How this house says no: to programs as a problem (RFC 9457), to people as a page in their language.

Neither repeats what was sent. Whatever is raised below ends in one of the two, with the headers every answer has.
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import DataError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException as BareHTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Scope

from tellfirst.bootstrap import World
from tellfirst.domain.errors import Refused
from tellfirst.web.answers import fault, problem, refusal
from tellfirst.web.languages import wanted
from tellfirst.web.pages import page

log = logging.getLogger(__name__)
PAGE = "text/html"
PROGRAMS = ("application/json", "application/problem+json", "application/xml", "application/atom+xml")
PARTS_NAMED = 5
"""Of a body with many wrong fields so many are named."""
SENTENCES: Mapping[int, tuple[str, str]] = {
    400: ("malformed", "the request cannot be read"),
    401: ("not_known", "say who you are"),
    403: ("not_yours", "this is not yours to do"),
    404: ("not_found", "there is nothing at this address"),
    405: ("method_not_allowed", "this address takes other methods; see the header `Allow`"),
    413: ("body_too_large", "the body is too large; send it in parts"),
    415: ("wrong_media_type", "this address takes another kind of body"),
    422: ("wrong_shape", "the body or the address has not the shape that is taken here"),
    429: ("too_often", "wait before you try again; see the header `Retry-After`"),
    503: ("not_now", "this cannot be done now; try again"),
}
WORDS: Mapping[int, str] = {
    401: "not_yours",
    403: "not_yours",
    404: "not_found",
    405: "not_found",
    413: "too_large",
    429: "too_often",
}
"""Which sentence of a word list a person reads; by default that it was not understood, or from 500 on our fault."""


def answer_errors(app: FastAPI) -> None:
    """Have `app` answer whatever is raised in it. Its world must stand in its state."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(BareHTTPException, _http)
    app.add_exception_handler(RequestValidationError, _wrong_shape)
    app.add_exception_handler(ClientDisconnect, _gone)
    for kind in (DataError, OverflowError, UnicodeEncodeError):
        app.add_exception_handler(kind, _cannot_be_kept)
    app.add_exception_handler(Exception, _failed)


def say_no(here: World, scope: Scope, door: str, refused: Refused) -> Response:
    """`refused` as whoever asked can read it; `door` is where, for the log."""
    answer = refusal(door, refused)
    if not wants_page(Headers(scope=scope).get("accept", "")):
        return answer
    shown = _page(here, scope, refused.status)
    for name in ("retry-after", "allow"):
        if name in answer.headers:
            shown.headers[name] = answer.headers[name]
    return shown


def wants_page(accept: str) -> bool:
    """Whether a person's browser asks: it names pages, and no format of programs before them (RFC 9110, 12.5.1)."""
    weights = dict(_weight(part) for part in accept.lower().split(","))
    programs = max((weights.get(kind, 0.0) for kind in PROGRAMS), default=0.0)
    return weights.get(PAGE, 0.0) > programs


def _weight(part: str) -> tuple[str, float]:
    kind, _, rest = part.partition(";")
    _, _, weight = rest.partition("q=")
    try:
        return kind.strip(), float(weight) if weight else 1.0
    except ValueError:
        return kind.strip(), 0.0


def _page(here: World, scope: Scope, status: int) -> Response:
    language = wanted({}, Headers(scope=scope).get("accept-language", ""))
    words = here.templates.phrases(language).errors
    usual = "our_fault" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "not_understood"
    sentence = getattr(words, WORDS.get(status, usual))
    return page(here, "error.html.j2", language, status, words=words, sentence=sentence)


def _door(request: Request) -> str:
    """Where it was, without what a stranger wrote into the address; a carrier of ours is named."""
    here: World = request.app.state.world
    carrier = request.path_params.get("carrier", "")
    if route := request.scope.get("route"):
        path = str(route.path)
        return path.replace("{carrier}", carrier) if carrier in here.fleet.names else path
    return "?"


async def _refused(request: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused)
    return say_no(request.app.state.world, request.scope, _door(request), refused)


async def _http(request: Request, raised: Exception) -> Response:
    """What the framework raises by itself: no such route, no such method, a body that is no JSON."""
    assert isinstance(raised, HTTPException | BareHTTPException)
    carried = dict(raised.headers or {})
    status = raised.status_code
    if status < HTTPStatus.BAD_REQUEST:
        return Response(status_code=status, headers=carried)
    if wants_page(request.headers.get("accept", "")):
        answer = _page(request.app.state.world, request.scope, status)
    else:
        title, sentence = SENTENCES.get(status, ("refused", HTTPStatus(status).phrase.lower()))
        usual = raised.detail in ("", HTTPStatus(status).phrase) or not isinstance(raised.detail, str)
        answer = problem(title, sentence if usual else raised.detail, status)
    answer.headers.update(carried)
    return answer


async def _wrong_shape(request: Request, raised: Exception) -> Response:
    """Which fields, and what of them is wrong; never what they hold."""
    assert isinstance(raised, RequestValidationError)
    found = [
        f"{'.'.join(str(part)[:40] for part in one['loc'])}: {one['msg']}"
        for one in raised.errors()[:PARTS_NAMED]
    ]
    return await _refused(request, Refused("wrong_shape", "; ".join(found), 422))


async def _cannot_be_kept(request: Request, raised: Exception) -> Response:
    """Half a surrogate pair, NUL, a number beyond 64 bits: read, and nothing that a database can hold."""
    log.warning("refused at %s: %s", _door(request), type(raised).__name__)
    sentence = "it holds a sign or a number that cannot be kept"
    return await _refused(request, Refused("cannot_be_kept", sentence, 422))


async def _gone(_request: Request, _raised: Exception) -> Response:
    """Nobody waits for an answer any more, and nothing was kept; the status is for whoever reads along."""
    return problem("gone", "the request ended before its body did", 400)


async def _failed(request: Request, _raised: Exception) -> Response:
    """Ours. The server logs what it was."""
    if not wants_page(request.headers.get("accept", "")):
        return fault()
    try:
        return _page(request.app.state.world, request.scope, 500)
    except Exception:  # the edge: what failed may be what pages are made of
        log.exception("the page that says so failed too")
        return fault()
