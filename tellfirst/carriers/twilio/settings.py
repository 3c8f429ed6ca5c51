"""What must be known to send texts over Twilio."""

from dataclasses import dataclass, field

from tellfirst.domain.errors import SetupError


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """Exactly one of `sender` and `messaging_service_sid` is set. Raises SetupError for what cannot work."""

    account_sid: str
    auth_token: str = field(repr=False)
    public_url: str
    """Where Twilio reaches us, as customers' carriers see it: receipts are signed over this address."""
    sender: str = ""
    """Our number, E.164, or our alphanumeric name."""
    messaging_service_sid: str = ""
    """MG..., a pool of senders; Twilio then chooses the number."""
    base_url: str | None = None
    """Where the API is; None is the real one."""
    timeout: float = 10.0
    """Seconds for a whole call."""
    connect_timeout: float = 3.0
    """Seconds of it for name, connection and TLS; until then nothing has been sent."""

    def __post_init__(self) -> None:
        if not (self.account_sid and self.auth_token):
            raise SetupError("Twilio needs an account SID and its auth token; set both")
        if bool(self.sender) == bool(self.messaging_service_sid):
            raise SetupError("Twilio needs a sender or a messaging service SID, and not both")
        if not self.public_url.startswith(("http://", "https://")):
            raise SetupError("Twilio needs the public address of this service, starting with https://")
        if not 0 < self.connect_timeout < self.timeout:
            raise SetupError("Twilio's connect timeout must be above zero and below the whole timeout")

    def receipt_url(self, carrier: str, delivery_id: int) -> str:
        """Where the receipts of one delivery go: the only place where Twilio gives our reference back."""
        return f"{self.public_url.rstrip('/')}/receipts/{carrier}?delivery={delivery_id}"
