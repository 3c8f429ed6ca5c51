"""The control room: pages for staff behind a login, drawn on the server and whole without a script."""

from fastapi import FastAPI

from tellfirst.bootstrap import World
from tellfirst.web.room import (
    acts,
    approvals,
    contact,
    entrance,
    front,
    incident,
    lists,
    live,
    opening,
    staff,
)
from tellfirst.web.room.counting import Counter
from tellfirst.web.room.live import Live

PARTS = (entrance, front, opening, incident, approvals, acts, lists, contact, staff, live)


def furnish(app: FastAPI, world: World) -> None:
    """Put the room into the app, with what its pages share."""
    app.state.counter = Counter(world)
    app.state.live = Live(world)
    for part in PARTS:
        app.include_router(part.router)
