"""What whoever comes to our doors hears in a call, and reads on the page on which they write to us."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class CallWords:
    """What a caller hears beside the notice; each is a whole sentence, and has a recording of its own."""

    none_known: str
    menu: str
    """The keys: 1 says that something is not working, 2 asks for a person."""
    noted: str
    person: str
    call_back: str


@dataclass(frozen=True, slots=True)
class ContactPageWords:
    """The page, in one language."""

    title: str
    intro: str
    address: str
    text: str
    send: str
    leave_empty: str
    thanks: str
    next: str
    missing: str
    expired: str


SHAPE_OF_CALLS = {field.name: str for field in fields(CallWords)}
SHAPE_OF_THE_PAGE = {field.name: str for field in fields(ContactPageWords)}
