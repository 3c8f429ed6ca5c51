"""`tellfirst incident withdraw`: what only a person may decide."""

import getpass
from typing import Annotated

from cyclopts import Parameter
from sqlalchemy import Connection, select

from tellfirst.bootstrap import world
from tellfirst.detect.causes import withdraw_cause
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.incident import RUNNING
from tellfirst.printing import out
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
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
    now = here.clock.now()
    if not elements:
        raise RuleBroken(
            "name at least one cause that never was part of it; `tellfirst incident show` lists them"
        )
    with writing(here.engine) as connection:
        it = incidents.by_reference(connection, reference)
        if it.stage not in RUNNING:
            raise RuleBroken(f"{reference} is {it.stage}; its customers have had their last word about it")
        known = known_causes(connection, it.id)
        if unknown := [one for one in dict.fromkeys(elements) if one not in known]:
            raise RuleBroken(
                f"{', '.join(unknown)} is no cause of {reference}; its causes are {', '.join(known) or 'none'}; "
                "nothing was changed"
            )
        done = [
            one
            for one in dict.fromkeys(elements)
            if withdraw_cause(connection, it.id, one, now, getpass.getuser())
        ]
    if not done:
        out.print(f"{reference}: {', '.join(elements)} was withdrawn before; nothing was changed")
        return
    nudge(here, [reference])
    out.print(
        f"{reference}: {', '.join(done)} is withdrawn; whoever was told because of it gets a correction"
    )


def known_causes(connection: Connection, incident_id: int) -> list[str]:
    """Every cause of the incident, elements and areas, also those that are over."""
    c = t.incident_element.c
    return list(
        connection.scalars(select(c.element_id).where(c.incident_id == incident_id).order_by(c.element_id))
    )
