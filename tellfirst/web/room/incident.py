"""The room of one incident: facts, clocks, counts, the log, and where it hits."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from tellfirst.accounts.audit import audit
from tellfirst.accounts.sessions import Session
from tellfirst.acting.causes import known_causes
from tellfirst.bootstrap import World
from tellfirst.delivery import halting, stopping
from tellfirst.domain.account import Right
from tellfirst.domain.audit import Actor, Audited, Through
from tellfirst.domain.facts import Action, Cause
from tellfirst.domain.incident import RUNNING, Kind, Stage
from tellfirst.domain.occasion import Locale
from tellfirst.review import tables_for_operators as tables
from tellfirst.review.room.arrivals import arrivals
from tellfirst.review.room.board import lines
from tellfirst.review.room.timeline import timeline
from tellfirst.store import incidents
from tellfirst.store.engine import reading, writing
from tellfirst.timelines.owed import owed
from tellfirst.timelines.promised import promised
from tellfirst.web.room.drawing import room_page
from tellfirst.web.room.front import done_of
from tellfirst.web.room.guard import LIVE, Before, Looking, RoomRoute

router = APIRouter(route_class=RoomRoute)
FEW = 12
"""Lines of a table beside the others; the whole of it has a page of its own."""
SPOKEN = {Locale.ENGLISH: "English", Locale.TELUGU: "Telugu", Locale.MALAY: "Malay", Locale.URDU: "Urdu"}
DRAWING = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}
"""Its style stands inside the picture, which has no script and loads nothing."""


@router.get("/room/incidents/{reference}", response_class=HTMLResponse)
def room(
    request: Request,
    reference: str,
    session: Annotated[Session, Depends(Looking(Right.LOOK))],
    before: Before = None,
) -> HTMLResponse:
    """Everything about one incident; `before` pages through its log. Answers 404 for one that there is not."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        shown = _seen(request, connection, reference, before, session)
    if shown["contacts"]:
        _note_look(here, session, reference, len(shown["contacts"]))
    return room_page(here, "incident", session, done=done_of(request), **shown)


def _seen(
    request: Request, connection: Connection, reference: str, before: int | None, session: Session
) -> dict[str, Any]:
    here: World = request.app.state.world
    now = here.clock.now()
    it = incidents.by_reference(connection, reference)
    [line] = lines(connection, [it])
    # What a page draws again by itself leaves contacts out: each look at them is a look, and is audited.
    lists = session.account.may(Right.CUSTOMERS) and LIVE not in request.headers
    return {
        "it": it,
        "line": line,
        "heads": request.app.state.counter.heads(connection, it),
        "causes": tables.causes(connection, reference),
        "notices": tables.notices(connection, reference)[-FEW:][::-1],
        "promises": promised(connection, incident=reference)[-FEW:][::-1],
        "deadlines": owed(connection, now, it.id)[:FEW],
        "contacts": arrivals(connection, now, incident_id=it.id, limit=FEW) if lists else [],
        "stops": stopping.in_force(connection, it.id),
        "entries": timeline(connection, it.id, before),
        **_choices(connection, it),
    }


def _choices(connection: Connection, it: incidents.Incident) -> Mapping[str, Any]:
    """What the forms offer."""
    return {
        "running": it.stage in RUNNING,
        "open": it.stage is not Stage.CLOSED,
        "is_work": it.kind is Kind.PLANNED_WORK,
        "halted": halting.halted(connection, it.id),
        "known_causes": known_causes(connection, it.id),
        "cause_words": [one.value for one in Cause],
        "action_words": [one.value for one in Action],
        "languages": {locale.value: name for locale, name in SPOKEN.items()},
    }


def _note_look(here: World, session: Session, reference: str, count: int) -> None:
    """Contacts name customers: to have seen them is written down."""
    with writing(here.engine) as connection:
        actor = Actor(session.account.name, Through.ROOM)
        audit(
            *(connection, actor, Audited.LOOKED_AT_CONTACTS, here.clock.now()),
            incident=reference,
            shown_count=count,
        )


@router.get("/room/incidents/{reference}/footprint.svg")
def footprint(
    request: Request, reference: str, session: Annotated[Session, Depends(Looking(Right.LOOK))]
) -> Response:
    """Where it hits, as its last revision left it; it names elements, and no customer."""
    from tellfirst.review.footprint_rows import seen
    from tellfirst.review.room.footprint_svg import draw

    here: World = request.app.state.world
    with reading(here.engine) as connection:
        drawn = draw(seen(connection, reference))
    return Response(drawn, media_type="image/svg+xml", headers=DRAWING)
