"""What each carrier took and each customer got, for tests and the demonstration. No authentication."""

from collections.abc import Iterator
from itertools import islice

import orjson
from aiohttp import web

from tellfirst.simulator.carriers.answers import json_answer
from tellfirst.simulator.carriers.entries import Channel, Kind, Mail, Recipient, Sms
from tellfirst.simulator.carriers.receipts import ReceiptQueue
from tellfirst.simulator.carriers.truth import TruthLog

ROWS_AT_ONCE = 500

Row = dict[str, object]


class Oracle:
    """Read-only views of the truth log."""

    def __init__(self, truth: TruthLog, receipts: ReceiptQueue) -> None:
        self._truth = truth
        self._receipts = receipts

    async def counts(self, request: web.Request) -> web.Response:
        """GET /truth/counts."""
        return json_answer(self._truth.counts() | {"callbacks": self._receipts.counts()})

    async def accepted(self, request: web.Request) -> web.StreamResponse:
        """GET /truth/accepted?channel=sms|email&since=ROW: rows after ROW, oldest first, replies left out."""
        channel, since = request.query.get("channel", ""), request.query.get("since", "0")
        if channel not in list(Channel) or not since.isdecimal():
            return json_answer({"error": "channel must be sms or email, since the number of a row."}, 400)
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        rows = self._accepted(Channel(channel), int(since))
        separator = b"["
        # In slabs, so that a long look back neither fills memory nor holds up the carriers.
        while slab := list(islice(rows, ROWS_AT_ONCE)):
            await answer.write(separator + orjson.dumps(slab)[1:-1])
            separator = b","
        await answer.write(b"]" if separator == b"," else b"[]")
        await answer.write_eof()
        return answer

    async def messages(self, request: web.Request) -> web.Response:
        """GET /truth/messages?to=: the texts, replies and mails one address received, oldest first."""
        return json_answer([self._message(row) for row in self._truth.rows_of(request.query.get("to", ""))])

    def _accepted(self, channel: Channel, since: int) -> Iterator[Row]:
        for entry in self._truth.since(since):
            if entry.channel is not channel or entry.kind is not Kind.ACCEPTED:
                continue
            if isinstance(entry, Sms):
                yield _sms(entry)
            elif isinstance(entry, Mail):
                for row, recipient in enumerate(entry.recipients, entry.row):
                    if row > since:
                        yield _mail(entry, row, recipient)

    def _message(self, row: int) -> Row:
        entry = self._truth.entry(row)
        if isinstance(entry, Sms):
            return _sms(entry) | {"kind": entry.kind}
        assert isinstance(entry, Mail)
        recipient = entry.recipients[row - entry.row]
        parts = {part["type"]: _filled(part["value"], recipient) for part in entry.content}
        texts = {"body": parts.get("text/plain"), "html": parts.get("text/html")}
        return _mail(entry, row, recipient) | texts | {"kind": entry.kind}


def _sms(sms: Sms) -> Row:
    return {
        "row": sms.row,
        "channel": sms.channel,
        "at": sms.at,
        "to": sms.to,
        "reference": sms.reference,
        "carrier_ref": sms.carrier_ref,
        "body": sms.body,
        "url": sms.url,
    }


def _mail(mail: Mail, row: int, recipient: Recipient) -> Row:
    return {
        "row": row,
        "channel": mail.channel,
        "at": mail.at,
        "to": recipient.to,
        "reference": recipient.reference,
        "carrier_ref": mail.carrier_ref,
        "subject": _filled(recipient.subject or mail.subject, recipient),
        "url": mail.url,
    }


def _filled(text: str, recipient: Recipient) -> str:
    """`text` with this recipient's substitutions, which are textual, as SendGrid makes them."""
    for tag, value in recipient.substitutions.items():
        text = text.replace(tag, value)
    return text
