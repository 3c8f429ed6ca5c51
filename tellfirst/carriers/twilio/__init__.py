"""Texts, calls and WhatsApp messages over Twilio's programmable API."""

from tellfirst.carriers.twilio.being_called import Line, said_to_caller
from tellfirst.carriers.twilio.inbound import InboundCall, InboundSms, Listening, answer
from tellfirst.carriers.twilio.settings import (
    ContentTemplate,
    TwilioSettings,
    VoiceSettings,
    WhatsAppSettings,
)
from tellfirst.carriers.twilio.sms import TwilioSms
from tellfirst.carriers.twilio.speech import SpokenBy
from tellfirst.carriers.twilio.voice import TwilioVoice
from tellfirst.carriers.twilio.whatsapp import TwilioWhatsApp

__all__ = [
    "ContentTemplate",
    "InboundCall",
    "InboundSms",
    "Line",
    "Listening",
    "SpokenBy",
    "TwilioSettings",
    "TwilioSms",
    "TwilioVoice",
    "TwilioWhatsApp",
    "VoiceSettings",
    "WhatsAppSettings",
    "answer",
    "said_to_caller",
]
