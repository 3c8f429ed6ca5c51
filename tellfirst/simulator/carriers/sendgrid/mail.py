"""SendGrid's v3 Mail Send."""

import time
from collections.abc import Iterator
from secrets import token_urlsafe
from typing import Any

import orjson

from tellfirst.simulator.carriers.accepting import Accepting
from tellfirst.simulator.carriers.account import Account
from tellfirst.simulator.carriers.http.message import Answer, Request
from tellfirst.simulator.carriers.sendgrid.receipts import report
from tellfirst.simulator.carriers.sendgrid.rules import (
    TOO_MANY_REQUESTS,
    UNREADABLE,
    WRONG_TYPE,
    MailRefusal,
    error_answer,
    refusal_of,
)
from tellfirst.simulator.carriers.truth.entries import Channel, Mail, Recipient, Refusal

_MAILS: Accepting[Mail] = Accepting(report, lambda _row: token_urlsafe(16), error_answer)


def send(request: Request, account: Account) -> Answer:
    """POST /v3/mail/send (SendGrid, "Mail Send")."""
    return account.faults.on_create(Channel.EMAIL, error_answer, lambda: _judge(request, account))


def _judge(request: Request, account: Account) -> Answer:
    if request.content_type != "application/json":
        return _refuse(account, WRONG_TYPE)
    try:
        document = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return _refuse(account, UNREADABLE)
    if refused := refusal_of(document, account.sendgrid.asm_groups):
        return _refuse(account, refused)
    mail = _mail(account, document)
    if not account.permits.take(Channel.EMAIL, mail.sender, mail.segments):
        return _refuse(account, TOO_MANY_REQUESTS)
    return _MAILS.accept(account, mail, Answer(202, headers=(("X-Message-Id", mail.carrier_ref),)))


def _refuse(account: Account, refused: MailRefusal) -> Answer:
    account.truth.append(
        Refusal(
            row=account.truth.next_row,
            at=time.time(),
            channel=Channel.EMAIL,
            status=refused.status,
            code=None,
            field=refused.field,
        )
    )
    return refused.answer()


def _mail(account: Account, document: dict[str, Any]) -> Mail:
    return Mail(
        row=account.truth.next_row,
        at=time.time(),
        carrier_ref=token_urlsafe(16),
        url=account.sendgrid.receipt_url,
        sender=document["from"]["email"],
        subject=document.get("subject", ""),
        content=document["content"],
        recipients=list(_recipients(document)),
        categories=document.get("categories", []),
    )


def _recipients(document: dict[str, Any]) -> Iterator[Recipient]:
    """Every recipient with the custom arguments of its receipts: the mail's, then its personalization's."""
    shared = document.get("custom_args", {})
    for personalization in document["personalizations"]:
        custom_args = {**shared, **personalization.get("custom_args", {})}
        reference = custom_args.get("delivery")
        subject, substitutions = personalization.get("subject"), personalization.get("substitutions", {})
        for name in ("to", "cc", "bcc"):
            for address in personalization.get(name, ()):
                yield Recipient(address["email"], reference, subject, substitutions, custom_args)
