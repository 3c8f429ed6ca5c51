"""The survey page: looking changes nothing, sending counts once."""

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field, ValidationError

from tellfirst.bootstrap import World
from tellfirst.domain.errors import NotFound, Refused
from tellfirst.domain.occasion import Locale
from tellfirst.domain.survey import COMMENT_LENGTH, SCORES, Score
from tellfirst.notices.wording import language
from tellfirst.store.engine import reading, writing
from tellfirst.surveys.responding import Invitation, Standing, invitation, respond
from tellfirst.web.door import read_body
from tellfirst.web.pages import page

router = APIRouter()
FORM_LIMIT = 16 * 1024
"""Bytes. A thousand letters fit in any script: a form spells each of three bytes in nine signs."""


class Answer(BaseModel):
    """The form of the page."""

    score: int = Field(ge=SCORES.start, lt=SCORES.stop)
    comment: str = ""


async def _score(request: Request) -> Score:
    """The answer in the form. Read by our own door: the framework's would take a body without end."""
    form = dict(parse_qsl((await read_body(request, FORM_LIMIT)).decode(errors="replace")))
    try:
        answer = Answer.model_validate(form)
    except ValidationError:
        raise Refused("no_score", f"choose a score from {SCORES[0]} to {SCORES[-1]}", 422) from None
    # A browser counts a line end as one sign and sends two.
    comment = answer.comment.replace("\r\n", "\n").strip()
    return Score(answer.score, comment[:COMMENT_LENGTH])


@router.get("/s/{token}", response_class=HTMLResponse)
def ask(request: Request, token: str) -> HTMLResponse:
    """The question, or why it is no longer asked."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        try:
            asked = invitation(connection, here.links.read(token), here.clock.now())
        except (NotFound, Refused):
            return _invalid(here)
    return _page(here, asked, "ask" if asked.standing is Standing.OPEN else asked.standing)


@router.post("/s/{token}", response_class=HTMLResponse)
def take(request: Request, token: str, score: Annotated[Score, Depends(_score)]) -> HTMLResponse:
    """Keep the answer."""
    here: World = request.app.state.world
    now = here.clock.now()
    with writing(here.engine) as connection:
        try:
            asked = invitation(connection, here.links.read(token), now)
        except (NotFound, Refused):
            return _invalid(here)
        outcome = respond(connection, asked, score, "web", now)
    return _page(here, asked, "thanks" if outcome is Standing.OPEN else outcome)


def _page(here: World, asked: Invitation, state: str) -> HTMLResponse:
    spoken = language(asked.language)
    return page(
        here,
        "survey.html.j2",
        spoken,
        state=state,
        words=here.templates.phrases(spoken).survey,
        reference=asked.reference,
        place=asked.place,
    )


def _invalid(here: World) -> HTMLResponse:
    words = here.templates.phrases(Locale.ENGLISH).survey
    return page(here, "survey.html.j2", Locale.ENGLISH, 404, state="invalid", words=words)
