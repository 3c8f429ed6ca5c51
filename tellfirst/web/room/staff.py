"""For admins: the audit, and who has which role."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from tellfirst.accounts import keeping
from tellfirst.accounts.audit import PAGE, audit, entries
from tellfirst.accounts.sessions import Session
from tellfirst.bootstrap import World
from tellfirst.domain.account import Right
from tellfirst.domain.audit import Actor, Audited, Through
from tellfirst.store.engine import reading, writing
from tellfirst.web.room.drawing import room_page
from tellfirst.web.room.guard import Before, Looking, RoomRoute

router = APIRouter(route_class=RoomRoute)
Audits = Annotated[Session, Depends(Looking(Right.AUDIT))]


@router.get("/room/audit", response_class=HTMLResponse)
def audit_list(
    request: Request,
    session: Audits,
    account: str = "",
    incident: str = "",
    customer: str = "",
    before: Before = None,
) -> HTMLResponse:
    """Every act and every look at customers, the newest first. This look is audited too."""
    here: World = request.app.state.world
    chosen = {"account": account.strip(), "incident": incident.strip(), "customer": customer.strip()}
    with reading(here.engine) as connection:
        found = entries(
            connection,
            account=chosen["account"],
            incident=chosen["incident"],
            customer=chosen["customer"],
            before=before,
        )
    with writing(here.engine) as connection:
        actor = Actor(session.account.name, Through.ROOM)
        audit(connection, actor, Audited.LOOKED_AT_AUDIT, here.clock.now(), shown_count=len(found))
    more = found[-1].id if len(found) == PAGE else None
    return room_page(here, "audit", session, found=found, more=more, chosen=chosen)


@router.get("/room/accounts", response_class=HTMLResponse)
def accounts_list(request: Request, session: Audits) -> HTMLResponse:
    """Who may come in, and as what."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        found = keeping.listed(connection)
    return room_page(here, "accounts", session, found=found)
