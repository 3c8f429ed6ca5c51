"""Carriers report here, each at a door of its own name. A report is stored before it is answered, and applied soon
after.

Texts are reported one by one, thousands a second after a mass notice. So these doors stand before the app of the
pages and speak ASGI: to find a route and to make request and response took longer than all that a receipt needs.
"""

from fastapi import Response
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from tellfirst.bootstrap import World
from tellfirst.domain.errors import Refused
from tellfirst.web.answers import fault, headers, refusal
from tellfirst.web.door import raw_request
from tellfirst.web.inbox import Inbox

PATH = "/receipts/"
"""The name of a carrier follows."""
READ_AT_ONCE = 16 * 1024
"""Bytes: to check the signature of less takes less time than to hand it to a thread."""
_NO_BODY = {"type": "http.response.body"}


class ReceiptDoors:
    """Takes what is posted below PATH, and hands everything else to the app `behind`."""

    def __init__(self, world: World, inbox: Inbox, behind: ASGIApp) -> None:
        self._world = world
        self._inbox = inbox
        self._behind = behind
        self._public_url = world.settings.web_url
        carried = headers(self._public_url).items()
        self._headers = [(name.lower().encode(), value.encode()) for name, value in carried]
        # Made once: thousands a second are answered with it.
        self._kept = {"type": "http.response.start", "status": 204, "headers": self._headers}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As any ASGI app. Raises what went wrong on our side, once it is answered."""
        if scope["type"] != "http" or not scope["path"].startswith(PATH):
            await self._behind(scope, receive, send)
            return
        carrier = scope["path"][len(PATH) :]
        try:
            await self._keep(carrier, scope, receive)
        except Refused as refused:
            answer = refusal(self._door(carrier), refused)
            answer.headers["Allow"] = "POST"  # RFC 9110 asks for it with 405 and permits it with any.
            await self._hardened(answer)(scope, receive, send)
        except ClientDisconnect:
            return  # Nobody waits for an answer, and nothing was kept.
        except (
            Exception
        ):  # the edge: whatever it was, the carrier is told to come again, and the server logs it
            await self._hardened(fault())(scope, receive, send)
            raise
        else:
            await send(self._kept)
            await send(_NO_BODY)

    async def _keep(self, carrier: str, scope: Scope, receive: Receive) -> None:
        """Whatever the carrier of this name reports, checked as it signs."""
        if scope["method"] != "POST":
            raise Refused("method_not_allowed", "receipts are posted", 405)
        raw = await raw_request(scope, receive, self._public_url)
        read = self._world.fleet.receipts
        at_once = len(raw.body) <= READ_AT_ONCE
        reported = read(carrier, raw) if at_once else await run_in_threadpool(read, carrier, raw)
        if reported:
            await self._inbox.keep(reported)

    def _hardened(self, answer: Response) -> Response:
        answer.headers.update(headers(self._public_url))
        return answer

    def _door(self, carrier: str) -> str:
        """Where it was, without what a stranger wrote into the address; a carrier of ours is named."""
        return PATH + (carrier if carrier in self._world.fleet.names else "?")
