"""A customer's own page, opened by the link in a notice: how it stands, what they were told, what they say to it.

Looking changes nothing. What is sent carries the token of a form that this page made.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from tellfirst.bootstrap import World
from tellfirst.contacts import from_page, happened
from tellfirst.contacts.links import Owner, owner
from tellfirst.contacts.own_page import own_page
from tellfirst.domain.errors import Refused
from tellfirst.notices.wording import Pen
from tellfirst.publishing.moments import Clock
from tellfirst.store.engine import reading, writing
from tellfirst.web import own_words
from tellfirst.web.forms import short_form
from tellfirst.web.languages import of_stranger, same, spoken
from tellfirst.web.pages import page

router = APIRouter()
LINES = 20
"""On one page; with four languages' longest words it stays below 50 kB."""
SAYS = "still out"
"""The purpose of the form's token."""


@router.get("/p/{token}", response_class=HTMLResponse)
def look(request: Request, token: str) -> HTMLResponse:
    """How it stands with the customer of this link."""
    return _page(request, token)


@router.post("/p/{token}/still-out", response_class=HTMLResponse)
def say(request: Request, token: str, form: Annotated[dict[str, str], Depends(short_form)]) -> HTMLResponse:
    """Theirs is still out: kept as a contact and believed. Sent again it changes nothing more."""
    here: World = request.app.state.world
    now = here.clock.now()
    try:
        with writing(here.engine) as connection:
            person = owner(connection, here.personal_links.read(token), now)
            sent = here.forms.check(SAYS, token, form.get("form", ""))
            taken = _take(here, connection, person, form.get("incident", ""), sent)
    except Refused as refused:
        return invalid(request) if refused.status == 404 else _page(request, token, refused.status)
    return _page(request, token, taken=taken)


def _take(here: World, connection: Connection, person: Owner, reference: str, sent: str) -> bool:
    """False where there is nothing to contradict: nobody said that theirs is back."""
    now = here.clock.now()
    concerns = own_page(connection, person.customer_id, now).concerns
    about = next((one for one in concerns if one.reference == reference), None)
    if about is None or not about.may_be_still_out:
        return False
    words = here.templates.phrases(person.language).personal
    said = from_page.Said(f"{sent}:{about.incident_id}", words.still_out, words.still_out_taken)
    from_page.take(connection, person, about, said, now)
    return True


def _page(request: Request, token: str, status: int = 200, *, taken: bool = False) -> HTMLResponse:
    here: World = request.app.state.world
    now = here.clock.now()
    with reading(here.engine) as connection:
        try:
            person = owner(connection, here.personal_links.read(token), now)
        except Refused:
            return invalid(request)
        stands = own_page(connection, person.customer_id, now)
        entries = list(happened.to(connection, person.customer_id))
    language = spoken(request, person.language)
    phrases = here.templates.phrases(language)
    pen, clock = Pen(language, person.zone, now), Clock(person.zone, language, phrases, now)
    lines = own_words.lines(entries, phrases.personal, clock)
    pages = max(1, -(-len(lines) // LINES))
    shown = _number(request, pages)
    path = f"/p/{token}"
    return page(
        here,
        "personal.html.j2",
        language,
        status,
        same=same(path),
        printed=clock.moment(now),
        state="open",
        taken=taken,
        words=phrases.personal,
        stands=own_words.stands(stands.concerns, clock),
        concerns=[own_words.told(here, one, pen, clock) for one in stands.concerns],
        services=[
            (kind, phrases.services[kind], impact.word, phrases.impacts[impact.word])
            for kind, impact in stands.services.items()
        ],
        lines=lines[(shown - 1) * LINES : shown * LINES],
        page=shown,
        pages=pages,
        form=here.forms.token(SAYS, token),
        action=path,
        address=f"{path}?lang={language}",
    )


def _number(request: Request, pages: int) -> int:
    wanted = request.query_params.get("page", "")
    return min(max(int(wanted), 1), pages) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else 1


def invalid(request: Request) -> HTMLResponse:
    """For a link that is none, has ended or was revoked: which of them it is nobody learns."""
    here: World = request.app.state.world
    language = of_stranger(request)
    words = here.templates.phrases(language).personal
    return page(here, "personal.html.j2", language, 404, state="invalid", words=words)
