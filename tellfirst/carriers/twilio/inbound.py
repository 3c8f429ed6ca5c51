"""Texts that customers write to us, and the answer in TwiML."""

from dataclasses import dataclass, field

from twilio.twiml.messaging_response import MessagingResponse

from tellfirst.carriers.port import RawRequest
from tellfirst.carriers.twilio.signature import verified_form


@dataclass(frozen=True, slots=True)
class InboundSms:
    """A customer's text; `message_sid` is the same in every repetition by Twilio."""

    message_sid: str
    sender: str = field(repr=False)
    recipient: str
    body: str = field(repr=False)


def read_inbound(auth_token: str, request: RawRequest) -> InboundSms:
    """The text in a webhook. Raises Refused for a bad signature (403) or a missing field (400)."""
    form = verified_form(auth_token, request)
    return InboundSms(
        form.required("MessageSid"), form.required("From"), form.required("To"), form.get("Body", [""])[0]
    )


def answer(text: str) -> str:
    """TwiML that sends `text` back to the customer; an empty text answers nothing."""
    response = MessagingResponse()
    if text:
        response.message(text)
    return str(response)
