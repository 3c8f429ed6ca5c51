"""Every kind of carrier that config/channels.yaml may name: one line each."""

from collections.abc import Mapping

from tellfirst.carriers.kinds import Kind
from tellfirst.carriers.sendgrid import SendGridMail, SendGridSettings
from tellfirst.carriers.twilio import TwilioSettings, TwilioSms
from tellfirst.domain.occasion import Channel

KINDS: Mapping[str, Kind] = {
    "twilio_sms": Kind(frozenset({Channel.SMS}), TwilioSettings, TwilioSms),
    "sendgrid": Kind(frozenset({Channel.EMAIL}), SendGridSettings, SendGridMail),
}
