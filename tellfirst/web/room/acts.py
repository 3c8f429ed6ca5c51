"""Every act of the room: first what it would do and say, then, confirmed, the same function that the command calls."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.background import BackgroundTask

from tellfirst.bootstrap import World
from tellfirst.waking import nudge
from tellfirst.web.room import deeds
from tellfirst.web.room.deeds import Act, Done
from tellfirst.web.room.drawing import room_page
from tellfirst.web.room.guard import Posted, Posting, RoomRoute

router = APIRouter(route_class=RoomRoute)
CONFIRMED = "do"
DANGEROUS = frozenset({"stop", "cancel-notice", "withdraw"})


def _add(act: Act) -> None:
    """A door for one act; it looks first where the act has something to show."""
    of_one = f"/room/incidents/{{reference}}/{act.name}"

    def take(
        request: Request, form: Annotated[Posted, Depends(Posting(act.right))], reference: str = ""
    ) -> Response:
        here: World = request.app.state.world
        if act.look is not None and form.get("step") != CONFIRMED:
            return room_page(
                here,
                "confirm",
                form.session,
                nav="nav_incidents",
                title=act.title,
                danger=act.name in DANGEROUS,
                reference=reference,
                target=f"{_page(reference)}/{act.name}",
                back=_page(reference),
                look=act.look(here, reference, form),
                carried=[pair for pair in form.pairs if pair[0] not in ("csrf", "step")],
            )
        return _done(request, reference, act.do(here, form.actor, reference, form))

    router.add_api_route(of_one, take, methods=["POST"], name=act.name)
    if act.of_everything:
        router.add_api_route(f"/room/{act.name}", take, methods=["POST"], name=f"{act.name} everything")


def _done(request: Request, reference: str, done: Done) -> Response:
    """Back to where it was done; whatever is due by it is woken once the answer is on its way."""
    here: World = request.app.state.world
    request.app.state.counter.forget()
    back = f"{_page(reference)}{done.where}"
    woken = BackgroundTask(nudge, here, list(done.due)) if done.due else None
    return RedirectResponse(f"{back}?done={done.said}", 303, background=woken)


def _page(reference: str) -> str:
    return f"/room/incidents/{reference}" if reference else "/room"


for one in deeds.ACTS:
    _add(one)
