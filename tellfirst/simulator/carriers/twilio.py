"""Twilio's Messages resource: create."""

import time
from secrets import token_hex
from typing import Any

from aiohttp import web

from tellfirst.simulator.carriers.answers import basic_authorization, is_authorized, json_answer
from tellfirst.simulator.carriers.config import TwilioAccount
from tellfirst.simulator.carriers.entries import Channel, Refusal, Sms, reference_in
from tellfirst.simulator.carriers.pace import Pace
from tellfirst.simulator.carriers.receipts import ReceiptQueue
from tellfirst.simulator.carriers.special_recipients import fate_of_phone
from tellfirst.simulator.carriers.truth import TruthLog
from tellfirst.simulator.carriers.twilio_form import read_form
from tellfirst.simulator.carriers.twilio_refusals import (
    TOO_MANY_REQUESTS,
    UNAUTHORIZED,
    TwilioRefusal,
    not_found,
    refusal,
    refusal_of_fault,
)
from tellfirst.simulator.carriers.twilio_resource import API_VERSION, Step, resource, steps_of
from tellfirst.simulator.carriers.webhooks import TwilioWebhook


class Twilio:
    """One account that takes texts, keeps the truth about them, and reports what became of each."""

    def __init__(self, account: TwilioAccount, truth: TruthLog, receipts: ReceiptQueue, pace: Pace) -> None:
        self.account = account
        self.truth = truth
        self.pace = pace
        self._receipts = receipts
        self._authorization = basic_authorization(account.account_sid, account.auth_token)
        self._throttled: set[str] = set()

    async def create(self, request: web.Request) -> web.Response:
        """POST /2010-04-01/Accounts/{sid}/Messages.json (Twilio, "Create a Message")."""
        if stranger := self.stranger(request):
            return json_answer(stranger.document(), stranger.status)
        is_form = request.content_type == "application/x-www-form-urlencoded"
        form, fault = read_form(await request.read() if is_form else b"")
        to = str(form.get("To", ""))
        refused = refusal_of_fault(fault, to) if fault else self._unwanted(form, to)
        if refused:
            return self._refuse(refused, form)
        sms = self._accept(form)
        return json_answer(resource(sms, self.account.account_sid, self.pace, sms.at), 201)

    def stranger(self, request: web.Request) -> TwilioRefusal | None:
        """Why this caller may not ask for this account, or None. Strangers are no part of the truth log."""
        if not is_authorized(request, self._authorization):
            return UNAUTHORIZED
        if request.match_info["account_sid"] != self.account.account_sid:
            return not_found(request.path)
        return None

    def keep(self, sms: Sms) -> None:
        """Make `sms` true: on disk first, then its status callbacks."""
        self.truth.append(sms)
        for step in steps_of(sms, self.pace) if sms.url else ():
            self._receipts.post_at(step.at, self._callback(sms, sms.url or "", step))

    def _unwanted(self, form: dict[str, Any], to: str) -> TwilioRefusal | None:
        fate = fate_of_phone(to)
        if fate.refusal_code:
            return refusal(fate.refusal_code, to, "To")
        if form.get("From", self.account.sender) != self.account.sender:
            return refusal(21606, to, "From")
        if fate.throttled and to not in self._throttled:
            self._throttled.add(to)
            return TOO_MANY_REQUESTS
        self._throttled.discard(to)
        return None

    def _refuse(self, refused: TwilioRefusal, form: dict[str, Any]) -> web.Response:
        self.truth.append(
            Refusal(
                row=self.truth.next_row,
                at=time.time(),
                channel=Channel.SMS,
                status=refused.status,
                code=refused.code,
                field=refused.field,
                reference=reference_in(form.get("StatusCallback")),
            )
        )
        headers = {"Retry-After": "1"} if refused.status == 429 else None
        return json_answer(refused.document(), refused.status, headers)

    def _accept(self, form: dict[str, Any]) -> Sms:
        sms = Sms(
            row=self.truth.next_row,
            at=time.time(),
            to=form["To"],
            carrier_ref=message_sid(self.truth.next_row),
            body=form["Body"],
            sender=self.account.sender,
            messaging_service=form.get("MessagingServiceSid"),
            url=form.get("StatusCallback"),
            reference=reference_in(form.get("StatusCallback")),
        )
        self.keep(sms)
        return sms

    def _callback(self, sms: Sms, url: str, step: Step) -> TwilioWebhook:
        form = {
            "AccountSid": self.account.account_sid,
            "ApiVersion": API_VERSION,
            "From": sms.sender,
            "MessageSid": sms.carrier_ref,
            "MessageStatus": step.status,
            "SmsSid": sms.carrier_ref,
            "SmsStatus": step.status,
            "To": sms.to,
        }
        if step.error_code:
            form["ErrorCode"] = str(step.error_code)
        if sms.messaging_service:
            form["MessagingServiceSid"] = sms.messaging_service
        return TwilioWebhook(url, form, self.account.auth_token)


def message_sid(row: int) -> str:
    """A new SID whose last twelve digits are the row, so that a look-up by SID needs no index."""
    return f"SM{token_hex(10)}{row:012x}"


def row_of(sid: str) -> int | None:
    """The row a SID points to; None when it cannot be one of ours."""
    try:
        return int(sid[22:], 16) if len(sid) == 34 else None
    except ValueError:
        return None
