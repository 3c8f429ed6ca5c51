"""The survey page: looking changes nothing, sending counts once."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse

from tellfirst.bootstrap import World
from tellfirst.domain.errors import NotFound, Refused
from tellfirst.domain.occasion import Locale
from tellfirst.domain.survey import COMMENT_LENGTH, SCORES, Score
from tellfirst.store.engine import reading, writing
from tellfirst.surveys.responding import Invitation, Standing, invitation, respond
from tellfirst.web.pages import page

router = APIRouter()


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
def take(
    request: Request,
    token: str,
    score: Annotated[int, Form(ge=SCORES.start, lt=SCORES.stop)],
    comment: Annotated[str, Form(max_length=COMMENT_LENGTH)] = "",
) -> HTMLResponse:
    """Keep the answer."""
    here: World = request.app.state.world
    now = here.clock.now()
    with writing(here.engine) as connection:
        try:
            asked = invitation(connection, here.links.read(token), now)
        except (NotFound, Refused):
            return _invalid(here)
        outcome = respond(connection, asked, Score(score, comment.strip()), "web", now)
    return _page(here, asked, "thanks" if outcome is Standing.OPEN else outcome)


def _page(here: World, asked: Invitation, state: str) -> HTMLResponse:
    language = Locale(asked.language) if asked.language in set(Locale) else Locale.ENGLISH
    return page(
        here,
        "survey.html.j2",
        language,
        state=state,
        words=here.templates.phrases(language).survey,
        reference=asked.reference,
        place=asked.place,
    )


def _invalid(here: World) -> HTMLResponse:
    words = here.templates.phrases(Locale.ENGLISH).survey
    return page(here, "survey.html.j2", Locale.ENGLISH, 404, state="invalid", words=words)
