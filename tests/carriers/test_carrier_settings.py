"""Settings that cannot work are found before a customer is touched, and name no key."""

from typing import Any

import pytest
from sendgrid_house import KEY, public_key
from twilio_house import ACCOUNT, PUBLIC, SENDER, TOKEN

from tellfirst.carriers.sendgrid import SendGridMail, SendGridSettings
from tellfirst.carriers.twilio import TwilioSettings
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
