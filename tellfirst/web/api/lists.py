"""Lists over all incidents, one customer's history, the audit, and who one is."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from tellfirst.accounts.audit import Entry, audit, entries
from tellfirst.bootstrap import World
from tellfirst.contacts.history import history
from tellfirst.domain.audit import Audited
from tellfirst.review.approvals import waiting
from tellfirst.review.room.arrivals import Arrival, arrivals
from tellfirst.review.room.due import Due, due_next
from tellfirst.store import incidents
from tellfirst.store.engine import reading, writing
from tellfirst.timelines import escalating
from tellfirst.timelines.owed import owed
from tellfirst.timelines.promised import Promised, Which, promised
from tellfirst.web.api.bearer import Audits, Looks, LooksAtCustomers
from tellfirst.web.api.models import (
    Before,
    Call,
    Deadline,
    Limit,
    Me,
    Page,
    Person,
    Promise,
    Question,
    Reference,
    Work,
)
from tellfirst.works.listing import works_of

router = APIRouter(tags=["lists"])
MOST = 500
Customer = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,60}$", description="Like C000123.")]


@router.get("/me")
def me(_request: Request, caller: Looks) -> Me:
    """Whose token this is."""
    return Me(account=caller.account.name, roles=sorted(caller.account.roles))


@router.get("/due")
def due(request: Request, _caller: Looks) -> Page[Due]:
    """What is due next over all incidents, the earliest first: what is late stands on top."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        return Page(items=due_next(connection, here.clock.now()))


@router.get("/approvals")
def approvals(request: Request, _caller: Looks) -> Page[Question]:
    """What waits for a person's leave."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        found = waiting(connection, here.templates, here.house, here.clock.now())
    return Page(
        items=[
            Question(
                incident=one.reference,
                state=one.state,
                revision=one.seen_revision,
                customers=one.affected_count,
                share=one.share,
                agreed=one.agreed,
                needed=one.needed,
                first_by=one.first_by,
                asked_at=one.asked_at,
                due_at=one.due_at,
                text_parts=one.segment_count,
                reason=one.reason,
            )
            for one in found
        ]
    )


@router.get("/promises")
def promises(request: Request, _caller: Looks, which: Which = Which.DUE) -> Page[Promise]:
    """Every time that was given to customers, the newest five hundred of what is asked for."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        found = promised(connection, which=which)
    return Page(items=[_promise(one) for one in found[-MOST:]])


@router.get("/incidents/{reference}/promises")
def promises_of(request: Request, _caller: Looks, reference: Reference) -> Page[Promise]:
    """Those of one incident, in the order in which they fall due."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        found = promised(connection, incident=reference)
    return Page(items=[_promise(one) for one in found[-MOST:]])


@router.get("/deadlines")
def deadlines(request: Request, _caller: Looks) -> Page[Deadline]:
    """What is owed by policy and open, or was missed and not made up for."""
    return _deadlines(request, None)


@router.get("/incidents/{reference}/deadlines")
def deadlines_of(request: Request, _caller: Looks, reference: Reference) -> Page[Deadline]:
    """Those of one incident, settled ones too."""
    return _deadlines(request, reference)


@router.get("/calls")
def calls(request: Request, _caller: Looks) -> Page[Call]:
    """Calls to staff, the newest first."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        rows: list[dict[str, Any]] = escalating.listed(connection)
    renamed = {"due": "due_at", "raised": "raised_at", "taken by": "taken_by"}
    return Page(items=[Call(**{renamed.get(key, key): value for key, value in row.items()}) for row in rows])


@router.get("/works")
def works(request: Request, _caller: Looks, ended: bool = False) -> Page[Work]:
    """Announced work by its beginning."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        rows = works_of(connection, ended=ended)
    renamed = {"starts": "starts_at", "ends": "ends_at"}
    return Page(items=[Work(**{renamed.get(key, key): value for key, value in row.items()}) for row in rows])


@router.get("/contacts")
def contacts(
    request: Request,
    caller: LooksAtCustomers,
    waiting: bool = False,
    before: Before = None,
    limit: Limit = 50,
) -> Page[Arrival]:
    """As they arrive; with `waiting` those that a person owes an answer, the most urgent first. It is audited."""
    here: World = request.app.state.world
    now = here.clock.now()
    with reading(here.engine) as connection:
        found = arrivals(connection, now, waiting=waiting, before=before, limit=limit)
    with writing(here.engine) as connection:
        audit(connection, caller.actor, Audited.LOOKED_AT_CONTACTS, now, shown_count=len(found))
    more = len(found) == limit and not waiting
    return Page(items=found, next=str(found[-1].id) if more else None)


@router.get("/customers/{customer}")
def one_customer(request: Request, caller: LooksAtCustomers, customer: Customer) -> Person:
    """One history across every channel. It is audited."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        person = history(connection, customer)
    with writing(here.engine) as connection:
        now = here.clock.now()
        audit(connection, caller.actor, Audited.LOOKED_AT_CUSTOMER, now, customer=person.reference)
    return Person(**person.to_json())


@router.get("/audit")
def audited(
    request: Request, caller: Audits, account: str = "", before: Before = None, limit: Limit = 100
) -> Page[Entry]:
    """Every act and every look at customers, the newest first."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        found = entries(connection, account=account[:60], before=before, limit=limit)
    with writing(here.engine) as connection:
        now = here.clock.now()
        audit(connection, caller.actor, Audited.LOOKED_AT_AUDIT, now, shown_count=len(found))
    return Page(items=found, next=str(found[-1].id) if len(found) == limit else None)


def _promise(one: Promised) -> Promise:
    return Promise(
        incident=one.incident,
        kind=one.kind,
        made_in=one.made_in,
        made_at=one.made_at,
        due_at=one.due_at,
        state=one.state,
        settled_at=one.settled_at,
        late_by_seconds=int(one.late_by.total_seconds()),
        reason=one.reason,
        answered_by=one.answered_by,
    )


def _deadlines(request: Request, reference: str | None) -> Page[Deadline]:
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        its = incidents.by_reference(connection, reference).id if reference else None
        rows = owed(connection, here.clock.now(), its)
    return Page(
        items=[
            Deadline(
                incident=row["incident"],
                owed=row["owed"],
                to=row["to"],
                by_pack=row["by pack"],
                anchor=row["from"],
                due_at=row["due"],
                binds=bool(row["binds"]),
                state=row["state"],
                why=row["why"],
            )
            for row in rows[:MOST]
        ]
    )
