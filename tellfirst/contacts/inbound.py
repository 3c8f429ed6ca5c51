"""A contact as a door hands it over, before anybody has thought about it."""

from dataclasses import dataclass, field

from tellfirst.domain.contact import Door


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that came with a contact. `text` is what a reader could take from it, None where nobody tried."""

    name: str = field(repr=False)
    media_type: str
    content: bytes = field(repr=False)
    text: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Inbound:
    """What a customer brings. `address` is where it came from, as the door's carrier writes it: a number in E.164,
    a mail address, or nothing where only `customer` says who it is."""

    event_id: str
    """The carrier's own, or one the door makes of the content: what comes twice is kept once."""
    address: str = field(repr=False)
    body: str = field(repr=False)
    door: Door = Door.SMS
    subject: str = field(default="", repr=False)
    customer: str | None = None
    """The reference, where somebody has made sure of it: an agent, or a link that only this customer has."""
    files: tuple[Attached, ...] = ()
