"""Every kind of carrier that config/channels.yaml may name: one line each."""

from collections.abc import Mapping

from tellfirst.carriers.fax import Fax, FaxSettings
from tellfirst.carriers.kinds import Kind
from tellfirst.carriers.outbox import Outbox, OutboxSettings
from tellfirst.carriers.sendgrid import SendGridMail, SendGridSettings
from tellfirst.carriers.smtp import SmtpMail, SmtpSettings
from tellfirst.carriers.twilio import TwilioSettings, TwilioSms, TwilioVoice, TwilioWhatsApp
from tellfirst.carriers.webhook import WebhookCarrier, WebhookSettings
from tellfirst.domain.occasion import Channel

KINDS: Mapping[str, Kind] = {
    "fax": Kind(frozenset({Channel.FAX}), FaxSettings, Fax),
    "outbox": Kind(frozenset(Channel) - {Channel.NONE}, OutboxSettings, Outbox),
    "smtp": Kind(frozenset({Channel.EMAIL}), SmtpSettings, SmtpMail),
    "twilio_sms": Kind(frozenset({Channel.SMS}), TwilioSettings, TwilioSms),
    "twilio_voice": Kind(frozenset({Channel.VOICE}), TwilioSettings, TwilioVoice),
    "twilio_whatsapp": Kind(frozenset({Channel.WHATSAPP}), TwilioSettings, TwilioWhatsApp),
    "sendgrid": Kind(frozenset({Channel.EMAIL}), SendGridSettings, SendGridMail),
    "webhook": Kind(frozenset({Channel.WEBHOOK}), WebhookSettings, WebhookCarrier),
}
