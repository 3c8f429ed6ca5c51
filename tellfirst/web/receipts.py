"""Carriers report here, each at a door of its own name. A report is stored before it is answered, and applied soon
after."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from tellfirst.bootstrap import World
from tellfirst.web.door import raw_request

router = APIRouter()


@router.post("/receipts/{carrier}", status_code=204)
async def from_carrier(request: Request, carrier: str) -> Response:
    """Whatever the carrier of this name reports, checked as it signs."""
    here: World = request.app.state.world
    reported = await run_in_threadpool(here.fleet.receipts, carrier, await raw_request(request))
    await request.app.state.inbox.keep(reported)
    return Response(status_code=204)
