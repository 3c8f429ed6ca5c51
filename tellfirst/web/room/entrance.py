"""Coming in and going out: log in, log out, change one's own password."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from tellfirst.accounts import keeping, sessions
from tellfirst.accounts.audit import audit
from tellfirst.accounts.logging_in import log_in, log_out
from tellfirst.accounts.passwords import hash_of, matches
from tellfirst.accounts.sessions import Session, csrf_of
from tellfirst.bootstrap import World
from tellfirst.domain.account import clean_password
from tellfirst.domain.audit import Audited
from tellfirst.domain.errors import Refused, RuleBroken
from tellfirst.store.engine import reading, writing
from tellfirst.web.room.drawing import room_page
from tellfirst.web.room.guard import (
    Looking,
    Posted,
    Posting,
    RoomRoute,
    check_form,
    cookie_of,
    drop_cookie,
    form_pairs,
    inside,
    set_cookie,
)

router = APIRouter(route_class=RoomRoute)
LONGEST_PASSWORD = 1_024
OPEN_PATHS = frozenset({"/room/login"})
"""What somebody may see and send who is not logged in."""


@router.get("/room/login", response_class=HTMLResponse)
def ask(request: Request, next: str = "/room", done: str = "") -> Response:
    """The form. Whoever is logged in already goes on."""
    here: World = request.app.state.world
    if sessions.find(here.engine, cookie_of(request), here.wall.now()):
        return RedirectResponse(inside(next), 303)
    return _form(here, inside(next), done=done)


@router.post("/room/login")
async def come_in(request: Request) -> Response:
    """A session that begins here always has a token of its own: one that was planted before is worth nothing."""
    here: World = request.app.state.world
    form = dict(await form_pairs(request))
    check_form(request, form.get("csrf", ""), cookie_of(request))
    return await run_in_threadpool(_come_in, here, form, request.client.host if request.client else "")


def _come_in(here: World, form: dict[str, str], address: str) -> Response:
    name, password = form.get("name", ""), form.get("password", "")[:LONGEST_PASSWORD]
    onwards = inside(form.get("next", ""))
    try:
        token = log_in(here.engine, name, password, address, here.wall.now(), here.clock.now())
    except Refused as refused:
        return _form(here, onwards, refused.status, str(refused))
    answer = RedirectResponse(onwards, 303)
    set_cookie(here, answer, token)
    return answer


@router.post("/room/logout")
def go_out(request: Request, form: Annotated[Posted, Depends(Posting(None))]) -> Response:
    """The session ends here and in the browser."""
    here: World = request.app.state.world
    log_out(here.engine, form.session, here.clock.now())
    answer = RedirectResponse("/room/login?done=logged_out", 303)
    drop_cookie(here, answer)
    return answer


@router.get("/room/account", response_class=HTMLResponse)
def own(request: Request, session: Annotated[Session, Depends(Looking(None))]) -> HTMLResponse:
    """Who one is and what one may do."""
    return room_page(request.app.state.world, "account", session, problem="")


@router.post("/room/account/password")
def change(request: Request, form: Annotated[Posted, Depends(Posting(None))]) -> Response:
    """Of one's own account, with the password it has now. Every session of it ends, this one too."""
    here: World = request.app.state.world
    name = form.session.account.name
    try:
        hashed = _new_password(here, form, name)
    except RuleBroken as broken:
        return room_page(here, "account", form.session, 422, problem=str(broken))
    with writing(here.engine) as connection:
        keeping.set_password(connection, name, hashed, here.wall.now())
        audit(connection, form.actor, Audited.PASSWORD_CHANGED, here.clock.now(), account=name)
    answer = RedirectResponse("/room/login?done=password", 303)
    drop_cookie(here, answer)
    return answer


def _new_password(here: World, form: Posted, name: str) -> str:
    raw = dict(form.pairs)
    with reading(here.engine) as connection:
        known = keeping.kept_password(connection, name)
    if known is None or not matches(known[1], raw.get("now", "")[:LONGEST_PASSWORD]):
        raise RuleBroken("this is not your password; nothing was changed")
    if raw.get("new", "") != raw.get("again", ""):
        raise RuleBroken("these were two different passwords; nothing was changed")
    return hash_of(clean_password(name, raw.get("new", "")))


def _form(here: World, onwards: str, status: int = 200, problem: str = "", done: str = "") -> HTMLResponse:
    """It carries the mark of a token that is nobody's session, so that nobody is logged in by a form of elsewhere."""
    token = sessions.new_token()
    shown = done if done in ("logged_out", "password") else ""
    answer = room_page(
        here, "login", None, status, problem=problem, onwards=onwards, mark=csrf_of(token), done=shown
    )
    set_cookie(here, answer, token)
    return answer
