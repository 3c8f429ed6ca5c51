"""`tellfirst work start|complete|extend|cancel`: what engineers say of work that customers were told of."""

import getpass
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from cyclopts import Parameter

from tellfirst.bootstrap import World, world
from tellfirst.cli.spans import moment
from tellfirst.detect import working
from tellfirst.printing import out
from tellfirst.store.engine import writing
from tellfirst.waking import nudge

Reference = Annotated[str, Parameter(help="The incident of the work, like INC-2026-0007.")]


def start(reference: Reference, /) -> None:
    """The crew has begun. Customers hear of it at the moment they were told of."""
    here = world()
    _say(here, working.start, reference, here.clock.now())
    out.print(f"{reference}: noted that the work has begun")


def complete(reference: Reference, /) -> None:
    """The work is done; customers are told when service is verified to be back, not before."""
    here = world()
    _say(here, working.complete, reference, here.clock.now())
    out.print(f"{reference}: verification has started")


def extend(
    reference: Reference,
    /,
    *,
    until: Annotated[str, Parameter(help="The new end: +90m, +2h, or an ISO time with a zone.")],
) -> None:
    """The work ends at another time; whoever waits hears the old end and the new one at once."""
    here = world()
    now = here.clock.now()
    end = moment(until, now)
    _say(here, working.extend, reference, end, now)
    out.print(f"{reference}: ends at {end:%Y-%m-%d %H:%M} UTC; those who wait are being told")


def cancel(reference: str) -> int:
    """The work does not take place; exactly those who were told of it are told so."""
    here = world()
    _say(here, working.cancel, reference, here.clock.now())
    out.print(f"{reference}: cancelled; those who were told of it are being told")
    return 0


def _say(here: World, word: Callable[..., None], reference: str, *more: datetime) -> None:
    with writing(here.engine) as connection:
        word(connection, reference, *more, getpass.getuser())
    nudge(here, [reference])
