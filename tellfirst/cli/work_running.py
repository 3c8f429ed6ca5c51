"""`tellfirst work start|complete|extend|cancel`: what engineers say of work that customers were told of."""

from typing import Annotated

from cyclopts import Parameter

from tellfirst.acting import works
from tellfirst.bootstrap import world
from tellfirst.cli.spans import moment
from tellfirst.cli.typist import typist
from tellfirst.printing import out
from tellfirst.waking import nudge

Reference = Annotated[str, Parameter(help="The incident of the work, like INC-2026-0007.")]


def start(reference: Reference, /) -> None:
    """The crew has begun. Customers hear of it at the moment they were told of."""
    here = world()
    works.start(here, typist(), reference)
    nudge(here, [reference])
    out.print(f"{reference}: noted that the work has begun")


def complete(reference: Reference, /) -> None:
    """The work is done; customers are told when service is verified to be back, not before."""
    here = world()
    works.complete(here, typist(), reference)
    nudge(here, [reference])
    out.print(f"{reference}: verification has started")


def extend(
    reference: Reference,
    /,
    *,
    until: Annotated[str, Parameter(help="The new end: +90m, +2h, or an ISO time with a zone.")],
) -> None:
    """The work ends at another time; whoever waits hears the old end and the new one at once."""
    here = world()
    end = moment(until, here.clock.now())
    works.extend(here, typist(), reference, end)
    nudge(here, [reference])
    out.print(f"{reference}: ends at {end:%Y-%m-%d %H:%M} UTC; those who wait are being told")


def cancel(reference: str) -> int:
    """The work does not take place; exactly those who were told of it are told so."""
    here = world()
    works.cancel(here, typist(), reference)
    nudge(here, [reference])
    out.print(f"{reference}: cancelled; those who were told of it are being told")
    return 0
