"""What waits for a person's leave, and the look before it is given."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from tellfirst.accounts.sessions import Session
from tellfirst.bootstrap import World
from tellfirst.domain.account import Right
from tellfirst.domain.facts import Action, Cause
from tellfirst.domain.incident import UNTOLD, Kind
from tellfirst.review.approvals import asked_about, waiting
from tellfirst.store import incidents
from tellfirst.store.engine import reading
from tellfirst.web.room.drawing import room_page
from tellfirst.web.room.front import done_of
from tellfirst.web.room.guard import Looking, RoomRoute
from tellfirst.web.room.looking import preview_of

router = APIRouter(route_class=RoomRoute)


@router.get("/room/approvals", response_class=HTMLResponse)
def listed(request: Request, session: Annotated[Session, Depends(Looking(Right.LOOK))]) -> HTMLResponse:
    """Every question with its clock."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        found = waiting(connection, here.templates, here.house, here.clock.now())
    return room_page(here, "approvals", session, waiting=found)


@router.get("/room/incidents/{reference}/preview", response_class=HTMLResponse)
def preview(
    request: Request, reference: str, session: Annotated[Session, Depends(Looking(Right.LOOK))]
) -> HTMLResponse:
    """Counts, texts by channel and language, cost and hand-over; and, where something waits, yes and no to it."""
    here: World = request.app.state.world
    found, texts = preview_of(here, reference)
    with reading(here.engine) as connection:
        question = asked_about(connection, reference, here.templates, here.house, here.clock.now())
        it = incidents.by_reference(connection, reference)
    return room_page(
        here,
        "preview",
        session,
        done=done_of(request),
        found=found,
        question=question,
        wording=texts,
        untold=it.stage in UNTOLD and it.kind is Kind.OUTAGE,
        cause_words=[one.value for one in Cause],
        action_words=[one.value for one in Action],
    )
