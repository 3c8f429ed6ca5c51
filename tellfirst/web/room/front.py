"""The front of the room: what is due next, and every incident with whom it has told and whom not."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from tellfirst.accounts.sessions import Session
from tellfirst.bootstrap import World
from tellfirst.delivery import stopping
from tellfirst.domain.account import Right
from tellfirst.review.room.arrivals import open_count
from tellfirst.review.room.board import board, broken_lately
from tellfirst.review.room.due import DueKind, due_next
from tellfirst.store.engine import reading
from tellfirst.web.room.drawing import room_page, words
from tellfirst.web.room.guard import Looking, RoomRoute

router = APIRouter(route_class=RoomRoute)
SOON = timedelta(minutes=15)
DAY = timedelta(hours=24)


@router.get("/room", response_class=HTMLResponse)
def front(request: Request, session: Annotated[Session, Depends(Looking(Right.LOOK))]) -> HTMLResponse:
    """Everything late stands on top, in red and in words."""
    here: World = request.app.state.world
    return room_page(here, "front", session, done=done_of(request), **seen(request))


def seen(request: Request) -> dict[str, Any]:
    """What the front shows, in one consistent look."""
    here: World = request.app.state.world
    now = here.clock.now()
    with reading(here.engine) as connection:
        due = due_next(connection, now)
        lines = board(connection)
        heads = {
            line.incident.id: request.app.state.counter.heads(connection, line.incident) for line in lines
        }
        return {
            "due": due,
            "lines": lines,
            "heads": heads,
            "stops": [one for one in stopping.in_force(connection) if not one.incident],
            "braked": here.brake.is_pulled,
            "late_count": sum(one.count for one in due if one.late),
            "soon_count": sum(one.count for one in due if not one.late and one.at - now <= SOON),
            "approval_count": sum(one.kind is DueKind.APPROVAL for one in due),
            "contact_count": open_count(connection),
            "broken_count": broken_lately(connection, now - DAY),
        }


def done_of(request: Request) -> str:
    """Which of our own sentences says what was just done: a key, never a text out of an address."""
    key = f"done_{request.query_params.get('done', '')[:40]}"
    known = words(request.app.state.world.settings.templates)
    return known.get(key, "")
