"""Status callbacks of texts and calls: planned when accepted, made and signed when due."""

import asyncio
from collections.abc import Callable
from functools import partial

from tellfirst.simulator.carriers.account import Account
from tellfirst.simulator.carriers.receipts.posts import Guise, Post, posts_of
from tellfirst.simulator.carriers.receipts.webhooks import TwilioWebhook
from tellfirst.simulator.carriers.truth.entries import Call, Text
from tellfirst.simulator.carriers.twilio.call_resource import call_callback, reported_steps
from tellfirst.simulator.carriers.twilio.steps import API_VERSION, Step, steps_of

STRANGER_SID = "AC" + "5" * 32
STRANGER_TOKEN = "the-token-of-another-account"  # noqa: S105 - nobody's

_OPPOSITES = {
    "sent": "failed",
    "delivered": "undelivered",
    "read": "failed",
    "failed": "delivered",
    "undelivered": "delivered",
    "initiated": "failed",
    "ringing": "busy",
    "in-progress": "no-answer",
    "completed": "failed",
    "busy": "completed",
    "no-answer": "completed",
}


def report(account: Account, entry: Text | Call, *, is_true: bool = True) -> "asyncio.Future[None] | None":
    """Plan the callbacks of `entry`; the future, if any, is done when the one before the answer was tried.

    Waiting callbacks hold the row and read the entry again when due; what is not true has none to read.
    """
    if entry.url is None:
        return None
    waits: asyncio.Future[None] | None = None
    for post in posts_of(account.faults, entry.channel, [step.at for step in _reported(account, entry)]):
        make: Callable[[], TwilioWebhook]
        make = (
            partial(_kept, account, entry.row, post) if is_true else partial(_webhook, account, entry, post)
        )
        if post.before_answer:
            waits = account.receipts.post_before_answer(make)
        else:
            account.receipts.post_at(post.due_at, make)
    return waits


def _reported(account: Account, entry: Text | Call) -> list[Step]:
    steps = steps_of(entry, account.pace)
    return reported_steps(entry, steps) if isinstance(entry, Call) else steps


def _kept(account: Account, row: int, post: Post) -> TwilioWebhook:
    entry = account.truth.entry(row)
    assert isinstance(entry, Text | Call)
    return _webhook(account, entry, post)


def _webhook(account: Account, entry: Text | Call, post: Post) -> TwilioWebhook:
    step = _reported(account, entry)[post.step]
    account_sid, token = account.twilio.account_sid, account.twilio.auth_token
    if post.guise is not Guise.TRUE:
        step = Step(_OPPOSITES[step.status], step.at)
        token = STRANGER_TOKEN
        if post.guise is Guise.STRANGER:
            account_sid = STRANGER_SID
    if isinstance(entry, Call):
        form = call_callback(entry, account_sid, step, post.step)
    else:
        form = _message_callback(entry, account_sid, step)
    return TwilioWebhook(entry.url or "", form, token)


def _message_callback(text: Text, account_sid: str, step: Step) -> dict[str, str]:
    form = {
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
        "From": text.sender,
        "MessageSid": text.carrier_ref,
        "MessageStatus": step.status,
        "SmsSid": text.carrier_ref,
        "SmsStatus": step.status,
        "To": text.to,
    }
    if step.error_code:
        form["ErrorCode"] = str(step.error_code)
    if text.messaging_service:
        form["MessagingServiceSid"] = text.messaging_service
    return form
