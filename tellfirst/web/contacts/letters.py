"""Customers' mails, and the faxes among them, come in here from SendGrid's Inbound Parse."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from tellfirst.bootstrap import World
from tellfirst.carriers.port import RawRequest
from tellfirst.carriers.sendgrid import SendGridMail
from tellfirst.carriers.sendgrid.inbound import LARGEST
from tellfirst.contacts.mails import take_mail
from tellfirst.domain.errors import Refused
from tellfirst.web.door import raw_request

router = APIRouter()


@router.post("/contacts/{carrier}/mail", status_code=204)
@router.post("/contacts/{carrier}/mail/{token}", status_code=204)
async def mail_from_sendgrid(request: Request, carrier: str, token: str = "") -> Response:
    """A mail. It is answered with success once it is stored for good, since then it never comes again; the answer to
    it leaves after that."""
    here: World = request.app.state.world
    raw = await raw_request(request.scope, request.receive, here.settings.web_url, LARGEST)
    await run_in_threadpool(_take, here, carrier, token, raw)
    return Response(status_code=204)


def _take(here: World, carrier: str, token: str, request: RawRequest) -> None:
    listener = here.fleet.listener(carrier)
    if not isinstance(listener, SendGridMail):
        raise Refused("no_such_carrier", "no carrier of this name brings mails from customers", 404)
    # The time on the wire: what SendGrid signed is held against it, whatever a scenario's clock says.
    mail = listener.read_inbound(request, here.mail_door_token, token)
    take_mail(here.desk, mail, here.mail_rules, here.clock.now())
