"""What must be known to write messages into a folder."""

from dataclasses import dataclass
from pathlib import Path

from tellfirst.domain.errors import SetupError
from tellfirst.domain.occasion import Channel

TEXTS = frozenset({Channel.SMS, Channel.WHATSAPP, Channel.VOICE, Channel.FAX, Channel.WEBHOOK})


@dataclass(frozen=True, slots=True)
class OutboxSettings:
    """Raises SetupError for a channel no file can stand for."""

    folder: Path
    """Made when it is missing, closed to other users of the machine: addresses stand in the files."""
    channel: Channel

    def __post_init__(self) -> None:
        if self.channel is not Channel.EMAIL and self.channel not in TEXTS:
            raise SetupError(f"an outbox cannot stand for the channel {self.channel}")
