"""Why we write, and to whom each occasion may go."""

from enum import StrEnum


class Occasion(StrEnum):
    FIRST_WORD = "first_word"
    UPDATE = "update"
    OVERRUN = "overrun"
    RESTORED = "restored"
    CORRECTION = "correction"
    SURVEY = "survey"
    PLANNED = "planned"
    """Work is announced, or its window has moved."""
    REMINDER = "reminder"
    STARTED = "started"
    CANCELLED = "cancelled"
    """Announced work will not hit this customer: it does not take place, or not where they are."""


PROMISING = frozenset(
    {
        *(Occasion.FIRST_WORD, Occasion.UPDATE, Occasion.OVERRUN, Occasion.CORRECTION),
        *(Occasion.PLANNED, Occasion.REMINDER, Occasion.STARTED),
    }
)
"""Occasions that must say by when the customer hears again."""
TOLD_BY = frozenset({Occasion.FIRST_WORD, Occasion.PLANNED, Occasion.STARTED})
"""Occasions by which a customer learns of an incident: whoever had none of them was not told."""


class Reach(StrEnum):
    """How a word comes to customers."""

    PUSH = "push"
    """It is sent to each of them, and shown where they look as well."""
    PULL = "pull"
    """It is published where customers look themselves, and sent to nobody."""


class Channel(StrEnum):
    """How we reach a contact point. `none` is kept in the books: a customer we cannot tell."""

    SMS = "sms"
    EMAIL = "email"
    WHATSAPP = "whatsapp"
    VOICE = "voice"
    FAX = "fax"
    WEBHOOK = "webhook"
    """A business customer's own system, told in JSON."""
    NONE = "none"


OTHER_CHANNELS = (Channel.WHATSAPP, Channel.VOICE, Channel.FAX, Channel.WEBHOOK)
"""Channels a customer has a contact point for only where one was given: phone and mail stand with the customer."""


class Locale(StrEnum):
    """Languages every text exists in; Urdu runs right to left."""

    ENGLISH = "en"
    TELUGU = "te"
    MALAY = "ms"
    URDU = "ur"

    @property
    def direction(self) -> str:
        return "rtl" if self is Locale.URDU else "ltr"
