"""The page on which surveys are ended: looking changes nothing, one POST ends them (RFC 8058).

A mail reader posts here by itself, without cookies and without a person who would confirm; a scanner that opens
every link of a mail changes nothing.
"""

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from tellfirst.bootstrap import World
from tellfirst.domain.errors import NotFound, Refused
from tellfirst.notices.wording import language
from tellfirst.store.engine import reading, writing
from tellfirst.surveys.refusing import asked_by, refuse
from tellfirst.web.door import read_body
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
            return _page(here, "", "invalid", 404)
    return _page(here, asked.language, "done" if asked.has_refused else "ask")


@router.post("/u/{token}", response_class=HTMLResponse)
async def end(request: Request, token: str) -> HTMLResponse:
    """No survey leaves for this customer any more."""
    await read_body(request, FORM_LIMIT)
    return await run_in_threadpool(_end, request.app.state.world, token)


def _end(here: World, token: str) -> HTMLResponse:
    with writing(here.engine) as connection:
        try:
            asked = asked_by(connection, here.links.read_unsubscribe(token))
        except (NotFound, Refused):
            return _page(here, "", "invalid", 404)
        refuse(connection, asked.customer_id, "web", here.clock.now())
    return _page(here, asked.language, "done")


def _page(here: World, tag: str, state: str, status: int = 200) -> HTMLResponse:
    spoken = language(tag)
    words = here.templates.phrases(spoken).no_surveys
    return page(here, "no_surveys.html.j2", spoken, status, state=state, words=words, tongues=[])
