"""Create a Message: SMS, and WhatsApp when the number says so."""

import time
from functools import partial
from typing import Any

from tellfirst.simulator.carriers.accepting import Accepting
from tellfirst.simulator.carriers.account import Account
from tellfirst.simulator.carriers.http.answers import json_answer
from tellfirst.simulator.carriers.http.message import Answer, Request
from tellfirst.simulator.carriers.schema import Flaw
from tellfirst.simulator.carriers.special_recipients import fate_of_phone
from tellfirst.simulator.carriers.truth.entries import Channel, Text, reference_in
from tellfirst.simulator.carriers.twilio.form import Form, Pairs, read_pairs
from tellfirst.simulator.carriers.twilio.message_resource import message_resource
from tellfirst.simulator.carriers.twilio.refusals import (
    TOO_MANY_REQUESTS,
    TwilioRefusal,
    error_answer,
    refusal,
    refusal_of_flaw,
    refuse,
)
from tellfirst.simulator.carriers.twilio.reporting import report
from tellfirst.simulator.carriers.twilio.segments import segment_count
from tellfirst.simulator.carriers.twilio.sids import new_sid
from tellfirst.simulator.carriers.twilio.whatsapp import WHATSAPP, refusal_of_whatsapp, rendered

_FORMS = {Channel.SMS: Form("message"), Channel.WHATSAPP: Form("whatsapp")}
TEXTS: Accepting[Text] = Accepting(report, partial(new_sid, "SM"), error_answer)


def create(request: Request, account: Account) -> Answer:
    """POST /2010-04-01/Accounts/{sid}/Messages.json (Twilio, "Create a Message")."""
    is_form = request.content_type == "application/x-www-form-urlencoded"
    pairs = read_pairs(request.body if is_form else b"")
    channel = _channel_of(pairs)
    return account.faults.on_create(channel, error_answer, lambda: _judge(account, channel, pairs))


def _channel_of(pairs: Pairs | Flaw) -> Channel:
    if isinstance(pairs, Flaw):
        return Channel.SMS
    return Channel.WHATSAPP if dict(pairs).get("To", "").startswith(WHATSAPP) else Channel.SMS


def _judge(account: Account, channel: Channel, pairs: Pairs | Flaw) -> Answer:
    form, flaw = ({}, pairs) if isinstance(pairs, Flaw) else _FORMS[channel].read(pairs)
    to, now = str(form.get("To", "")), time.time()
    refused = refusal_of_flaw(flaw, to, channel) if flaw else _unwanted(account, channel, form, now)
    if refused is None:
        text = _text(account, channel, form, now)
        if account.permits.take(channel, text.sender, text.segments):
            resource = message_resource(text, account.twilio.account_sid, ())
            return TEXTS.accept(account, text, json_answer(resource, 201))
        refused = TOO_MANY_REQUESTS
    callback = form.get("StatusCallback")
    return refuse(account, refused, channel, reference_in(callback if isinstance(callback, str) else None))


def _unwanted(account: Account, channel: Channel, form: dict[str, Any], now: float) -> TwilioRefusal | None:
    to = form["To"]
    fate = fate_of_phone(to)
    if fate.refusal_code:
        return refusal(fate.refusal_code, to, "To")
    if channel is Channel.WHATSAPP:
        if refused := refusal_of_whatsapp(account, form, now):
            return refused
    elif form.get("From", account.twilio.sender) != account.twilio.sender:
        return refusal(21606, to, "From")
    if fate.throttled and to not in account.throttled:
        account.throttled.add(to)
        return TOO_MANY_REQUESTS
    account.throttled.discard(to)
    return None


def _text(account: Account, channel: Channel, form: dict[str, Any], now: float) -> Text:
    row = account.truth.next_row
    body = form.get("Body") or rendered(account, form)
    is_sms = channel is Channel.SMS
    return Text(
        row=row,
        at=now,
        to=form["To"],
        carrier_ref=new_sid("SM", row),
        body=body,
        sender=account.twilio.sender if is_sms else WHATSAPP + account.twilio.sender,
        messaging_service=form.get("MessagingServiceSid"),
        url=form.get("StatusCallback"),
        reference=reference_in(form.get("StatusCallback")),
        channel=channel,
        segments=segment_count(body) if is_sms else 1,
        content_sid=form.get("ContentSid"),
        content_variables=form.get("ContentVariables"),
    )
