"""`tellfirst reconcile --since TIME [INCIDENT]`: after a restored backup, before anything leaves again."""

from dataclasses import asdict
from functools import partial
from typing import Annotated

from cyclopts import Parameter

from tellfirst.bootstrap import World, world
from tellfirst.cli.spans import moment
from tellfirst.cli.stopping import show_stops
from tellfirst.delivery import looking_back, stopping
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.occasion import Channel
from tellfirst.printing import out, show_json, show_table
from tellfirst.store import incidents
from tellfirst.store.engine import reading


def reconcile(
    incident: Annotated[str, Parameter(help="Like INC-2026-0007; every incident when left out.")] = "",
    /,
    *,
    since: Annotated[str, Parameter(help="The time of the backup: an ISO time with its zone.")],
    json: Annotated[bool, Parameter(help="Print for programs.")] = False,
) -> None:
    """Ask the carriers what has left since the backup was made, and mark it as sent; it sends nothing itself."""
    here = world()
    begins = moment(since, here.clock.now())
    if begins > here.clock.now():
        raise RuleBroken(f"{begins.isoformat()} is still to come; give the time of the backup")

    with reading(here.engine) as connection:
        its = incidents.by_reference(connection, incident).id if incident else None
    looked = looking_back.look_back(
        here.engine, partial(_names, here), here.fleet.make, here.script, begins, here.clock, here.wall, its
    )
    with reading(here.engine) as connection:
        leaves = looking_back.would_leave(connection, its)
        strange = looking_back.strange_receipts(connection, begins)
        stops = stopping.in_force(connection, its)
    rows = [asdict(one) for one in looked]
    dumb = sorted({one.carrier for one in looked if one.cannot_say and one.cannot_say == one.asked})
    if json:
        show_json({"looked": rows, "would_leave": leaves, "strange_receipts": strange, "cannot_say": dumb})
        return
    show_table(f"Asked about since {begins:%Y-%m-%d %H:%M:%S} UTC", rows, empty="nothing is open")
    if dumb:
        out.print(
            f"[bold red]{', '.join(dumb)} could not say[/]: what left there may leave a second time; receipts that "
            "still come settle some of it, wait for them, or cancel the rest with `tellfirst stop` before you say go",
            soft_wrap=True,
        )
    if strange:
        out.print(
            f"[bold red]{strange:,} receipts[/] name messages these books do not have: their notices are younger than "
            "the backup, and whoever got them will be told again in the words of a new notice",
            soft_wrap=True,
        )
    show_stops(here, stops)
    say = f"tellfirst go {incident}".rstrip()
    out.print(f"`{say}` would let {leaves:,} messages leave")


def _names(here: World, channel: Channel) -> list[str]:
    """None for those who have no contact point: nobody could have been offered anything."""
    return [] if channel is Channel.NONE else [one.name for one in here.fleet.of(channel)]
