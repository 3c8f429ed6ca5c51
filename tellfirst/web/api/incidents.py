"""Incidents as programs read them: the board, one incident, its log, whom nobody told, what was told and is owed."""

from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import Connection

from tellfirst.accounts.audit import audit
from tellfirst.bootstrap import World
from tellfirst.domain.audit import Audited
from tellfirst.domain.facts import Action, Cause
from tellfirst.domain.incident import Kind
from tellfirst.review import tables_for_operators as tables
from tellfirst.review.room import board as boards
from tellfirst.review.room.arrivals import Arrival, arrivals
from tellfirst.review.room.board import board
from tellfirst.review.room.timeline import Entry, timeline
from tellfirst.review.room.untold import Untold, untold
from tellfirst.store import incidents
from tellfirst.store.engine import reading, writing
from tellfirst.web.api.bearer import Caller, Looks, LooksAtCustomers
from tellfirst.web.api.models import (
    After,
    Before,
    CauseLine,
    Incident,
    Limit,
    Line,
    Notice,
    Page,
    Preview,
    Reference,
)
from tellfirst.web.room.looking import preview_of

router = APIRouter(tags=["incidents"])


@router.get("/incidents")
def listed(
    request: Request,
    _caller: Looks,
    running: bool = True,
    kind: Kind | None = None,
    before: Before = None,
    limit: Limit = 50,
) -> Page[Line]:
    """The newest first; closed ones too with `running=false`."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        found = board(connection, running=running, kind=kind, before=before, limit=limit)
        items = [Line(**_line(request, connection, one)) for one in found]
    return Page(items=items, next=str(found[-1].incident.id) if len(found) == limit else None)


@router.get("/incidents/{reference}")
def one(request: Request, _caller: Looks, reference: Reference) -> Incident:
    """Its facts, clocks and counts."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        it = incidents.by_reference(connection, reference)
        [line] = boards.lines(connection, [it])
        values = _line(request, connection, line)
    settings = here.settings
    return Incident(
        **values,
        cause=Cause(it.cause),
        action=Action(it.action),
        playbook=it.playbook.name if it.playbook else None,
        audience_revision=it.audience_revision,
        verified_at=it.verified_at,
        ends_at=it.ends_at,
        run=f"{settings.prefect_url}/runs/flow-run/{it.flow_run_id}" if it.flow_run_id else None,
        room=f"{settings.web_url}/room/incidents/{it.reference}",
    )


@router.get("/incidents/{reference}/log")
def log(
    request: Request, _caller: Looks, reference: Reference, before: Before = None, limit: Limit = 60
) -> Page[Entry]:
    """Every decision with its named reason, the newest first."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        it = incidents.by_reference(connection, reference)
        found = timeline(connection, it.id, before, limit)
    return Page(items=found, next=str(found[-1].id) if len(found) == limit else None)


@router.get("/incidents/{reference}/untold")
def untold_customers(
    request: Request, caller: LooksAtCustomers, reference: Reference, after: After = "", limit: Limit = 50
) -> Page[Untold]:
    """Everybody whom nobody has told, with the reason; `after` is the `next` of the page before. It is audited."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        it = incidents.by_reference(connection, reference)
        page = untold(connection, it, after, limit)
    _audit(here, caller, Audited.LOOKED_AT_UNTOLD, reference, len(page.customers))
    return Page(items=list(page.customers), next=page.next or None)


@router.get("/incidents/{reference}/contacts")
def contacts(
    request: Request,
    caller: LooksAtCustomers,
    reference: Reference,
    before: Before = None,
    limit: Limit = 50,
) -> Page[Arrival]:
    """What customers brought about it, the newest first. It is audited."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        it = incidents.by_reference(connection, reference)
        found = arrivals(connection, here.clock.now(), incident_id=it.id, before=before, limit=limit)
    _audit(here, caller, Audited.LOOKED_AT_CONTACTS, reference, len(found))
    return Page(items=found, next=str(found[-1].id) if len(found) == limit else None)


@router.get("/incidents/{reference}/notices")
def notices(request: Request, _caller: Looks, reference: Reference) -> Page[Notice]:
    """What was told, when, why, and how far it got."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        rows = tables.notices(connection, reference)
    return Page(items=[Notice(number=row["no."], **_keyed(row)) for row in rows])


@router.get("/incidents/{reference}/causes")
def causes(request: Request, _caller: Looks, reference: Reference) -> Page[CauseLine]:
    """What failed, and how far it is back."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        rows = tables.causes(connection, reference)
    return Page(items=[CauseLine(**_keyed(row)) for row in rows])


@router.get("/incidents/{reference}/preview")
def preview(request: Request, _caller: Looks, reference: Reference) -> Preview:
    """Whom the first word would reach if it left now, what it would say, cost and hand-over. Nothing is sent."""
    found, said = preview_of(request.app.state.world, reference)
    values = {name: getattr(found, name) for name in Preview.model_fields if name != "wording"}
    return Preview.model_validate(values | {"wording": said})


def _line(request: Request, connection: Connection, line: boards.Line) -> dict[str, Any]:
    it = line.incident
    return {
        "reference": it.reference,
        "name": it.name,
        "place": it.place,
        "kind": it.kind,
        "stage": it.stage,
        "held": it.held,
        "severity": it.severity,
        "started_at": it.started_at,
        "opened_at": it.opened_at,
        "closed_at": it.closed_at,
        "next_word_at": line.next_word_at,
        "estimate_at": line.estimate_at,
        "next_due_at": it.next_due_at,
        "waits_for": line.waits,
        "stopped": line.stopped,
        "taken_by": line.taken_by,
        "contact_count": line.contact_count,
        "broken_promise_count": line.broken_count,
        "customers": request.app.state.counter.heads(connection, it),
    }


def _keyed(row: dict[str, Any]) -> dict[str, Any]:
    """The same names as in the tables for people, as programs write them."""
    return {name.replace(" ", "_"): value for name, value in row.items() if name != "no."}


def _audit(here: World, caller: Caller, what: Audited, reference: str, count: int) -> None:
    with writing(here.engine) as connection:
        now = here.clock.now()
        audit(connection, caller.actor, what, now, incident=reference, shown_count=count)
