"""Trust: a carrier that has not yet taken a message of this process is offered one, and the others wait for its end.

So a wrong key costs one refused call in each process, and not one for every call that may be in flight.
"""

from collections.abc import Sequence
from enum import Enum, auto
from threading import Lock

from tellfirst.carriers.port import Outcome, Verdict


class Leave(Enum):
    """What may be offered to a carrier now."""

    WINDOW = auto()
    ONE = auto()
    NOTHING = auto()
    """Somebody else is trying it."""


class Trust:
    """Shared by all chunks of one process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._trusted: set[str] = set()
        self._tried_by: dict[str, object] = {}

    def ask(self, carrier: str, asker: object) -> Leave:
        """Whoever is given ONE must `learn` or `forget` afterwards; asking again before is the same ONE."""
        with self._lock:
            if carrier in self._trusted:
                return Leave.WINDOW
            if self._tried_by.setdefault(carrier, asker) is asker:
                return Leave.ONE
            return Leave.NOTHING

    def learn(self, carrier: str, outcomes: Sequence[Outcome]) -> None:
        """What a window's end says: one that was taken or judged proves it well, none at all that it is away."""
        with self._lock:
            self._tried_by.pop(carrier, None)
            if any(is_well(one) for one in outcomes):
                self._trusted.add(carrier)
            elif any(one.verdict is not Verdict.WITHHELD for one in outcomes):
                self._trusted.discard(carrier)

    def forget(self, carrier: str, asker: object) -> None:
        """A try that came to nothing, for there was no call, is another's now."""
        with self._lock:
            if self._tried_by.get(carrier) is asker:
                del self._tried_by[carrier]


def is_well(outcome: Outcome) -> bool:
    """Whether a carrier that ends a call like this works: a refused number was looked at."""
    return outcome.verdict in (Verdict.ACCEPTED, Verdict.REFUSED_FINALLY) and not outcome.stops_carrier
