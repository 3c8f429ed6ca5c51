"""The page every notice points to: what is down now, in the words the affected customers were sent."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from tellfirst.bootstrap import World
from tellfirst.domain.message import Reader
from tellfirst.domain.occasion import Channel, Locale, Occasion
from tellfirst.notices.current import Current, current_words
from tellfirst.store.engine import reading
from tellfirst.web.pages import page

router = APIRouter()


@router.get("/", response_class=HTMLResponse)
def now(request: Request) -> HTMLResponse:
    """In the first of our languages that the reader's browser asks for."""
    here: World = request.app.state.world
    language = _language(request.headers.get("accept-language", ""))
    with reading(here.engine) as connection:
        words = current_words(connection, here.clock.now())
    notices = [_shown(here, one, language) for one in words]
    none = here.templates.answer("none_known", language, None, "UTC", here.clock.now())
    return page(here, "status.html.j2", language, notices=notices, none=none)


def _shown(here: World, one: Current, language: Locale) -> tuple[str, list[str]]:
    reader = Reader(language, one.zone, one.impact)
    mail = here.templates.render(
        Occasion(one.occasion), Channel.EMAIL, one.facts, reader, holding=one.holding, folder=one.folder
    )
    return mail.subject, mail.text.split("\n\n")


def _language(wanted: str) -> Locale:
    """RFC 9110, 12.5.4, without weights: browsers list languages in the order of their reader's wish."""
    for part in wanted.split(","):
        tag = part.split(";")[0].strip().lower().split("-")[0]
        if tag in set(Locale):
            return Locale(tag)
    return Locale.ENGLISH
