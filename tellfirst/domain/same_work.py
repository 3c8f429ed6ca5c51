"""Whether two statements under different numbers speak of one work, and whether one is older than the other.

Some providers make their number a hash of the text, so that it changes with every word (the mails of AWS): there
provider, objects and window are all that stays.
"""

from collections.abc import Set
from datetime import datetime
from enum import StrEnum

from tellfirst.domain.work import UNSAID, Window


class Sameness(StrEnum):
    SAME = "same"
    PERHAPS = "perhaps"
    APART = "apart"


def sameness(objects: Set[str], window: Window, known_objects: Set[str], known_window: Window) -> Sameness:
    """The same objects in the same window are the same work; some of both are a question for a person.

    Both are of one provider and have different numbers.
    """
    if not objects & known_objects or not window.overlaps(known_window):
        return Sameness.APART
    equal = objects == known_objects and window == known_window
    return Sameness.SAME if equal else Sameness.PERHAPS


def is_older(sequence: int, stamp: datetime | None, known: int, known_stamp: datetime | None) -> bool:
    """Whether a statement is older than what is known (RFC 5546, 2.1.5: the sequence first, then DTSTAMP)."""
    if sequence != UNSAID and sequence != known:
        return sequence < known
    return bool(stamp and known_stamp and stamp < known_stamp)


def is_newer(sequence: int, stamp: datetime | None, known: int, known_stamp: datetime | None) -> bool:
    """Whether it says of itself that it is newer; one that says neither sequence nor stamp does not."""
    if sequence != UNSAID and sequence != known:
        return sequence > known
    return bool(stamp and known_stamp and stamp > known_stamp)
