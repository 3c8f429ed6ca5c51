"""Carriers report here, each at a door of its own name. A report is stored before it is answered, and applied soon
after.

Texts are reported one by one, thousands a second after a mass notice: the door is a plain route, without what FastAPI
looks up and checks for every call.
"""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from tellfirst.bootstrap import World
from tellfirst.web.door import raw_request

router = APIRouter()
READ_AT_ONCE = 16 * 1024
"""Bytes: to check the signature of less takes less time than to hand it to a thread."""


async def from_carrier(request: Request) -> Response:
    """Whatever the carrier of this name reports, checked as it signs."""
    here: World = request.app.state.world
    raw = await raw_request(request)
    door = str(request.path_params["carrier"])
    if len(raw.body) <= READ_AT_ONCE:
        reported = here.fleet.receipts(door, raw)
    else:
        reported = await run_in_threadpool(here.fleet.receipts, door, raw)
    await request.app.state.inbox.keep(reported)
    return Response(status_code=204)


router.add_route("/receipts/{carrier}", from_carrier, methods=["POST"])
