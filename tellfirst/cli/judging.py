"""`tellfirst incident withdraw|approve`: what only a person may decide."""

import getpass
import sys
from typing import Annotated

from cyclopts import Parameter
from rich.markup import escape
from sqlalchemy import Connection, select

from tellfirst.audience import approving
from tellfirst.bootstrap import World, world
from tellfirst.detect.causes import withdraw_cause
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.incident import RUNNING
from tellfirst.printing import out
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
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


def approve(
    reference: Reference,
    /,
    *,
    revision: Annotated[
        int | None, Parameter(help="The revision of the audience that you looked at.")
    ] = None,
) -> None:
    """Let an unusually large or an empty audience be told, as you saw it at a revision."""
    here = world()
    if revision is None:
        revision = _ask(here, reference)
    with writing(here.engine) as connection:
        approval = approving.approve(connection, reference, revision, here.clock.now(), getpass.getuser())
    nudge(here, [reference])
    out.print(
        f"{reference} is approved at revision {revision}: {approval.affected_count:,} customers, "
        f"{approving.percent(approval.share)} of all; they are told at once"
        if approval.affected_count
        else f"{reference} is approved at revision {revision}: it goes on with nobody affected"
    )


def _ask(here: World, reference: str) -> int:
    """The revision that a person at a terminal has just said yes to. Raises RuleBroken everywhere else."""
    with reading(here.engine) as connection:
        it = incidents.by_reference(connection, reference)
        waits = approving.waiting_share(connection, it)
        count = approving.affected_count(connection, it)
    if not waits:
        held = f"; it is held: {it.held}" if it.held else ""
        raise RuleBroken(f"{reference} waits for no approval{held}")
    if not sys.stdin.isatty():
        raise RuleBroken(
            f"say which revision you looked at: `tellfirst preview {reference}` shows it, then "
            f"`tellfirst incident approve {reference} --revision {it.audience_revision}`"
        )
    out.print(
        f"[bold]{escape(it.name)}[/]  revision {it.audience_revision}: {count:,} customers affected; {waits}"
    )
    question = f"Tell these {count:,} customers?" if count else "Go on with nobody affected?"
    try:
        said = input(f"{question} Type yes: ")
    except EOFError:
        said = ""
    if said.strip().lower() != "yes":
        raise RuleBroken("nothing was approved")
    return it.audience_revision


def known_causes(connection: Connection, incident_id: int) -> list[str]:
    """Every cause of the incident, elements and areas, also those that are over."""
    c = t.incident_element.c
    return list(
        connection.scalars(select(c.element_id).where(c.incident_id == incident_id).order_by(c.element_id))
    )
