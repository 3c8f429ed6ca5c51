"""What each carrier took and each customer got, for tests and the demonstration. No authentication."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import orjson

from tellfirst.simulator.carriers.account import Account
from tellfirst.simulator.carriers.http.answers import json_answer
from tellfirst.simulator.carriers.http.message import Answer, Request
from tellfirst.simulator.carriers.truth.entries import Call, Channel, Kind, Mail, Recipient, Text

ROWS_AT_ONCE = 500

Row = dict[str, object]


def counts(request: Request, account: Account) -> Answer:
    """GET /truth/counts: rows per channel, callbacks, faults and lies that really happened."""
    return json_answer(
        account.truth.counts()
        | {
            "callbacks": account.receipts.counts(),
            "faults": _named(account.faults.happened),
            "lies": _named(account.lies.told),
        }
    )


def accepted(request: Request, account: Account) -> Answer:
    """GET /truth/accepted?channel=&since=ROW: rows after ROW, oldest first, replies left out."""
    query = request.query
    channel, since = query.get("channel", ""), query.get("since", "0")
    if channel not in list(Channel) or not since.isdecimal():
        return _unanswerable("since the number of a row")
    return Answer(200, _slabs(_accepted(account, Channel(channel), int(since))))


def messages(request: Request, account: Account) -> Answer:
    """GET /truth/messages?to=: the texts, calls, replies and mails one address received, oldest first."""
    rows = list(account.truth.rows_of(request.query.get("to", "")))
    return json_answer([_message(account, row) for row in reversed(rows)])


def segments(request: Request, account: Account) -> Answer:
    """GET /truth/segments?channel=: what was accepted in each second, so that the used share can be told.

    Segments for sms, messages for whatsapp, calls for voice, recipients for email.
    """
    channel = request.query.get("channel", "")
    if channel not in list(Channel):
        return _unanswerable("and nothing else is asked")
    seconds = account.truth.segments(Channel(channel))
    return json_answer(
        {"total": sum(seconds.values()), "seconds": {str(second): count for second, count in seconds.items()}}
    )


def _named(counted: Mapping[Any, int]) -> dict[str, int]:
    return {name.value: count for name, count in sorted(counted.items())}


def _unanswerable(more: str) -> Answer:
    return json_answer({"error": f"channel must be one of {', '.join(Channel)}, {more}."}, 400)


def _slabs(rows: Iterator[Row]) -> Iterator[bytes]:
    """A JSON list in slabs, so that a long look back neither fills memory nor holds up the carriers."""
    separator = b"["
    while slab := list(islice(rows, ROWS_AT_ONCE)):
        yield separator + orjson.dumps(slab)[1:-1]
        separator = b","
    yield b"]" if separator == b"," else b"[]"


def _accepted(account: Account, channel: Channel, since: int) -> Iterator[Row]:
    for entry in account.truth.since(since):
        if entry.channel is not channel or entry.kind is not Kind.ACCEPTED:
            continue
        if isinstance(entry, Mail):
            for row, recipient in enumerate(entry.recipients, entry.row):
                if row > since:
                    yield _mail(entry, row, recipient)
        elif isinstance(entry, Text | Call):
            yield _single(entry)


def _message(account: Account, row: int) -> Row:
    entry = account.truth.entry(row)
    if isinstance(entry, Text | Call):
        return _single(entry) | {"kind": entry.kind}
    assert isinstance(entry, Mail)
    recipient = entry.recipients[row - entry.row]
    parts = {part["type"]: _filled(part["value"], recipient) for part in entry.content}
    texts = {"body": parts.get("text/plain"), "html": parts.get("text/html")}
    return _mail(entry, row, recipient) | texts | {"kind": entry.kind}


def _single(entry: Text | Call) -> Row:
    row: Row = {
        "row": entry.row,
        "channel": entry.channel,
        "at": entry.at,
        "to": entry.to,
        "reference": entry.reference,
        "carrier_ref": entry.carrier_ref,
        "body": entry.body,
        "url": entry.url,
    }
    if isinstance(entry, Text) and entry.content_sid:
        row |= {"content_sid": entry.content_sid, "content_variables": entry.content_variables}
    return row


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
