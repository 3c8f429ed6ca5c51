"""Named places at which a proof may kill the process: no-ops until somebody arms them.

They stand around every commit and call of the delivery. tests/architecture holds the list against the source, so
that a new commit cannot come without one.
"""

from collections.abc import Callable

_armed: Callable[[str], None] | None = None


def crashpoint(name: str) -> None:
    """Passes `name`; what was armed may end the process here."""
    if _armed is not None:
        _armed(name)


def arm(reaction: Callable[[str], None] | None) -> None:
    """Call `reaction` at every passage, in this process; None disarms."""
    global _armed  # one per process by nature: so is a kill
    _armed = reaction
