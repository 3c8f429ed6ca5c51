"""What must be known to send faxes through a gateway."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tellfirst.carriers.mail import MailSettings, RelaySettings
from tellfirst.domain.errors import SetupError

NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
"""E.164."""


@dataclass(frozen=True, slots=True)
class FaxSettings:
    """Raises SetupError for what cannot work."""

    relay: RelaySettings
    mail: MailSettings
    gateway: str
    """The gateway's address for a number: `{number}@fax.example`, the number in digits, without its +."""
    most_pages: int = 2
    fonts: Mapping[str, Path] = field(default_factory=dict)
    """Font files by language, for languages beyond ours or letters you like better."""

    def __post_init__(self) -> None:
        local, at, domain = self.gateway.partition("@")
        if local.count("{number}") != 1 or not (at and domain) or set("{}") & set(domain):
            raise SetupError("the fax gateway's address needs {number} once, before its @")
        if not (self.gateway.isascii() and self.gateway.isprintable()) or " " in self.gateway:
            raise SetupError("the fax gateway's address must be one plain address")
        if not 1 <= self.most_pages <= 10:
            raise SetupError("a fax may have between 1 and 10 pages")

    def mailbox(self, number: str) -> str:
        """Where a fax for this number goes. Raises ValueError for what is no E.164 number."""
        if not NUMBER.fullmatch(number):
            raise ValueError("not a fax number")
        return self.gateway.replace("{number}", number[1:])
