"""The survey page: looking changes nothing, sending counts once.

A mail has a link for each score. Such a link shows the score chosen and waits for one press of a button, because
scanners of mail open every link there is.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from tellfirst.bootstrap import World
from tellfirst.domain.errors import NotFound, Refused
from tellfirst.domain.survey import COMMENT_LENGTH, Score, SurveyKind
from tellfirst.domain.times import clock_face
from tellfirst.store.engine import reading, writing
from tellfirst.surveys.responding import Invitation, Standing, invitation, respond
from tellfirst.surveys.short_links import survey_of
from tellfirst.web.forms import form_of
from tellfirst.web.languages import of_stranger, same, spoken
from tellfirst.web.pages import page

router = APIRouter()
FORM_LIMIT = 16 * 1024
"""Bytes. A thousand letters fit in any script: a form spells each of three bytes in nine signs."""
_ANY = {str(score): score for score in SurveyKind.NPS.scores}
"""What may stand in a form, whatever the survey; whether it is one of its scores is seen once that is known."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the page shows, besides the invitation itself."""

    state: str
    chosen: int | None = None
    call_by: str = ""


async def _score(request: Request) -> Score:
    """The answer in the form. Raises Refused (422) for what is no score of any survey."""
    form = await form_of(request, FORM_LIMIT)
    if (value := _ANY.get(form.get("score", ""))) is None:
        raise _no_score(SurveyKind.CSAT)
    # A browser counts a line end as one sign and sends two.
    comment = form.get("comment", "").replace("\r\n", "\n").strip()
    return Score(value, comment[:COMMENT_LENGTH])


def _no_score(kind: SurveyKind) -> Refused:
    return Refused("no_score", f"choose a score from {kind.scores[0]} to {kind.scores[-1]}", 422)


@router.get("/s/{token}", response_class=HTMLResponse)
def ask(request: Request, token: str) -> HTMLResponse:
    """The question, or why it is no longer asked."""
    return _look(request, token, None)


@router.get("/s/{token}/{score}", response_class=HTMLResponse)
def ask_with(request: Request, token: str, score: str) -> HTMLResponse:
    """The same with this score chosen; a score there is not is none."""
    return _look(request, token, _ANY.get(score))


def _look(request: Request, token: str, chosen: int | None) -> HTMLResponse:
    here: World = request.app.state.world
    now = here.clock.now()
    with reading(here.engine) as connection:
        try:
            asked = invitation(connection, survey_of(connection, here.links, token, now), now)
        except (NotFound, Refused):
            return _invalid(request)
    state = "ask" if asked.standing is Standing.OPEN else str(asked.standing)
    return _page(request, token, asked, _Shown(state, chosen if chosen in asked.kind.scores else None))


@router.post("/s/{token}", response_class=HTMLResponse)
def take(request: Request, token: str, score: Annotated[Score, Depends(_score)]) -> HTMLResponse:
    """Keep the answer."""
    here: World = request.app.state.world
    now = here.clock.now()
    with writing(here.engine) as connection:
        try:
            asked = invitation(connection, survey_of(connection, here.links, token, now), now)
        except (NotFound, Refused):
            return _invalid(request)
        if score.value not in asked.kind.scores:
            raise _no_score(asked.kind)
        outcome = respond(connection, asked, score, "web", now)
    if outcome is not Standing.OPEN:
        return _page(request, token, asked, _Shown(str(outcome)))
    called = asked.asking.calls_back(score.value)
    call_by = clock_face(now + asked.asking.call_back_within, asked.zone, now) if called else ""
    return _page(request, token, asked, _Shown("thanks", call_by=call_by))


def _page(request: Request, token: str, asked: Invitation, shown: _Shown) -> HTMLResponse:
    here: World = request.app.state.world
    language = spoken(request, asked.language)
    phrases = here.templates.phrases(language)
    return page(
        here,
        "survey.html.j2",
        language,
        same=same(request.url.path) if request.method == "GET" else None,
        state=shown.state,
        chosen=shown.chosen,
        call_by=shown.call_by,
        words=phrases.survey,
        personal=phrases.personal,
        question=phrases.survey.asked(asked.kind),
        kind=str(asked.kind),
        scores=phrases.survey.labels(asked.kind),
        reference=asked.reference,
        place=asked.place,
        action=f"/s/{token}?lang={language}",
        own_page=here.personal_links.path(asked.delivery_id),
    )


def _invalid(request: Request) -> HTMLResponse:
    here: World = request.app.state.world
    language = of_stranger(request)
    words = here.templates.phrases(language).survey
    return page(here, "survey.html.j2", language, 404, state="invalid", words=words, own_page="")
