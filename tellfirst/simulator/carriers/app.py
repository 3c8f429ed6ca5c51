"""The simulated carriers as one router, and their life from start to end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tellfirst.simulator.carriers import oracle
from tellfirst.simulator.carriers.account import open_account
from tellfirst.simulator.carriers.accounts import AccountHandler, Accounts
from tellfirst.simulator.carriers.config import Config
from tellfirst.simulator.carriers.faults import doors
from tellfirst.simulator.carriers.http.client import Client
from tellfirst.simulator.carriers.http.message import Answer, Request
from tellfirst.simulator.carriers.http.router import Router
from tellfirst.simulator.carriers.http.server import serving
from tellfirst.simulator.carriers.receipts.agenda import Agenda
from tellfirst.simulator.carriers.receipts.queue import RETRY_AFTER_SECONDS, Posting
from tellfirst.simulator.carriers.receipts.signature import MailSigner
from tellfirst.simulator.carriers.schedules import Schedules
from tellfirst.simulator.carriers.sendgrid import activity, mail, writers
from tellfirst.simulator.carriers.twilio import callers, calls, customers, lookup, messages

HOST = "127.0.0.1"
WEBHOOK_TIMEOUT_SECONDS = 15.0

_ORACLE: dict[str, AccountHandler] = {
    "counts": oracle.counts,
    "accepted": oracle.accepted,
    "messages": oracle.messages,
    "segments": oracle.segments,
}


class CarriersApp:
    """What answers; made without a running loop, so that a wrong key or log is found before anything listens."""

    def __init__(self, config: Config, retry_after_seconds: tuple[float, ...] = RETRY_AFTER_SECONDS) -> None:
        """Raises ValueError or OSError when the key or the truth log cannot be used.

        `retry_after_seconds` are the waits before a receipt that could not be posted is tried again.
        """
        self._client = Client(WEBHOOK_TIMEOUT_SECONDS)
        self._posting = Posting(self._client, Agenda(), retry_after_seconds)
        signer = MailSigner(config.sendgrid.private_key_pem)
        default = open_account(
            config.twilio, config.sendgrid, config.conduct, self._posting, config.truth_log, signer
        )
        self._accounts = Accounts(default)
        self.router = Router()
        self._add_vendors()
        self._add_oracle()

    def close(self) -> None:
        """Stop receipts, close truth logs and connections."""
        self._posting.agenda.stop()
        self._accounts.close()
        self._client.close()

    def _add_vendors(self) -> None:
        add, accounts = self.router.add, self._accounts
        account = "/2010-04-01/Accounts/{account_sid}"
        add("POST", f"{account}/Messages.json", accounts.for_twilio(messages.create))
        add("GET", f"{account}/Messages.json", accounts.for_twilio(lookup.list_messages))
        add("GET", f"{account}/Messages/{{sid}}.json", accounts.for_twilio(lookup.fetch_message))
        add("POST", f"{account}/Calls.json", accounts.for_twilio(calls.create))
        add("GET", f"{account}/Calls.json", accounts.for_twilio(lookup.list_calls))
        add("GET", f"{account}/Calls/{{sid}}.json", accounts.for_twilio(lookup.fetch_call))
        add("POST", "/v3/mail/send", accounts.for_sendgrid(mail.send))
        add("GET", "/v3/messages", accounts.for_sendgrid(activity.search))
        add("POST", "/customers/sms", lambda request: self._text(request))
        add("POST", "/customers/call", lambda request: self._call(request))
        add("POST", "/customers/mail", lambda request: self._write(request))

    def _add_oracle(self) -> None:
        add, accounts = self.router.add, self._accounts
        for name, handler in _ORACLE.items():
            add("GET", f"/truth/{name}", accounts.for_default(handler))
            add("GET", f"/schedules/{{name}}/truth/{name}", accounts.for_schedule(handler))
        for method, handler in (("POST", doors.begin), ("DELETE", doors.end)):
            add(method, "/faults", accounts.for_default(handler))
            add(method, "/schedules/{name}/faults", accounts.for_schedule(handler))
        schedules = Schedules(accounts, self._posting)
        add("POST", "/schedules", schedules.create)
        add("GET", "/schedules", schedules.list)
        add("DELETE", "/schedules/{name}", schedules.delete)

    async def _text(self, request: Request) -> Answer:
        return await customers.text_company(request, self._accounts.default, self._client)

    async def _call(self, request: Request) -> Answer:
        return await callers.call_company(request, self._accounts.default, self._client)

    async def _write(self, request: Request) -> Answer:
        return await writers.write_company(request, self._accounts.default, self._client)


@asynccontextmanager
async def running(app: CarriersApp, port: int) -> AsyncIterator[int]:
    """The carriers at work on loopback while the block runs; gives the port, a free one for 0."""
    try:
        async with serving(app.router.answer, HOST, port) as taken:
            yield taken
    finally:
        app.close()
