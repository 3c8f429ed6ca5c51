"""What must be known to post to customers' systems."""

from dataclasses import dataclass, field
from ipaddress import ip_network

from tellfirst.domain.errors import SetupError

SHORTEST_SECRET = 24
"""Letters; Standard Webhooks asks for 24 to 64 bytes of key."""


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Raises SetupError for what cannot work."""

    secret: str = field(repr=False)
    """Ours alone. Each customer is given a key made from it and their address."""
    sender: str
    """A mail address of ours: who sends, in CAP and in calendars."""
    timeout: float = 10.0
    """Seconds for a whole call; a customer's slow system must not hold the others."""
    connect_timeout: float = 3.0
    """Seconds of it for name, connection and TLS; until then nothing has been sent."""
    allow_loopback: bool = False
    """Take http:// and https:// on this machine: for demonstrations and tests."""
    private_networks: tuple[str, ...] = ()
    """Networks that are not public and where customers' systems may stand, like `10.20.0.0/16`."""

    def __post_init__(self) -> None:
        if len(self.secret) < SHORTEST_SECRET:
            raise SetupError(f"the secret that signs webhooks needs at least {SHORTEST_SECRET} letters")
        if self.sender.count("@") != 1 or set(self.sender) & set(" ,<>&") or not self.sender.isascii():
            raise SetupError("the sender of webhooks must be one plain mail address like notices@example.com")
        if not 0 < self.connect_timeout < self.timeout:
            raise SetupError("the webhooks' connect timeout must be above zero and below the whole timeout")
        for network in self.private_networks:
            try:
                ip_network(network)
            except ValueError:
                raise SetupError(f"{network} is no network that webhooks could be allowed into") from None
