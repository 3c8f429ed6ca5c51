"""Am I affected? By a number, to which a code goes, or by a place.

What a stranger learns by a number they do not hold is nothing: every number gets the same answer in the same time, and
what is done about it is done afterwards.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from sqlalchemy.exc import SQLAlchemyError

from tellfirst.bootstrap import World
from tellfirst.contacts.affected import asking
from tellfirst.contacts.affected.codes import network_of, whole_number
from tellfirst.contacts.affected.places import at_place
from tellfirst.contacts.affected.standing import Affected, Standing, note_told, standing
from tellfirst.domain.errors import Refused
from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import Locale
from tellfirst.domain.one_time_code import WITHIN, Limits
from tellfirst.publishing.addresses import OnTheSite
from tellfirst.publishing.cards import Scribe, next_word
from tellfirst.publishing.moments import Clock
from tellfirst.publishing.published import Board, Phase
from tellfirst.publishing.said import Said, worded
from tellfirst.store.engine import reading, writing
from tellfirst.web.door import read_body
from tellfirst.web.languages import of_stranger, same, wanted

router = APIRouter()
log = logging.getLogger(__name__)
LIMITS = Limits()
FORM_LIMIT = 4 * 1024
"""Bytes."""
PLACE_LENGTH = 80
SEND_AFTER = 0.5
"""Seconds after the answer; so nothing that is done for a known number can be heard in it."""
NUMBER_IS_WRONG, TOO_MANY, CODE_IS_WRONG = "bad_number", "too_many", "wrong"


@dataclass(frozen=True, slots=True)
class Form:
    """What was filled in, and in which language."""

    language: Locale
    values: dict[str, str]


@router.get("/affected", response_class=HTMLResponse)
async def look(request: Request) -> HTMLResponse:
    """The two questions; with `place`, what is known of it."""
    here: World = request.app.state.world
    language = of_stranger(request)
    place = " ".join(request.query_params.get("place", "").split())[:PLACE_LENGTH]
    if not place:
        return _page(here, language, same=same(request.url.path))
    board: Board = await request.app.state.public_pages.board()
    return await run_in_threadpool(_of_place, here, board, place, language)


@router.post("/affected", response_class=HTMLResponse)
async def ask(request: Request) -> HTMLResponse:
    """Takes the number, and says the same whatever it is."""
    here: World = request.app.state.world
    form = await _form(request)
    number = whole_number(form.values.get("number", "")[:40])
    if number is None:
        return _page(here, form.language, 422, fault=NUMBER_IS_WRONG)
    network = network_of(request.client.host if request.client else "")
    try:
        asked = await run_in_threadpool(_ask, here, number, network)
    except Refused as refused:
        log.warning("no code: %s", refused.reason)
        answer = _page(here, form.language, 429, fault=TOO_MANY)
        answer.headers["Retry-After"] = str(int(WITHIN.total_seconds()))
        return answer
    _later(request.app, here, asked, form.language)
    return _page(here, form.language, state="code", form=here.codes.form(asked.id, number))


@router.post("/affected/code", response_class=HTMLResponse)
async def check(request: Request) -> HTMLResponse:
    """Shows what hits the services behind the number, once, to whoever got the code."""
    here: World = request.app.state.world
    form = await _form(request)
    handed, code = form.values.get("form", ""), form.values.get("code", "")
    found = await run_in_threadpool(_check, here, handed, code[:20], form.language)
    if found is None:
        return _page(here, form.language, 422, state="code", form=handed, fault=CODE_IS_WRONG)
    stands, told = found
    return _found(here, stands, told, form.language)


async def finish(app: FastAPI) -> None:
    """Waits for the texts that are about to be put on their way. Called when the app ends."""
    await asyncio.gather(*getattr(app.state, "codes_to_send", ()), return_exceptions=True)


def _later(app: FastAPI, here: World, asked: asking.Question, language: Locale) -> None:
    """In a task of its own: the answer does not wait for it, and neither does the connection."""
    if not hasattr(app.state, "codes_to_send"):
        app.state.codes_to_send = set()
    task = asyncio.create_task(_send_later(here, asked, language))
    app.state.codes_to_send.add(task)
    task.add_done_callback(app.state.codes_to_send.discard)


async def _send_later(here: World, asked: asking.Question, language: Locale) -> None:
    await asyncio.sleep(SEND_AFTER)
    try:
        await run_in_threadpool(_send, here, asked, language)
    except SQLAlchemyError as failure:  # whoever asked can ask again
        log.error(
            "the code of question %d could not be put on its way (%s)", asked.id, type(failure).__name__
        )


def _ask(here: World, number: str, network: str) -> asking.Question:
    with writing(here.engine) as connection:
        return asking.ask(connection, here.codes, number, network, here.clock.now(), LIMITS)


def _send(here: World, asked: asking.Question, language: Locale) -> None:
    words = here.templates.phrases(language).affected
    text = words.text.format(company=here.settings.company, code=asked.code)
    now = here.clock.now()
    with writing(here.engine) as connection:
        asking.hide_old(connection, now)
        asking.send(connection, asked, text, language, here.suppression_key, now, here.settings.served)


def _check(here: World, form: str, code: str, language: Locale) -> tuple[Standing, Said | None] | None:
    now = here.clock.now()
    with writing(here.engine) as connection:
        proved = asking.check(connection, here.codes, form, code, now)
        if proved is None:
            return None
        number, contact_id = proved
        stands = standing(connection, number, language, now)
        told = worded(here.templates, stands.word, stands.reader) if stands.word else None
        words = here.templates.phrases(language).affected
        said = "\n\n".join([getattr(words, stands.how), *([told.text] if told else [])])
        if contact_id is not None:
            note_told(connection, contact_id, stands, said, now)
        asking.hide_old(connection, now)
    return stands, told


def _of_place(here: World, board: Board, place: str, language: Locale) -> HTMLResponse:
    with reading(here.engine) as connection:
        found = at_place(connection, board, place)
    scribe = Scribe(here.templates, language, board.at)
    return _page(
        here,
        language,
        same=same("/affected", place=place),
        printed=Clock(board.zone, language, scribe.words, board.at).moment(board.as_of),
        state="place",
        place=place,
        cards=[scribe.card(one, in_full=True) for one in found[:8]],
    )


def _found(here: World, stands: Standing, told: Said | None, language: Locale) -> HTMLResponse:
    """In the language of the form alone: its code has been used."""
    now, tones = here.clock.now(), {Affected.HIT: stands.reader.impact, Affected.AHEAD: Phase.PLANNED}
    clock = Clock(stands.reader.zone, language, here.templates.phrases(language), now)
    waits = stands.word is not None and stands.how is not Affected.WAS_HIT
    return _page(
        here,
        language,
        printed=clock.moment(now),
        state="found",
        stands=stands,
        tone=tones.get(stands.how, Impact.OK.word),
        next_word=next_word(stands.word.facts.next_update_at if stands.word and waits else None, clock),
        told=told,
    )


async def _form(request: Request) -> Form:
    """Read by our own door: the framework's would take a body without end."""
    body = (await read_body(request, FORM_LIMIT)).decode(errors="replace")
    try:
        values = dict(parse_qsl(body, max_num_fields=10))
    except ValueError:
        values = {}
    return Form(wanted(values, request.headers.get("accept-language", "")), values)


def _page(here: World, language: Locale, status: int = 200, **values: Any) -> HTMLResponse:
    blank = {"state": "ask", "fault": "", "form": "", "place": "", "cards": ()}
    return HTMLResponse(here.press.affected(language, OnTheSite(), **(blank | values)), status)
