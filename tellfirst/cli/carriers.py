"""`tellfirst carriers [set|close|open]`: how the carriers of each channel stand, and a person's word on it."""

import getpass
from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import App, Parameter
from sqlalchemy import Connection

from tellfirst.bootstrap import World, world
from tellfirst.delivery import paging, roster, switching
from tellfirst.delivery.roster import Candidate, Place
from tellfirst.domain.carriers import CarrierReason, Measures
from tellfirst.domain.errors import RuleBroken
from tellfirst.printing import out, show_json, show_table
from tellfirst.store.engine import reading, writing
from tellfirst.waking import nudge

app = App(
    name="carriers", help="How the carriers of each channel stand; set a share, close one, open it again."
)
Name = Annotated[str, Parameter(help="The carrier's name in config/channels.yaml.")]
Why = Annotated[str, Parameter(help="Why; it stands in the log.")]
LAST = 20


@app.default
def show(*, json: Annotated[bool, Parameter(help="Print for programs.")] = False) -> None:
    """Standing, share, pace and measures of the last 15 minutes, and what changed lately and why."""
    here = world()
    with reading(here.engine) as connection:
        rows = [
            row
            for channel in here.fleet.channels
            for row in _rows(connection, here, here.candidates(channel))
        ]
        changes = roster.entries(connection, [one.name for one in here.fleet.all], LAST)
    if json:
        show_json({"carriers": rows, "changes": changes})
        return
    show_table("Carriers", rows, empty="none")
    show_table("Last changes", changes, empty="none")


@app.command(name="set")
def set_(name: Name, /, *, share: Annotated[int, Parameter(help="0 to 100.")], reason: Why) -> None:
    """Set a carrier's share by hand; it holds for an hour, then shares are judged and come back step by step."""
    here = world()
    candidates = _channel_of(here, name)
    with writing(here.engine) as connection:
        shares = switching.set_share(
            connection, candidates, name, share, _said(reason), getpass.getuser(), here.clock.now()
        )
    out.print("  ".join(f"{one} {points}" for one, points in shares.items()))


@app.command
def close(name: Name, /, *, reason: Why) -> None:
    """Send nothing more through a carrier until somebody opens it again."""
    here = world()
    [candidate] = [one for one in _channel_of(here, name) if one.name == name]
    now, wall = here.clock.now(), here.wall.now()
    with writing(here.engine) as connection:
        by_hand = CarrierReason.CLOSED_BY_HAND
        roster.close(connection, candidate, _said(reason), by_hand, now, wall, getpass.getuser())
    out.print(f"{name} is closed; `tellfirst carriers open {name}` lets it go on")


@app.command(name="open")
def open_(name: Name, /) -> None:
    """Let messages go through a closed carrier again; what waited for it leaves at once."""
    here = world()
    channel = here.fleet.configured(name).channel
    now, wall = here.clock.now(), here.wall.now()
    with writing(here.engine) as connection:
        opened = roster.open_again(connection, name, CarrierReason.OPENED_BY_HAND, now, getpass.getuser())
        waiting = paging.relieve(connection, channel, name, now, wall) if opened else []
    if not opened:
        out.print(f"{name} is open; nothing was changed")
        return
    nudge(here, waiting)
    out.print(f"{name} is open again; {len(waiting)} incidents have something to send on {channel}")


def _channel_of(here: World, name: str) -> Sequence[Candidate]:
    return here.candidates(here.fleet.configured(name).channel)


def _said(reason: str) -> str:
    if not reason.strip():
        raise RuleBroken("say why; nothing was changed")
    return reason.strip()


def _rows(connection: Connection, here: World, candidates: Sequence[Candidate]) -> list[dict[str, Any]]:
    measured = switching.measured_by(connection, candidates, here.clock.now(), here.wall.now())
    return [
        _row(here, one, measured.get(one.name, Measures())) for one in roster.places(connection, candidates)
    ]


def _row(here: World, one: Place, measured: Measures) -> dict[str, Any]:
    configured = here.fleet.configured(one.name)
    rate = configured.segments_per_second
    return {
        "channel": configured.channel.value,
        "carrier": one.name,
        "kind": configured.kind,
        "stands": "open" if one.is_open else f"closed: {one.closed_code}",
        "next try": one.try_at,
        "share": one.share,
        "configured": one.configured,
        "because": one.reason.value,
        "segments/s": f"{rate:g}" if rate else "unlimited",
        "slow": f"{measured.slow_count} of {measured.judged_count}",
        "in trouble": f"{measured.trouble_count} of {measured.offered_count}",
    }
