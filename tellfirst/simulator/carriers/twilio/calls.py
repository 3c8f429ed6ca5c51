"""Create a Call."""

import time
from functools import partial
from typing import Any

from tellfirst.simulator.carriers.accepting import Accepting
from tellfirst.simulator.carriers.account import Account
from tellfirst.simulator.carriers.http.answers import json_answer
from tellfirst.simulator.carriers.http.message import Answer, Request
from tellfirst.simulator.carriers.schema import Flaw
from tellfirst.simulator.carriers.special_recipients import fate_of_call
from tellfirst.simulator.carriers.truth.entries import Call, Channel, reference_in
from tellfirst.simulator.carriers.twilio.call_resource import call_resource
from tellfirst.simulator.carriers.twilio.form import Form, Pairs, read_pairs
from tellfirst.simulator.carriers.twilio.refusals import (
    TOO_MANY_REQUESTS,
    TwilioRefusal,
    error_answer,
    refusal,
    refusal_of_flaw,
    refuse,
)
from tellfirst.simulator.carriers.twilio.reporting import report
from tellfirst.simulator.carriers.twilio.sids import new_sid
from tellfirst.simulator.carriers.twilio.twiml import fault_of_twiml

_FORM = Form("call")
_CALLS: Accepting[Call] = Accepting(report, partial(new_sid, "CA"), error_answer)


def create(request: Request, account: Account) -> Answer:
    """POST /2010-04-01/Accounts/{sid}/Calls.json (Twilio, "Create a Call")."""
    is_form = request.content_type == "application/x-www-form-urlencoded"
    pairs = read_pairs(request.body if is_form else b"")
    return account.faults.on_create(Channel.VOICE, error_answer, lambda: _judge(account, pairs))


def _judge(account: Account, pairs: Pairs | Flaw) -> Answer:
    form, flaw = ({}, pairs) if isinstance(pairs, Flaw) else _FORM.read(pairs)
    to = str(form.get("To", ""))
    refused = refusal_of_flaw(flaw, to, Channel.VOICE) if flaw else _unwanted(account, form)
    if refused is None:
        if account.permits.take(Channel.VOICE, account.twilio.sender, 1):
            call = _call(account, form)
            resource = call_resource(call, account.twilio.account_sid, ())
            return _CALLS.accept(account, call, json_answer(resource, 201))
        refused = TOO_MANY_REQUESTS
    callback = form.get("StatusCallback")
    reference = reference_in(callback if isinstance(callback, str) else None)
    return refuse(account, refused, Channel.VOICE, reference)


def _unwanted(account: Account, form: dict[str, Any]) -> TwilioRefusal | None:
    to = form["To"]
    fate = fate_of_call(to)
    if fate.refusal_code:
        return refusal(fate.refusal_code, to, "To")
    if form["From"] != account.twilio.sender:
        return refusal(21210, to, "From")
    if "Twiml" in form and (sentence := fault_of_twiml(form["Twiml"])):
        return TwilioRefusal(400, 12100, sentence, "Twiml")
    if fate.throttled and to not in account.throttled:
        account.throttled.add(to)
        return TOO_MANY_REQUESTS
    account.throttled.discard(to)
    return None


def _call(account: Account, form: dict[str, Any]) -> Call:
    row = account.truth.next_row
    return Call(
        row=row,
        at=time.time(),
        to=form["To"],
        carrier_ref=new_sid("CA", row),
        body=form.get("Twiml") or form["Url"],
        sender=form["From"],
        url=form.get("StatusCallback"),
        reference=reference_in(form.get("StatusCallback")),
        told_of=form.get("StatusCallbackEvent", []),
        detects_machines="MachineDetection" in form,
    )
