"""The lists of the room: who was not told, contacts, promises, deadlines, calls, works, incidents, one customer."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from tellfirst.accounts.audit import audit
from tellfirst.accounts.sessions import Session
from tellfirst.bootstrap import World
from tellfirst.contacts.history import history
from tellfirst.domain.account import Right
from tellfirst.domain.audit import Actor, Audited, Through
from tellfirst.domain.incident import Kind
from tellfirst.review.room import arrivals as contacts
from tellfirst.review.room.board import PAGE, board
from tellfirst.review.room.untold import untold
from tellfirst.store import incidents
from tellfirst.store.engine import reading, writing
from tellfirst.timelines import escalating
from tellfirst.timelines.owed import owed
from tellfirst.timelines.promised import Which, promised
from tellfirst.web.room.drawing import room_page
from tellfirst.web.room.guard import Before, Looking, RoomRoute
from tellfirst.works.listing import works_of

router = APIRouter(route_class=RoomRoute)
Looks = Annotated[Session, Depends(Looking(Right.LOOK))]
LooksAtCustomers = Annotated[Session, Depends(Looking(Right.CUSTOMERS))]
MOST = 200


@router.get("/room/incidents/{reference}/untold", response_class=HTMLResponse)
def untold_list(request: Request, reference: str, session: LooksAtCustomers, after: str = "") -> HTMLResponse:
    """Everybody whom nobody has told, fifty at a time. The look is audited before it is shown."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        it = incidents.by_reference(connection, reference)
        page = untold(connection, it, after)
    _audit(here, session, Audited.LOOKED_AT_UNTOLD, incident=reference, count=len(page.customers))
    return room_page(here, "untold", session, it=it, page=page, first=not after)


@router.get("/room/contacts", response_class=HTMLResponse)
def contacts_list(request: Request, session: LooksAtCustomers, before: Before = None) -> HTMLResponse:
    """Those that wait for a person, the most urgent first; then all as they arrive."""
    here: World = request.app.state.world
    now = here.clock.now()
    with reading(here.engine) as connection:
        waiting = contacts.arrivals(connection, now, waiting=True) if before is None else []
        found = contacts.arrivals(connection, now, before=before)
    _audit(here, session, Audited.LOOKED_AT_CONTACTS, count=len(waiting) + len(found))
    return room_page(
        here, "contacts", session, waiting=waiting, found=found, more=len(found) == contacts.PAGE
    )


@router.get("/room/customers/{customer}", response_class=HTMLResponse)
def customer(request: Request, customer: str, session: LooksAtCustomers) -> HTMLResponse:
    """One history across every channel."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        person = history(connection, customer)
    _audit(here, session, Audited.LOOKED_AT_CUSTOMER, customer=person.reference)
    return room_page(here, "customer", session, person=person)


@router.get("/room/incidents", response_class=HTMLResponse)
def incidents_list(
    request: Request, session: Looks, before: Before = None, all: bool = False
) -> HTMLResponse:
    """Every incident, closed ones with `all`."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        lines = board(connection, running=not all, before=before)
        heads = {
            line.incident.id: request.app.state.counter.heads(connection, line.incident) for line in lines
        }
    more = lines[-1].incident.id if len(lines) == PAGE else None
    return room_page(here, "incidents", session, lines=lines, heads=heads, more=more, all=all)


@router.get("/room/promises", response_class=HTMLResponse)
def promises_list(request: Request, session: Looks) -> HTMLResponse:
    """What is owed, and what was broken; the newest of each."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        due = promised(connection, which=Which.DUE)[:MOST]
        broken = promised(connection, which=Which.BROKEN)[-MOST:][::-1]
    return room_page(here, "promises", session, due=due, broken=broken)


@router.get("/room/deadlines", response_class=HTMLResponse)
def deadlines_list(request: Request, session: Looks) -> HTMLResponse:
    """What is owed by policy, the earliest first."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        rows = owed(connection, here.clock.now())[:MOST]
    return room_page(here, "deadlines", session, rows=rows)


@router.get("/room/calls", response_class=HTMLResponse)
def calls_list(request: Request, session: Looks) -> HTMLResponse:
    """Whom of the staff was asked, and who has taken it."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        rows = escalating.listed(connection)
    return room_page(here, "calls", session, rows=rows)


@router.get("/room/works", response_class=HTMLResponse)
def works_list(request: Request, session: Looks) -> HTMLResponse:
    """Announced work by its beginning, and the incidents it has become."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        rows = works_of(connection)
        lines = board(connection, kind=Kind.PLANNED_WORK)
    return room_page(here, "works", session, rows=rows, lines=lines)


def _audit(
    here: World,
    session: Session,
    what: Audited,
    *,
    incident: str = "",
    customer: str = "",
    count: int | None = None,
) -> None:
    """Written before the page leaves: who cannot be audited sees nothing."""
    details = {} if count is None else {"shown_count": count}
    with writing(here.engine) as connection:
        actor, now = Actor(session.account.name, Through.ROOM), here.clock.now()
        audit(connection, actor, what, now, incident=incident, customer=customer, **details)
