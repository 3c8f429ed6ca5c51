"""The control room: pages for staff behind a login, drawn on the server and whole without a script."""

from fastapi import APIRouter, FastAPI

from tellfirst.bootstrap import World
from tellfirst.web.room import acts, approvals, entrance, front, incident, lists, live, staff
from tellfirst.web.room.counting import Counter
from tellfirst.web.room.live import Live

router = APIRouter()
for part in (entrance, front, incident, approvals, acts, lists, staff, live):
    router.include_router(part.router)


def furnish(app: FastAPI, world: World) -> None:
    """Put the room into the app, with what its pages share."""
    app.state.counter = Counter()
    app.state.live = Live(world)
    app.include_router(router)
