"""What customers bring over Twilio: texts, WhatsApp messages and calls; and the answer to a text in TwiML.

Sources: Twilio, Messaging Webhooks (MessageSid, From, Body, OptOutType); TwiML Voice, requests for a call (CallSid,
From, Digits).
"""

from dataclasses import dataclass, field

from twilio.twiml.messaging_response import MessagingResponse

from tellfirst.carriers.port import RawRequest
from tellfirst.carriers.twilio.settings import TwilioSettings
from tellfirst.carriers.twilio.signature import Form, verified_form
from tellfirst.carriers.twilio.speech import VOICES, Voices

WHATSAPP = "whatsapp:"
"""Before the numbers of a message over WhatsApp."""
WITHHELD = "withheld"
"""Whose number is not shown."""


@dataclass(frozen=True, slots=True)
class InboundSms:
    """A customer's text; `message_sid` is the same in every repetition by Twilio."""

    message_sid: str
    sender: str = field(repr=False)
    """The number alone; `over_whatsapp` says how it came."""
    recipient: str
    body: str = field(repr=False)
    over_whatsapp: bool = False
    opt_out: str = ""
    """STOP, START or HELP, where Twilio has understood such a word by itself and has answered it (Advanced Opt-Out)."""


@dataclass(frozen=True, slots=True)
class InboundCall:
    """A customer who calls, or a key they press in that call: `digits` is empty while nothing was pressed."""

    call_sid: str
    caller: str = field(repr=False)
    digits: str


class Listening:
    """What every carrier of this folder can do: hear what comes in over its account."""

    _settings: TwilioSettings

    @property
    def voices(self) -> Voices:
        """How this account speaks in a call."""
        voice = self._settings.voice
        return Voices({**VOICES, **(voice.voices if voice else {})}, voice.clips_url if voice else "")

    def parse_inbound(self, request: RawRequest) -> InboundSms:
        """The text a customer wrote to us. Raises Refused when Twilio did not sign it."""
        return read_inbound(self._settings.auth_token, request)

    def parse_call(self, request: RawRequest) -> InboundCall:
        """The customer who calls us. Raises Refused when Twilio did not sign it."""
        form = verified_form(self._settings.auth_token, request)
        caller = form.get("From", [""])[0] or WITHHELD
        return InboundCall(form.required("CallSid"), caller, form.get("Digits", [""])[0][:20])


def read_inbound(auth_token: str, request: RawRequest) -> InboundSms:
    """The text in a webhook. Raises Refused for a bad signature (403) or a missing field (400)."""
    form = verified_form(auth_token, request)
    sender = form.required("From")
    return InboundSms(
        form.required("MessageSid"),
        sender.removeprefix(WHATSAPP),
        form.required("To").removeprefix(WHATSAPP),
        _body(form),
        sender.startswith(WHATSAPP),
        form.get("OptOutType", [""])[0].upper(),
    )


def _body(form: Form) -> str:
    return form.get("Body", [""])[0]


def answer(text: str) -> str:
    """TwiML that sends `text` back to the customer; an empty text answers nothing."""
    response = MessagingResponse()
    if text:
        response.message(text)
    return str(response)
