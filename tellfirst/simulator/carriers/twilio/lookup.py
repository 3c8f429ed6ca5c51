"""What Twilio answers about texts and calls it took: fetch one, list many; only what the log holds."""

import time

from tellfirst.simulator.carriers.account import Account
from tellfirst.simulator.carriers.http.answers import json_answer
from tellfirst.simulator.carriers.http.message import Answer, Request
from tellfirst.simulator.carriers.truth.entries import Call, Channel, Entry, Text
from tellfirst.simulator.carriers.twilio.call_resource import call_resource
from tellfirst.simulator.carriers.twilio.listing import Listed, Listing
from tellfirst.simulator.carriers.twilio.message_resource import message_resource
from tellfirst.simulator.carriers.twilio.refusals import error_answer, not_found
from tellfirst.simulator.carriers.twilio.sids import row_of
from tellfirst.simulator.carriers.twilio.steps import steps_of


def fetch_message(request: Request, account: Account, sid: str) -> Answer:
    """GET /2010-04-01/Accounts/{sid}/Messages/{sid}.json (Twilio, "Fetch a Message")."""
    return account.faults.on_lookup(Channel.SMS, error_answer, lambda: _fetch(request, account, sid, Text))


def fetch_call(request: Request, account: Account, sid: str) -> Answer:
    """GET /2010-04-01/Accounts/{sid}/Calls/{sid}.json (Twilio, "Fetch a Call")."""
    return account.faults.on_lookup(Channel.VOICE, error_answer, lambda: _fetch(request, account, sid, Call))


def list_messages(request: Request, account: Account) -> Answer:
    """GET /2010-04-01/Accounts/{sid}/Messages.json?To=&From=&DateSent=&PageSize=."""
    is_whatsapp = request.query.get("To", "").startswith("whatsapp:")
    channel = Channel.WHATSAPP if is_whatsapp else Channel.SMS
    return account.faults.on_lookup(
        channel, error_answer, lambda: _listing(account, Text).page(request, account)
    )


def list_calls(request: Request, account: Account) -> Answer:
    """GET /2010-04-01/Accounts/{sid}/Calls.json?To=&From=&Status=&StartTime=&PageSize=."""
    return account.faults.on_lookup(
        Channel.VOICE, error_answer, lambda: _listing(account, Call).page(request, account)
    )


def _fetch(request: Request, account: Account, sid: str, kind: type[Text] | type[Call]) -> Answer:
    entry = account.truth.entry(row_of(sid) or 0)
    if isinstance(entry, kind) and entry.carrier_ref == sid:
        now = time.time()
        if _is_shown(account, entry, now):
            return json_answer(_resource(account, entry, now))
    return not_found(request.path).answer()


def _listing(account: Account, kind: type[Text] | type[Call]) -> Listing:
    now = time.time()

    def resource_of(entry: Entry) -> dict[str, object] | None:
        if not isinstance(entry, kind) or not _is_shown(account, entry, now):
            return None
        return _resource(account, entry, now)

    def date_of(entry: Listed) -> float | None:
        first = steps_of(entry, account.pace)[0].at
        return first if first <= now else None

    if kind is Text:
        return Listing("messages", "DateSent", frozenset({"From"}), resource_of, date_of)
    return Listing("calls", "StartTime", frozenset({"From", "Status"}), resource_of, date_of)


def _is_shown(account: Account, entry: Text | Call, now: float) -> bool:
    return not account.lies.is_denied(entry.row) and account.faults.is_listed(entry.at, now)


def _resource(account: Account, entry: Text | Call, now: float) -> dict[str, object]:
    reached = [step for step in steps_of(entry, account.pace) if step.at <= now]
    if isinstance(entry, Call):
        return call_resource(entry, account.twilio.account_sid, reached)
    return message_resource(entry, account.twilio.account_sid, reached)
