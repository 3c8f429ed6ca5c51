"""`tellfirst incident resume-notice|cancel-notice`: a notice that failed too much waits for a person."""

from typing import Annotated

from cyclopts import Parameter
from sqlalchemy import Connection

from tellfirst.acting import halts as acts
from tellfirst.bootstrap import world
from tellfirst.cli.typist import typist
from tellfirst.delivery import halting
from tellfirst.printing import out
from tellfirst.waking import nudge

Reference = Annotated[str, Parameter(help="Like INC-2026-0007.")]


def resume_notice(reference: Reference, /) -> None:
    """Let a halted notice go on; the same failures do not halt it again."""
    here = world()
    numbers = acts.resume_notice(here, typist(), reference)
    nudge(here, [reference])
    out.print(f"{reference}: notice {_listed(numbers)} goes on")


def cancel_notice(reference: Reference, /) -> None:
    """Cancel what is left of a halted notice; the next word goes to everybody who waits, all the same."""
    here = world()
    numbers = acts.cancel_notice(here, typist(), reference)
    nudge(here, [reference])
    out.print(f"{reference}: what was left of notice {_listed(numbers)} is cancelled")


def halts(connection: Connection, incident_id: int) -> str:
    """What waits for a person, in words; empty when nothing does."""
    waits = [
        f"waits for a person: notice {one.sequence} is halted ({one.reason.replace('_', ' ')}) "
        f"until {one.ends_at:%H:%M} UTC"
        for one in halting.halted(connection, incident_id)
    ]
    return "; ".join(waits)


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))
