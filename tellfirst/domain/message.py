"""A text ready to leave: rendered from the fact record for one group of customers."""

from dataclasses import dataclass, field

from tellfirst.domain.facts import ServiceKind

PERSONAL_LINK = "%link%"
"""Stands in a rendered text where each customer's own link goes; the carrier puts it in."""
LINK_LENGTH = 72
"""How long a personal link may be: 30 for the address of the house and 42 for our part of it."""


@dataclass(frozen=True, slots=True)
class Message:
    """`subject` and `html` are empty for channels that have none, `values` and `facts` where nobody reads them."""

    text: str
    subject: str = ""
    html: str = ""
    locale: str = ""
    """The language the text is in: what reads it aloud or sets it on a page must know."""
    values: tuple[tuple[str, str], ...] = ()
    """The facts in the reader's words by name, for a channel that fills its own approved template."""
    facts: str = field(default="", repr=False)
    """The facts as JSON (`domain.reading.Reading`), for a channel that a machine reads."""
    occasion: str = ""
    """Why it is written: what chooses an approved template or a recording must know."""


@dataclass(frozen=True, slots=True)
class Reader:
    """What of a customer changes the words: nothing that identifies them."""

    locale: str
    zone: str
    impact: str
    services: tuple[ServiceKind, ...] = ()
    """Their affected services in the order of ServiceKind; empty: the fact record's own."""


@dataclass(frozen=True, slots=True)
class Personal:
    """What of a message belongs to one customer alone."""

    link: str = field(default="", repr=False)
