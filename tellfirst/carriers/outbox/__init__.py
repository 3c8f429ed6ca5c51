"""A folder that takes messages as files, for trying out."""

from tellfirst.carriers.outbox.outbox import Outbox
from tellfirst.carriers.outbox.settings import OutboxSettings

__all__ = ["Outbox", "OutboxSettings"]
