"""What customers brought, one by one, and what people do about it; the list stands among the lists."""

from collections.abc import Callable
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from tellfirst.acting import contacts
from tellfirst.bootstrap import World
from tellfirst.contacts.inbound import Inbound
from tellfirst.contacts.listing import shown
from tellfirst.domain.contact import Door
from tellfirst.domain.errors import Refused
from tellfirst.store.engine import reading
from tellfirst.web.api.bearer import Answers, LooksAtCustomers
from tellfirst.web.api.bodies import Bring, Brought, Close, Contact, ContactReference, Handled, PassOn, Reply
from tellfirst.web.api.repeats import Doing, Key, once
from tellfirst.web.room.contact import note_look

router = APIRouter(tags=["contacts"])


@router.get("/contacts/{contact}")
def one_contact(request: Request, caller: LooksAtCustomers, contact: ContactReference) -> Contact:
    """All that is known of it. It is audited."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        it = shown(connection, contact)
    note_look(here, caller.actor, it)
    renamed = {"received": "received_at", "answer due": "answer_due_at", "closed": "closed_at"}
    renamed["taken by"] = "taken_by"
    return Contact.model_validate({renamed.get(key, key): value for key, value in it.items()})


@router.post("/contacts", response_model=Brought)
def bring(request: Request, caller: Answers, asked: Bring, key: Key = "") -> JSONResponse:
    """Keep what a customer told you, and hear what to say to them."""
    here: World = request.app.state.world
    if not (asked.customer or asked.address.strip()):
        raise Refused("invalid_request", "say whom it is about: `customer` or `address`", 422)

    def do() -> tuple[Brought, tuple[str, ...]]:
        address = asked.address.strip() or "unknown"
        whose = asked.customer or None
        it = Inbound(f"api:{uuid4()}", address, asked.text, Door.AGENT, asked.subject, whose)
        done = contacts.bring(here, caller.actor, it)
        handled = _handled("brought", done.kept).model_dump()
        more = {name: done.kept[name] for name in ("kind", "match")}
        more |= {"answer_due_at": done.kept["answer due"], "answer": done.answer}
        return Brought(**handled, **more), done.moved

    return once(request, caller, key, asked, do)


@router.post("/contacts/{contact}/take", response_model=Handled)
def take(request: Request, caller: Answers, contact: ContactReference, key: Key = "") -> JSONResponse:
    """It is yours, and nobody else is called about it."""
    here: World = request.app.state.world
    return once(
        request, caller, key, None, _doing("taken", lambda: contacts.take(here, caller.actor, contact))
    )


@router.post("/contacts/{contact}/answer", response_model=Handled)
def answer(
    request: Request, caller: Answers, contact: ContactReference, asked: Reply, key: Key = ""
) -> JSONResponse:
    """In your words; they leave on the way it came, and it is closed."""
    here: World = request.app.state.world

    def act() -> contacts.Kept:
        return contacts.answer(here, caller.actor, contact, asked.text, given=asked.given, kind=asked.kind)

    return once(request, caller, key, asked, _doing("given" if asked.given else "answered", act))


@router.post("/contacts/{contact}/pass-on", response_model=Handled)
def pass_on(
    request: Request, caller: Answers, contact: ContactReference, asked: PassOn, key: Key = ""
) -> JSONResponse:
    """To another queue; by when the customer has an answer stays as they were told."""
    here: World = request.app.state.world

    def act() -> contacts.Kept:
        return contacts.pass_on(here, caller.actor, contact, asked.queue, kind=asked.kind)

    return once(request, caller, key, asked, _doing("passed_on", act))


@router.post("/contacts/{contact}/close", response_model=Handled)
def close(
    request: Request, caller: Answers, contact: ContactReference, asked: Close, key: Key = ""
) -> JSONResponse:
    """It needs no answer, and why."""
    here: World = request.app.state.world

    def act() -> contacts.Kept:
        return contacts.close(here, caller.actor, contact, asked.reason, kind=asked.kind)

    return once(request, caller, key, asked, _doing("closed", act))


def _doing(said: str, act: Callable[[], contacts.Kept]) -> Doing:
    return lambda: (_handled(said, act()), ())


def _handled(said: str, kept: contacts.Kept) -> Handled:
    return Handled(
        done=said,
        incident=kept["incident"],
        contact=kept["contact"],
        state=kept["state"],
        queue=kept["queue"],
    )
