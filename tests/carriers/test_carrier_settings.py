"""Settings that cannot work are found before a customer is touched, and name no key."""

from typing import Any

import pytest
from sendgrid_house import KEY, public_key
from twilio_house import ACCOUNT, PUBLIC, SENDER, TOKEN

from tellfirst.carriers.sendgrid import SendGridMail, SendGridSettings
from tellfirst.carriers.twilio import (
    ContentTemplate,
    TwilioSettings,
    TwilioSms,
    TwilioVoice,
    TwilioWhatsApp,
    VoiceSettings,
    WhatsAppSettings,
)
from tellfirst.domain.errors import SetupError


@pytest.mark.parametrize(
    "wrong",
    [
        {"auth_token": ""},
        {"sender": ""},
        {"messaging_service_sid": "MG1"},
        {"public_url": "notices.example"},
        {"connect_timeout": 10.0},
    ],
)
def test_twilio_settings_that_cannot_work_are_refused_at_once(wrong: dict[str, object]) -> None:
    right: dict[str, Any] = {
        "account_sid": ACCOUNT,
        "auth_token": TOKEN,
        "public_url": PUBLIC,
        "sender": SENDER,
    }
    TwilioSettings(**right)
    with pytest.raises(SetupError):
        TwilioSettings(**{**right, **wrong})


@pytest.mark.parametrize(
    "wrong",
    [
        {"caller_id": ""},
        {"clips_url": "clips.example"},
        {"ring_seconds": 4},
        {"ring_seconds": 601},
        {"machine_detection": "Perhaps"},
    ],
)
def test_settings_of_calls_that_cannot_work_are_refused_at_once(wrong: dict[str, Any]) -> None:
    VoiceSettings(caller_id=SENDER)
    with pytest.raises(SetupError):
        VoiceSettings(**{"caller_id": SENDER, **wrong})


@pytest.mark.parametrize(
    "wrong",
    [
        {"sender": ""},
        {"sender": f"whatsapp:{SENDER}"},
        {"templates": {("update", "en"): (ContentTemplate("MG" + "1" * 32, ("company",)),)}},
        {"templates": {("update", "en"): (ContentTemplate("HX1", ("company",)),)}},
        {"templates": {("update", "en"): (ContentTemplate("HX" + "1" * 32, ()),)}},
    ],
)
def test_settings_of_whatsapp_that_cannot_work_are_refused_at_once(wrong: dict[str, Any]) -> None:
    right: dict[str, Any] = {
        "sender": SENDER,
        "templates": {("update", "en"): (ContentTemplate("HX" + "1" * 32, ("company",)),)},
    }
    WhatsAppSettings(**right)
    with pytest.raises(SetupError):
        WhatsAppSettings(**{**right, **wrong})


def test_each_channel_of_an_account_needs_its_own_part() -> None:
    calls = TwilioSettings(ACCOUNT, TOKEN, PUBLIC, voice=VoiceSettings(SENDER))
    whatsapp = TwilioSettings(ACCOUNT, TOKEN, PUBLIC, whatsapp=WhatsAppSettings(SENDER, {}))
    TwilioVoice(calls)
    TwilioWhatsApp(whatsapp)
    with pytest.raises(SetupError, match="to send texts"):
        TwilioSms(calls)
    with pytest.raises(SetupError, match="caller id"):
        TwilioVoice(whatsapp)
    with pytest.raises(SetupError, match="templates"):
        TwilioWhatsApp(calls)


@pytest.mark.parametrize(
    "wrong",
    [
        {"api_key": ""},
        {"api_key": "SG.copied-with-a-line-end\n"},
        {"sender_mail": "a@example.com\r\nBcc: b@example.com"},
        {"sender_name": "Deccan\nMobile"},
        {"host": "api.sendgrid.com"},
        {"receipt_public_key": ""},
        {"connect_timeout": 0.0},
    ],
)
def test_sendgrid_settings_that_cannot_work_are_refused_at_once(wrong: dict[str, object]) -> None:
    right: dict[str, Any] = {
        "api_key": KEY,
        "sender_mail": "notices@example.com",
        "receipt_public_key": public_key(),
    }
    SendGridSettings(**right)
    with pytest.raises(SetupError) as refused:
        SendGridSettings(**{**right, **wrong})
    assert KEY not in str(refused.value)


@pytest.mark.parametrize("key", ["not base64 at all", "AAAA", KEY])
def test_a_receipt_key_that_is_none_is_refused_at_once(key: str) -> None:
    with pytest.raises(SetupError, match="public EC key"):
        SendGridMail(SendGridSettings(KEY, "notices@example.com", key))
