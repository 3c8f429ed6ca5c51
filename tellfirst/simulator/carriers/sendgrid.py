"""SendGrid's v3 Mail Send."""

import asyncio
import time
from secrets import token_urlsafe
from typing import Any

import orjson
from aiohttp import web

from tellfirst.simulator.carriers.answers import is_authorized, json_answer
from tellfirst.simulator.carriers.config import SendGridAccount
from tellfirst.simulator.carriers.entries import Channel, Mail, Recipient, Refusal
from tellfirst.simulator.carriers.pace import Pace
from tellfirst.simulator.carriers.sendgrid_receipts import MailReceipt, MailReceipts
from tellfirst.simulator.carriers.sendgrid_rules import (
    UNAUTHORIZED,
    UNREADABLE,
    WRONG_TYPE,
    MailRefusal,
    refusal_of,
)
from tellfirst.simulator.carriers.special_recipients import fate_of_mail
from tellfirst.simulator.carriers.truth import TruthLog

LONG_BODY = 32 * 1024


class SendGrid:
    """One account that takes mails, keeps the truth about them, and reports what became of each."""

    def __init__(self, account: SendGridAccount, truth: TruthLog, receipts: MailReceipts, pace: Pace) -> None:
        self._account = account
        self._truth = truth
        self._receipts = receipts
        self._pace = pace
        self._authorization = b"Bearer " + account.api_key.encode()

    async def send(self, request: web.Request) -> web.Response:
        """POST /v3/mail/send (SendGrid, "Mail Send")."""
        if not is_authorized(request, self._authorization):
            return json_answer(UNAUTHORIZED.document(), UNAUTHORIZED.status)
        if request.content_type != "application/json":
            return self._refuse(WRONG_TYPE)
        body = await request.read()
        # A thousand recipients take some 65 ms to judge: in a thread that does not hold up the texts.
        mail, refused = await asyncio.to_thread(_judged, body) if len(body) > LONG_BODY else _judged(body)
        if refused:
            return self._refuse(refused)
        return web.Response(status=202, headers={"X-Message-Id": self._accept(mail)})

    def _refuse(self, refused: MailRefusal) -> web.Response:
        self._truth.append(
            Refusal(
                row=self._truth.next_row,
                at=time.time(),
                channel=Channel.EMAIL,
                status=refused.status,
                code=None,
                field=refused.field,
            )
        )
        return json_answer(refused.document(), refused.status)

    def _accept(self, mail: dict[str, Any]) -> str:
        everyone = _personal(mail)
        kept = Mail(
            row=self._truth.next_row,
            at=time.time(),
            carrier_ref=token_urlsafe(16),
            url=self._account.receipt_url,
            sender=mail["from"]["email"],
            subject=mail.get("subject", ""),
            content=mail["content"],
            recipients=[recipient for recipient, _ in everyone],
        )
        self._truth.append(kept)
        self._report(kept, [custom_args for _, custom_args in everyone], mail.get("categories", []))
        return kept.carrier_ref

    def _report(self, mail: Mail, custom_args: list[dict[str, str]], categories: list[str]) -> None:
        fates = [fate_of_mail(recipient.to) for recipient in mail.recipients]
        for step, due_at in enumerate(self._pace.due(mail.row, mail.at)):
            due = [
                MailReceipt(
                    recipient.to,
                    fate[step],
                    due_at,
                    mail.carrier_ref,
                    position,
                    custom_args[position],
                    categories,
                )
                for position, (recipient, fate) in enumerate(zip(mail.recipients, fates, strict=True))
                if step < len(fate)
            ]
            self._receipts.post_at(due_at, due)


def _judged(body: bytes) -> tuple[dict[str, Any], MailRefusal | None]:
    try:
        mail = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}, UNREADABLE
    return mail, refusal_of(mail)


def _personal(mail: dict[str, Any]) -> list[tuple[Recipient, dict[str, str]]]:
    """Every recipient with the custom arguments of its receipts: the mail's, then its personalization's."""
    shared = mail.get("custom_args", {})
    everyone = []
    for personalization in mail["personalizations"]:
        custom_args = {**shared, **personalization.get("custom_args", {})}
        for name in ("to", "cc", "bcc"):
            for address in personalization.get(name, ()):
                recipient = Recipient(
                    to=address["email"],
                    reference=custom_args.get("delivery"),
                    subject=personalization.get("subject"),
                    substitutions=personalization.get("substitutions", {}),
                )
                everyone.append((recipient, custom_args))
    return everyone
