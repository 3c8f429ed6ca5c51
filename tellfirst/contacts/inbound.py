"""A contact as a door hands it over, before anybody has thought about it."""

from dataclasses import dataclass, field

from tellfirst.domain.contact import Door, Intent


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that came with a contact. `text` is what a reader could take from it, None where nobody tried."""

    name: str = field(repr=False)
    media_type: str
    content: bytes = field(repr=False)
    text: str | None = field(default=None, repr=False)
    left_out: str = ""
    """Why `content` is empty: the file was not kept."""


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
    meant: Intent | None = None
    """What it asks of us, where the carrier has understood that by itself."""

    @property
    def is_proven(self) -> bool:
        """Whether the address is one that a carrier vouches for, or somebody has made sure who it is: anybody can
        write a stranger's number into a form, or a stranger's address above a mail."""
        return self.customer is not None or self.door in _VOUCHED_FOR


_VOUCHED_FOR = frozenset({Door.SMS, Door.WHATSAPP, Door.VOICE})
