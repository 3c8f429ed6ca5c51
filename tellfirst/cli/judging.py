"""`tellfirst incident withdraw`: what only a person may decide."""

from typing import Annotated

from cyclopts import Parameter

from tellfirst.acting import causes
from tellfirst.bootstrap import world
from tellfirst.cli.typist import typist
from tellfirst.printing import out
from tellfirst.waking import nudge

Reference = Annotated[str, Parameter(help="Like INC-2026-0007.")]


def withdraw(
    reference: Reference,
    /,
    *elements: Annotated[
        str, Parameter(help="Causes that never were part of it, like site:HYD0004 or area-1.")
    ],
) -> None:
    """Take back causes that were never part of an incident; whoever was told because of them gets a correction."""
    here = world()
    done = causes.withdraw(here, typist(), reference, elements)
    if not done:
        out.print(f"{reference}: {', '.join(elements)} was withdrawn before; nothing was changed")
        return
    nudge(here, [reference])
    out.print(
        f"{reference}: {', '.join(done)} is withdrawn; whoever was told because of it gets a correction"
    )
