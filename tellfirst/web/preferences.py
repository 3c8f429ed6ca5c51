"""The page on which customers change how they are told, and end the links that others may have."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from tellfirst.bootstrap import World
from tellfirst.contacts.links import owner, revoke
from tellfirst.contacts.preferences import Preferences, prefer, standing
from tellfirst.domain.errors import Refused
from tellfirst.domain.occasion import Channel, Locale
from tellfirst.publishing.addresses import NATIVE
from tellfirst.store.engine import reading, writing
from tellfirst.web.forms import short_form
from tellfirst.web.languages import same, spoken
from tellfirst.web.pages import page
from tellfirst.web.personal import invalid

router = APIRouter()
SAVES, ENDS = "preferences", "end links"
"""The purposes of the forms' tokens."""
Form = Annotated[dict[str, str], Depends(short_form)]


@router.get("/p/{token}/preferences", response_class=HTMLResponse)
def look(request: Request, token: str) -> HTMLResponse:
    """What is wished now."""
    return _page(request, token, "open")


@router.post("/p/{token}/preferences", response_class=HTMLResponse)
def save(request: Request, token: str, form: Form) -> HTMLResponse:
    """Keep what is wished. What no page of ours offers is refused, and nothing is kept of it."""
    here: World = request.app.state.world
    now = here.clock.now()
    try:
        with writing(here.engine) as connection:
            person = owner(connection, here.personal_links.read(token), now)
            here.forms.check(SAVES, token, form.get("form", ""))
            prefer(connection, person.customer_id, _wanted(form), "web", now)
    except Refused as refused:
        if refused.status == 404:
            return invalid(request)
        return _page(request, token, "refused", refused.status)
    return _page(request, token, "saved")


@router.post("/p/{token}/links", response_class=HTMLResponse)
def end_links(request: Request, token: str, form: Form) -> HTMLResponse:
    """The links that were sent until now open nothing any more, this one among them."""
    here: World = request.app.state.world
    now = here.clock.now()
    with writing(here.engine) as connection:
        try:
            person = owner(connection, here.personal_links.read(token), now)
        except Refused:
            return invalid(request)
        here.forms.check(ENDS, token, form.get("form", ""))
        revoke(connection, person.customer_id, "web", now)
    language = spoken(request, person.language)
    words = here.templates.phrases(language).preferences
    return page(here, "preferences.html.j2", language, state="links_ended", words=words)


def _wanted(form: dict[str, str]) -> Preferences:
    channel, tongue = form.get("channel", ""), form.get("language", "")
    if tongue not in set(Locale) or channel not in {"", *Channel}:
        raise Refused("no_such_wish", "choose one of what the page offers", 422)
    return Preferences(Channel(channel) if channel else None, Locale(tongue), form.get("no_surveys") == "yes")


def _page(request: Request, token: str, state: str, status: int = 200) -> HTMLResponse:
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        try:
            person = owner(connection, here.personal_links.read(token), here.clock.now())
        except Refused:
            return invalid(request)
        known = standing(connection, person.customer_id)
    # Whoever has just chosen another language reads the page in it.
    language = known.wished.language if state == "saved" else spoken(request, person.language)
    phrases = here.templates.phrases(language)
    path = f"/p/{token}"
    return page(
        here,
        "preferences.html.j2",
        language,
        status,
        same=same(f"{path}/preferences"),
        state=state,
        words=phrases.preferences,
        channels=phrases.personal.channels,
        wished=known.wished,
        points=known.points,
        names=NATIVE,
        form=here.forms.token(SAVES, token),
        form_links=here.forms.token(ENDS, token),
        action=path,
    )
