"""What must be known to hand mails to a relay and to understand its bounces."""

import ssl
from dataclasses import dataclass, field
from enum import StrEnum

from tellfirst.domain.errors import SetupError

LOOPBACK = ("localhost", "127.0.0.1", "::1")
SHORTEST_SECRET = 16
"""Letters; it keeps strangers from reporting our mails as bounced."""


class Security(StrEnum):
    """How the connection is protected. There is no "if possible": who can cut a line can also remove an offer."""

    TLS = "tls"
    """From the first byte, usually port 465."""
    STARTTLS = "starttls"
    """Asked for after the greeting and required, usually port 587."""
    NONE = "none"
    """For a relay on the same machine."""


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """A company's own relay. Raises SetupError for what cannot work or would show a password to the network."""

    host: str
    port: int = 587
    security: Security = Security.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    """Certificates to trust instead of the system's; empty: the system's."""
    connect_timeout: float = 10.0
    """Seconds for name, connection, TLS and login together; until then nothing has been sent."""
    timeout: float = 60.0
    """Seconds for each answer. The one after the text may be slow: the relay stores before it answers."""
    connections: int = 4

    def __post_init__(self) -> None:
        if not self.host or not 0 < self.port < 65_536:
            raise SetupError("the mail relay needs a host and a port between 1 and 65535")
        if bool(self.username) != bool(self.password):
            raise SetupError("the mail relay needs a user name and a password, or neither")
        if self.password and self.security is Security.NONE and self.host not in LOOPBACK:
            raise SetupError(
                "the mail relay's password would cross the network unprotected; use starttls or tls"
            )
        if min(self.connect_timeout, self.timeout, self.connections) <= 0:
            raise SetupError("the mail relay's times and its number of connections must be above zero")

    def trust(self) -> ssl.SSLContext:
        """Whom to trust. Raises SetupError when the file of certificates cannot be read."""
        try:
            return ssl.create_default_context(cafile=self.ca_file or None)
        except (OSError, ssl.SSLError):
            raise SetupError(f"the mail relay's certificates cannot be read from {self.ca_file}") from None


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Who writes, and how bounces find back. Raises SetupError for what cannot work."""

    sender_mail: str
    domain: str
    """Of our Message-IDs; ours, so that nobody else makes the same."""
    receipt_secret: str = field(repr=False)
    """Signs our references, and the bounces that the relay's pipe posts to us."""
    sender_name: str = ""
    bounce_mail: str = ""
    """Where bounces go, with `{reference}` in it, like `bounces+{reference}@example.com`; empty: the sender."""

    def __post_init__(self) -> None:
        if not (self.sender_mail and self.domain):
            raise SetupError("mail needs a sender address and a domain for its Message-IDs")
        if any(not letter.isprintable() for letter in self.sender_mail + self.sender_name + self.domain):
            raise SetupError("the sender's address, name and domain must each be one line")
        if not self.sender_mail.isascii() or self.sender_mail.count("@") != 1 or " " in self.sender_mail:
            raise SetupError("the sender of mails must be one plain address like notices@example.com")
        if not self.domain.isascii() or set(self.domain) & set(" <>@"):
            raise SetupError("the domain of Message-IDs must be a plain name like notices.example.com")
        if len(self.receipt_secret) < SHORTEST_SECRET:
            raise SetupError(f"the secret for bounces needs at least {SHORTEST_SECRET} letters")
        if self.bounce_mail and (
            self.bounce_mail.count("{reference}") != 1
            or self.bounce_mail.partition("@")[0].count("{reference}") != 1
            or not (self.bounce_mail.isascii() and self.bounce_mail.isprintable())
        ):
            raise SetupError("the address for bounces needs {reference} once, before its @")
