"""What must be known to send mail over SendGrid."""

from dataclasses import dataclass, field

from tellfirst.domain.errors import SetupError


@dataclass(frozen=True, slots=True)
class SendGridSettings:
    """Raises SetupError for what cannot work."""

    api_key: str = field(repr=False)
    sender_mail: str
    receipt_public_key: str
    """Of the signed event webhook: base64 without the PEM lines, as SendGrid shows it."""
    sender_name: str = ""
    host: str | None = None
    """Where the API is, with its scheme; None is the real one."""
    timeout: float = 30.0
    """Seconds for a call; a full request takes SendGrid longer than one text takes Twilio."""
    connect_timeout: float = 5.0
    """Seconds of it for name, connection and TLS; until then nothing has been sent."""
    receipts_valid_for: int = 24 * 3600 + 300
    """Seconds for which a signed receipt is taken: SendGrid repeats for 24 h and may not sign anew."""
    inbound_public_key: str = ""
    """Of the security policy of Inbound Parse; empty: mails that come in are told by the token in their address."""
    inbound_valid_for: int = 3 * 24 * 3600 + 300
    """Seconds for which a signed mail is taken: SendGrid repeats for three days."""

    def __post_init__(self) -> None:
        if not (self.api_key and self.sender_mail and self.receipt_public_key):
            raise SetupError(
                "SendGrid needs an API key, a sender address and the public key of its signed event webhook"
            )
        if not self.api_key.isascii() or any(letter.isspace() for letter in self.api_key):
            raise SetupError("SendGrid's API key has a blank or a strange letter in it; copy it again")
        if self.host is not None and not self.host.startswith(("http://", "https://")):
            raise SetupError("SendGrid's host must start with https://")
        if any(letter in self.sender_mail + self.sender_name for letter in "\r\n"):
            raise SetupError("SendGrid's sender address and name must each be one line")
        if not 0 < self.connect_timeout < self.timeout:
            raise SetupError("SendGrid's connect timeout must be above zero and below the whole timeout")
