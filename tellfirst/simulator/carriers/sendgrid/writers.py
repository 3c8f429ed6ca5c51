"""Customers who write mails to the company: posted as Inbound Parse posts them, signed over the raw form.

Sources: SendGrid, Setting up the Inbound Parse Webhook; Securing your Inbound Parse Webhooks.
"""

import base64
import time
from dataclasses import dataclass
from email.header import Header
from email.utils import formatdate
from uuid import uuid4

import orjson

from tellfirst.simulator.carriers.account import Account
from tellfirst.simulator.carriers.http.answers import json_answer
from tellfirst.simulator.carriers.http.client import Client, NoAnswerError
from tellfirst.simulator.carriers.http.message import Answer, Request
from tellfirst.simulator.carriers.receipts.signature import MailSigner
from tellfirst.simulator.carriers.receipts.webhooks import posted
from tellfirst.simulator.carriers.schema import Schema

_SCHEMA = Schema(__package__, "customer_mail")


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """One post of Inbound Parse; `signer` has the key of its security policy."""

    url: str
    fields: dict[str, str]
    signer: MailSigner
    boundary: str
    receipt_count: int = 0

    @property
    def content_type(self) -> str:
        return f"multipart/form-data; boundary={self.boundary}"

    def body(self) -> bytes:
        parts = (
            f'--{self.boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
            for name, text in self.fields.items()
        )
        return f"{''.join(parts)}--{self.boundary}--\r\n".encode()

    def headers(self, url: str, body: bytes) -> dict[str, str]:
        timestamp = str(int(time.time()))
        return {
            "X-Twilio-Email-Event-Webhook-Signature": self.signer.signature(timestamp, body),
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        }


async def write_company(request: Request, account: Account, client: Client) -> Answer:
    """POST /customers/mail; answers the status of the inbound webhook. The company's answer comes by mail."""
    try:
        mail = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return json_answer({"error": "The body is not JSON."}, 400)
    if flaw := _SCHEMA.flaw(mail):
        return json_answer({"error": flaw.sentence}, 400)
    told: dict[str, object] = {"message_id": f"<{uuid4().hex}@customers.example>", "status": None}
    if not account.sendgrid.inbound_url:
        return json_answer(told | {"error": "The account has no inbound_url."}, 409)
    try:
        answered = await posted(client, _webhook(account, str(told["message_id"]), mail))
    except NoAnswerError as error:
        return json_answer(told | {"error": f"The inbound webhook gave no answer: {error}."}, 502)
    return json_answer(told | {"status": answered.status})


def _webhook(account: Account, message_id: str, mail: dict[str, str]) -> ParsedMail:
    headers = {
        "From": mail["from"],
        "To": mail["to"],
        "Subject": Header(mail["subject"], "utf-8").encode()
        if not mail["subject"].isascii()
        else mail["subject"],
        "Date": formatdate(),
        "Message-ID": message_id,
    }
    fields = {
        "headers": "".join(f"{name}: {value}\n" for name, value in headers.items()),
        "from": mail["from"],
        "to": mail["to"],
        "subject": mail["subject"],
        "text": mail["text"],
        "envelope": orjson.dumps({"to": [mail["to"]], "from": mail["from"]}).decode(),
        "charsets": orjson.dumps(dict.fromkeys(("to", "from", "subject", "text"), "UTF-8")).decode(),
        "SPF": "pass",
        "dkim": "{@customers.example : pass}",
    }
    # No line of a text can be this.
    boundary = base64.b32encode(uuid4().bytes).decode().strip("=")
    return ParsedMail(account.sendgrid.inbound_url, fields, account.signer, boundary)
