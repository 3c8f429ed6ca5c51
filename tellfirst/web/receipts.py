"""Carriers report here. A report is stored before it is answered, and applied soon after.

Texts are reported one by one, thousands a second after a mass notice: these doors are plain routes, without what
FastAPI looks up and checks for every call.
"""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from tellfirst.bootstrap import World
from tellfirst.carriers.port import Carrier, Receipt
from tellfirst.domain.occasion import Channel
from tellfirst.web.door import raw_request

router = APIRouter()
SMALL = 20_000
"""Bytes that are read here: handing them to a thread takes longer than checking their signature."""


async def from_twilio(request: Request) -> Response:
    """A status callback."""
    return await _keep(request, _carrier(request, Channel.SMS))


async def from_sendgrid(request: Request) -> Response:
    """A batch of mail reports."""
    return await _keep(request, _carrier(request, Channel.EMAIL))


async def _keep(request: Request, carrier: Carrier) -> Response:
    raw = await raw_request(request)
    reported: list[Receipt]
    if len(raw.body) <= SMALL:
        reported = carrier.parse_receipt(raw)
    else:
        reported = await run_in_threadpool(carrier.parse_receipt, raw)
    await request.app.state.inbox.keep(reported)
    return Response(status_code=204)


def _carrier(request: Request, channel: Channel) -> Carrier:
    """Made once per app: it only reads here, and opens no connection."""
    kept: dict[Channel, Carrier] = request.app.state.receipt_readers
    if channel not in kept:
        here: World = request.app.state.world
        kept[channel] = here.carrier(channel)
    return kept[channel]


router.add_route("/receipts/twilio", from_twilio, methods=["POST"])
router.add_route("/receipts/sendgrid", from_sendgrid, methods=["POST"])
