"""One contact: what came, how it was understood, what was answered, and what its reader may do about it."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from tellfirst.accounts.audit import audit
from tellfirst.accounts.sessions import Session
from tellfirst.acting import contacts
from tellfirst.bootstrap import World
from tellfirst.contacts.hands import refuse_answer
from tellfirst.contacts.listing import shown, way_back
from tellfirst.domain.account import Right
from tellfirst.domain.audit import Actor, Audited, Through
from tellfirst.domain.contact import ContactKind
from tellfirst.domain.masked import masked
from tellfirst.store.engine import reading, writing
from tellfirst.web.room.deeds import closed
from tellfirst.web.room.drawing import room_page
from tellfirst.web.room.front import done_of
from tellfirst.web.room.guard import Looking, Posted, Posting, RoomRoute
from tellfirst.web.room.looks import Look

router = APIRouter(route_class=RoomRoute)
Answers = Annotated[Posted, Depends(Posting(Right.ANSWER))]


@router.get("/room/contacts/{contact}", response_class=HTMLResponse)
def contact_page(
    request: Request, contact: str, session: Annotated[Session, Depends(Looking(Right.CUSTOMERS))]
) -> HTMLResponse:
    """All that is known of it. The look is audited before it is shown; answers 404 for one that there is not."""
    here: World = request.app.state.world
    with reading(here.engine) as connection:
        it = shown(connection, contact)
    note_look(here, Actor(session.account.name, Through.ROOM), it)
    queues = [one.name for one in here.contact_words.queues.queues]
    kinds = [one.value for one in ContactKind]
    return room_page(here, "contact", session, it=it, queues=queues, kinds=kinds, done=done_of(request))


def note_look(here: World, actor: Actor, it: contacts.Kept) -> None:
    """Somebody is about to see this contact."""
    with writing(here.engine) as connection:
        about = {"incident": it["incident"] or "", "customer": it["customer"] or ""}
        now = here.clock.now()
        audit(connection, actor, Audited.LOOKED_AT_CONTACT, now, **about, contact=it["contact"])


@router.post("/room/contacts/{contact}/take")
def take(request: Request, contact: str, form: Answers) -> Response:
    """It is the reader's."""
    return _done(contact, "taken", lambda: contacts.take(_here(request), form.actor, contact))


@router.post("/room/contacts/{contact}/answer")
def answer(request: Request, contact: str, form: Answers) -> Response:
    """First where it would go; then it is promised, and leaves within half a minute."""
    here, given = _here(request), form.get("given") == "yes"
    text, kind = form.get("text").replace("\r\n", "\n"), closed(ContactKind, form.get("kind"))
    if form.get("step") != "do":
        return room_page(
            here,
            "confirm",
            form.session,
            nav="nav_contacts",
            title="answer_it",
            danger=False,
            reference=contact,
            target=f"/room/contacts/{contact}/answer",
            back=f"/room/contacts/{contact}",
            look=_look(here, form.actor, contact, text, given=given),
            carried=[("text", text), ("given", "yes" if given else ""), ("kind", kind or "")],
        )
    said = "given" if given else "answered"
    return _done(
        contact, said, lambda: contacts.answer(here, form.actor, contact, text, given=given, kind=kind)
    )


@router.post("/room/contacts/{contact}/pass-on")
def pass_on(request: Request, contact: str, form: Answers) -> Response:
    """It waits in another queue."""
    queue, kind = form.get("queue"), closed(ContactKind, form.get("kind"))
    return _done(
        contact,
        "passed_on",
        lambda: contacts.pass_on(_here(request), form.actor, contact, queue, kind=kind),
    )


@router.post("/room/contacts/{contact}/close")
def close(request: Request, contact: str, form: Answers) -> Response:
    """It needs no answer, and why."""
    reason, kind = form.get("reason")[:300], closed(ContactKind, form.get("kind"))
    return _done(
        contact, "closed", lambda: contacts.close(_here(request), form.actor, contact, reason, kind=kind)
    )


def _look(here: World, actor: Actor, contact: str, text: str, *, given: bool) -> Look:
    with reading(here.engine) as connection:
        refuse_answer(connection, contact, text)
        it, to = shown(connection, contact), way_back(connection, contact, here.clock.now())
    note_look(here, actor, it)
    if given:
        return Look("will_answer_given", words=text)
    if to is None:
        return Look("will_answer_nobody", words=text)
    return Look("will_answer", named=(f"{to.channel} {masked(to.address)}",), words=text)


def _here(request: Request) -> World:
    here: World = request.app.state.world
    return here


def _done(contact: str, said: str, act: Callable[[], contacts.Kept]) -> Response:
    kept = act()
    return RedirectResponse(f"/room/contacts/{kept['contact']}?done=contact_{said}", 303)
