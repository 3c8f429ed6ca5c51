"""Open an incident from the room: a form, a look at whom it would hurt, and only then the act."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.background import BackgroundTask

from tellfirst.accounts.sessions import Session
from tellfirst.acting.opening import Opening, areas_of, look, open_incident
from tellfirst.bootstrap import World
from tellfirst.domain.account import Right
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.impact import Impact
from tellfirst.spans import moment
from tellfirst.waking import nudge
from tellfirst.web.room.drawing import room_page
from tellfirst.web.room.guard import Looking, Posted, Posting, RoomRoute

router = APIRouter(route_class=RoomRoute)
DRAWING_LIMIT = 256 * 1024
"""Bytes of the form: a drawing of some thousand corners. Larger ones come from a file, by the command."""
IMPACTS = {one.word: one for one in (Impact.DOWN, Impact.DEGRADED, Impact.AT_RISK)}
MOST_CIRCLES = 50


@router.get("/room/open", response_class=HTMLResponse)
def form(request: Request, session: Annotated[Session, Depends(Looking(Right.SPEAK))]) -> HTMLResponse:
    """What failed, where, since when, and by which playbook."""
    here: World = request.app.state.world
    books = sorted(here.playbooks.values(), key=lambda one: one.title)
    return room_page(here, "open", session, books=books, impacts=list(IMPACTS))


@router.post("/room/open")
def open_(
    request: Request, form: Annotated[Posted, Depends(Posting(Right.SPEAK, DRAWING_LIMIT))]
) -> Response:
    """First whom it would hurt, in counts, and what they would read; confirmed, it is opened."""
    here: World = request.app.state.world
    asked = _asked(here, form)
    if form.get("step") != "do":
        found, texts = look(here, form.actor, asked)
        carried = [pair for pair in form.pairs if pair[0] not in ("csrf", "step")]
        return room_page(here, "opening", form.session, found=found, wording=texts, carried=carried)
    reference = open_incident(here, form.actor, asked)
    request.app.state.counter.forget()
    woken = BackgroundTask(nudge, here, [reference])
    return RedirectResponse(f"/room/incidents/{reference}?done=opened", 303, background=woken)


def _asked(here: World, form: Posted) -> Opening:
    """Raises RuleBroken and Refused for what cannot be meant."""
    circles = form.get("near").split()
    if len(circles) > MOST_CIRCLES:
        raise RuleBroken(f"{len(circles)} circles are too many to be typed; draw the area instead")
    codes = form.get("codes").replace(",", " ").split()
    impact = IMPACTS.get(form.get("impact") or Impact.DOWN.word)
    if impact is None:
        raise RuleBroken(f"'{form.get('impact')[:40]}' is none of {', '.join(IMPACTS)}")
    drawn = []
    if drawing := form.get("drawing"):
        # Here and not above: shapely would cost the start of every web process.
        from tellfirst.audience.areas import drawn_areas, typed_document

        drawn = drawn_areas(typed_document(drawing), form.get("place"), repair=form.get("repair") == "yes")
    return Opening(
        form.get("playbook"),
        tuple(form.get("elements").replace(",", " ").split()),
        (*drawn, *areas_of(circles, codes)),
        impact,
        moment(form.get("since") or "+0m", here.clock.now()),
        form.get("place"),
        nameless=bool(circles or codes),
    )
