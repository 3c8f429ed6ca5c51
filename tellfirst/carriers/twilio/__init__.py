"""Texts over Twilio's Programmable Messaging API."""

from tellfirst.carriers.twilio.inbound import InboundSms, answer
from tellfirst.carriers.twilio.settings import TwilioSettings
from tellfirst.carriers.twilio.sms import TwilioSms

__all__ = ["InboundSms", "TwilioSettings", "TwilioSms", "answer"]
