"""Notices for the systems of business customers: signed JSON posted to an address of theirs."""

from tellfirst.carriers.webhook.settings import WebhookSettings
from tellfirst.carriers.webhook.webhook import WebhookCarrier

__all__ = ["WebhookCarrier", "WebhookSettings"]
