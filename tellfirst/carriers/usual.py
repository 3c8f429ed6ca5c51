"""The usual lineup: one Twilio and one SendGrid as the environment says, or their simulated doubles."""

from collections.abc import Mapping
from typing import Any

from tellfirst.carriers.lineup import Configured, Lineup
from tellfirst.carriers.registry import KINDS
from tellfirst.domain.errors import SetupError
from tellfirst.domain.occasion import Channel
from tellfirst.secrets import Secrets
from tellfirst.settings import Settings

SIMULATED_SENDER = "+914000000198"
SIMULATED_SENDER_MAIL = "service@tellfirst.example"
TWILIO_TOKEN, SENDGRID_KEY = "TELLFIRST_TWILIO_AUTH_TOKEN", "TELLFIRST_SENDGRID_API_KEY"  # names, no secrets


def is_configured(settings: Settings) -> bool:
    """Whether the environment names real carriers. Raises SetupError for half of it."""
    real = {
        "TELLFIRST_TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
        TWILIO_TOKEN: settings.twilio_auth_token.get_secret_value(),
        "TELLFIRST_TWILIO_SENDER": settings.twilio_sender,
        SENDGRID_KEY: settings.sendgrid_api_key.get_secret_value(),
        "TELLFIRST_SENDGRID_SENDER": settings.sendgrid_sender,
        "TELLFIRST_SENDGRID_RECEIPT_KEY": settings.sendgrid_receipt_key,
    }
    missing = [name for name, value in real.items() if not value]
    if missing and len(missing) < len(real):
        raise SetupError(
            f"carriers are only half configured; set {', '.join(missing)} too, or none of "
            f"{', '.join(real)} to work with simulated ones"
        )
    return not missing


def of_the_environment(settings: Settings) -> Lineup:
    """One carrier for texts and one for mails."""
    is_service = settings.twilio_sender.startswith("MG")
    return _lineup(
        {
            "account_sid": settings.twilio_account_sid,
            "sender": "" if is_service else settings.twilio_sender,
            "messaging_service_sid": settings.twilio_sender if is_service else "",
            "base_url": settings.twilio_base_url or None,
        },
        {
            "host": settings.sendgrid_base_url or None,
            "sender_mail": settings.sendgrid_sender,
            "receipt_public_key": settings.sendgrid_receipt_key,
            "inbound_public_key": settings.sendgrid_inbound_key,
        },
    )


def simulated(settings: Settings, secrets: Secrets) -> Lineup:
    """The same over HTTP to a process of our own, which shares `shared_keys` with us."""
    return _lineup(
        {
            "account_sid": secrets.twilio_account_sid,
            "sender": SIMULATED_SENDER,
            "base_url": settings.carriers_url,
        },
        {
            "host": settings.carriers_url,
            "sender_mail": settings.sendgrid_sender or SIMULATED_SENDER_MAIL,
            "receipt_public_key": settings.sendgrid_receipt_key or secrets.sendgrid_public_key,
            "inbound_public_key": settings.sendgrid_inbound_key or secrets.sendgrid_public_key,
        },
    )


def shared_keys(secrets: Secrets) -> Mapping[str, str]:
    """What stands in the variables of the simulated carriers."""
    return {TWILIO_TOKEN: secrets.twilio_auth_token, SENDGRID_KEY: secrets.sendgrid_api_key}


def _lineup(twilio: Mapping[str, Any], sendgrid: Mapping[str, Any]) -> Lineup:
    return {
        Channel.SMS: (_only("twilio", "twilio_sms", Channel.SMS, {**twilio, "auth_token": TWILIO_TOKEN}),),
        Channel.EMAIL: (_only("sendgrid", "sendgrid", Channel.EMAIL, {**sendgrid, "api_key": SENDGRID_KEY}),),
    }


def _only(name: str, kind: str, channel: Channel, settings: Mapping[str, Any]) -> Configured:
    return Configured(name, kind, channel, KINDS[kind].keys.model_validate(settings))
