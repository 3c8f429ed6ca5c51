"""An account of one schedule at the carriers, and the real carriers that use it."""

from dataclasses import dataclass, replace
from hashlib import blake2b

from tellfirst.carriers.port import Capabilities, Carrier
from tellfirst.carriers.sendgrid import SendGridMail, SendGridSettings
from tellfirst.carriers.twilio import TwilioSettings, TwilioSms
from tellfirst.domain.occasion import Channel

ANSWER_WITHIN = 0.3
"""Seconds of real time for a call: carriers on this machine answer in a few milliseconds, or never."""


@dataclass(frozen=True, slots=True)
class Account:
    """The keys of one schedule's own account at the carriers, and where their receipts go."""

    name: str
    carriers_url: str
    public_url: str
    receipt_key: str

    @property
    def account_sid(self) -> str:
        return "AC" + blake2b(self.name.encode(), digest_size=16).hexdigest()

    @property
    def auth_token(self) -> str:
        return f"token-of-{self.name}"

    @property
    def api_key(self) -> str:
        return f"SG.key-of-{self.name}"

    def carrier(self, channel: Channel, concurrency: int) -> Carrier:
        """The real one, over the vendor's own library."""
        return self._texts(concurrency) if channel is Channel.SMS else self._mails(concurrency)

    def _texts(self, concurrency: int) -> TwilioSms:
        class Texts(TwilioSms):
            capabilities: Capabilities = replace(TwilioSms.capabilities, concurrency=concurrency)

        return Texts(
            TwilioSettings(
                account_sid=self.account_sid,
                auth_token=self.auth_token,
                public_url=self.public_url,
                sender="+914012345678",
                base_url=self.carriers_url,
                timeout=ANSWER_WITHIN,
                connect_timeout=ANSWER_WITHIN / 2,
            )
        )

    def _mails(self, concurrency: int) -> SendGridMail:
        class Mails(SendGridMail):
            capabilities: Capabilities = replace(SendGridMail.capabilities, concurrency=concurrency)

        return Mails(
            SendGridSettings(
                api_key=self.api_key,
                sender_mail="service@tellfirst.example",
                receipt_public_key=self.receipt_key,
                host=self.carriers_url,
                timeout=ANSWER_WITHIN,
                connect_timeout=ANSWER_WITHIN / 2,
            )
        )
