"""Carriers report here. A report is stored before it is answered, and applied soon after."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from tellfirst.bootstrap import World
from tellfirst.carriers.port import Carrier
from tellfirst.web.door import raw_request

router = APIRouter()


@router.post("/receipts/twilio", status_code=204)
async def from_twilio(request: Request) -> Response:
    """A status callback."""
    here: World = request.app.state.world
    return await _keep(request, here.twilio())


@router.post("/receipts/sendgrid", status_code=204)
async def from_sendgrid(request: Request) -> Response:
    """A batch of mail reports."""
    here: World = request.app.state.world
    return await _keep(request, here.sendgrid())


async def _keep(request: Request, carrier: Carrier) -> Response:
    reported = await run_in_threadpool(carrier.parse_receipt, await raw_request(request))
    await request.app.state.inbox.keep(reported)
    return Response(status_code=204)
