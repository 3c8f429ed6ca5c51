"""The simulated carriers as one web application."""

from collections.abc import AsyncIterator

from aiohttp import ClientSession, ClientTimeout, TCPConnector, web

from tellfirst.simulator.carriers.config import Config
from tellfirst.simulator.carriers.customers import Customers
from tellfirst.simulator.carriers.oracle import Oracle
from tellfirst.simulator.carriers.pace import Pace
from tellfirst.simulator.carriers.receipts import POSTING_TASK_COUNT, RETRY_AFTER_SECONDS, ReceiptQueue
from tellfirst.simulator.carriers.sendgrid import SendGrid
from tellfirst.simulator.carriers.sendgrid_receipts import MailReceipts
from tellfirst.simulator.carriers.signature import MailSigner
from tellfirst.simulator.carriers.truth import TruthLog
from tellfirst.simulator.carriers.twilio import Twilio
from tellfirst.simulator.carriers.twilio_lookup import TwilioLookup

MAIL_BYTES_MAX = 30 * 1024 * 1024
WEBHOOK_TIMEOUT_SECONDS = 15


def build(config: Config, retry_after_seconds: tuple[float, ...] = RETRY_AFTER_SECONDS) -> web.Application:
    """The application for `config`; raises ValueError or OSError when its key or truth log cannot be used.

    `retry_after_seconds` are the waits before a receipt that could not be posted is tried again.
    """
    signer = MailSigner(config.sendgrid.private_key_pem)
    truth = TruthLog(config.truth_log)
    receipts = ReceiptQueue(retry_after_seconds)
    pace = Pace(config.seed, config.receipt_delay_seconds)
    twilio = Twilio(config.twilio, truth, receipts, pace)
    mail_receipts = MailReceipts(config.sendgrid.receipt_url, signer, receipts)
    sendgrid = SendGrid(config.sendgrid, truth, mail_receipts, pace)
    customers = Customers(twilio)

    async def running(_: web.Application) -> AsyncIterator[None]:
        connector = TCPConnector(limit=2 * POSTING_TASK_COUNT)
        timeout = ClientTimeout(total=WEBHOOK_TIMEOUT_SECONDS)
        async with ClientSession(connector=connector, timeout=timeout) as session:
            customers.session = session
            receipts.start(session)
            yield
            await receipts.stop()
        truth.close()

    app = web.Application(client_max_size=MAIL_BYTES_MAX)
    app.cleanup_ctx.append(running)
    _add_routes(app, twilio, sendgrid, customers, Oracle(truth, receipts))
    return app


def _add_routes(
    app: web.Application, twilio: Twilio, sendgrid: SendGrid, customers: Customers, oracle: Oracle
) -> None:
    lookup = TwilioLookup(twilio)
    account = "/2010-04-01/Accounts/{account_sid}"
    app.router.add_post(f"{account}/Messages.json", twilio.create)
    app.router.add_get(f"{account}/Messages.json", lookup.page)
    app.router.add_get(f"{account}/Messages/{{message_sid}}.json", lookup.fetch)
    app.router.add_post("/v3/mail/send", sendgrid.send)
    app.router.add_post("/customers/sms", customers.text)
    app.router.add_get("/truth/counts", oracle.counts)
    app.router.add_get("/truth/accepted", oracle.accepted)
    app.router.add_get("/truth/messages", oracle.messages)
