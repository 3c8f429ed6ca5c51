"""The page on which surveys are ended: looking changes nothing, one POST ends them (RFC 8058).

A mail reader posts here by itself, without cookies and without a person who would confirm; a scanner that opens
every link of a mail changes nothing.
"""

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from tellfirst.bootstrap import World
from tellfirst.domain.errors import NotFound, Refused
from tellfirst.store.engine import reading, writing
from tellfirst.surveys.refusing import Asked, asked_by, refuse
from tellfirst.web.door import read_body
from tellfirst.web.languages import of_stranger, same, spoken
from tellfirst.web.pages import page

router = APIRouter()
FORM_LIMIT = 4 * 1024
"""Bytes. RFC 8058 asks for one field; what it holds changes nothing."""


@router.get("/u/{token}", response_class=HTMLResponse)
def look(request: Request, token: str) -> HTMLResponse:
    """Whether to end surveys, or that they have ended."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        try:
            asked = asked_by(connection, here.links.read_unsubscribe(token))
        except (NotFound, Refused):
            return _invalid(request)
    return _page(request, asked, "done" if asked.has_refused else "ask")


@router.post("/u/{token}", response_class=HTMLResponse)
async def end(request: Request, token: str) -> HTMLResponse:
    """No survey leaves for this customer any more."""
    await read_body(request, FORM_LIMIT)
    return await run_in_threadpool(_end, request, token)


def _end(request: Request, token: str) -> HTMLResponse:
    here: World = request.app.state.world
    with writing(here.engine) as connection:
        try:
            asked = asked_by(connection, here.links.read_unsubscribe(token))
        except (NotFound, Refused):
            return _invalid(request)
        refuse(connection, asked.customer_id, "web", here.clock.now())
    return _page(request, asked, "done")


def _page(request: Request, asked: Asked, state: str) -> HTMLResponse:
    here: World = request.app.state.world
    language = spoken(request, asked.language)
    words = here.templates.phrases(language).no_surveys
    return page(here, "no_surveys.html.j2", language, same=same(request.url.path), state=state, words=words)


def _invalid(request: Request) -> HTMLResponse:
    here: World = request.app.state.world
    language = of_stranger(request)
    words = here.templates.phrases(language).no_surveys
    return page(here, "no_surveys.html.j2", language, 404, state="invalid", words=words)
