"""`tellfirst stop|go`: the kill switch, and how it is let go."""

from collections.abc import Iterable
from typing import Annotated

from cyclopts import Parameter
from rich.markup import escape
from sqlalchemy.exc import SQLAlchemyError

from tellfirst.acting import stops
from tellfirst.bootstrap import World, world
from tellfirst.cli.typist import typist
from tellfirst.delivery import brake, stopping
from tellfirst.delivery.stopping import RESTORED_BACKUP, Stop
from tellfirst.domain.delivery import StopEffect
from tellfirst.domain.errors import RuleBroken, SetupError
from tellfirst.printing import out
from tellfirst.store.engine import reading
from tellfirst.store.faults import fault_of
from tellfirst.waking import nudge

Incident = Annotated[str, Parameter(help="Like INC-2026-0007; everything when left out.")]


def stop(
    incident: Incident = "",
    /,
    *,
    reason: Annotated[str, Parameter(help="Why, in your words; it stands in the log.")],
    hold: Annotated[bool, Parameter(help="Let what waits wait, instead of cancelling it.")] = False,
) -> None:
    """Stop sending at once: what has not left is cancelled, or with --hold waits for `tellfirst go`."""
    here = world()
    effect = StopEffect.HOLD if hold else StopEffect.CANCEL
    try:
        waiting = stops.stop(here, typist(), incident, effect, reason)
    except SQLAlchemyError as failure:
        raise SetupError(
            f"nothing is stopped yet, the database is {fault_of(failure).word}: make the file "
            f"{_brake_file(here)} and every process of this home stops within one message"
        ) from None
    becomes = "wait" if hold else "are cancelled"
    out.print(f"{incident or 'everything'} is stopped; {waiting:,} messages that have not left {becomes}")


def go(
    incident: Incident = "",
    /,
    *,
    all: Annotated[bool, Parameter(help="Lift every stop there is, those of single incidents too.")] = False,
) -> None:
    """Lift a stop: whoever had a first or a last word cancelled is told anew, the others hear the next word."""
    here = world()
    if all and incident:
        raise RuleBroken("say go for one incident or for all, not for both; nothing was lifted")
    done = stops.go(here, typist(), incident, everything=all)
    for one in done.lifted:
        out.print(f"go: {escape(one.incident or 'everything')} was stopped for: {escape(one.reason)}")
    if not done.lifted:
        out.print(f"{incident or 'sending as a whole'} was not stopped; nothing was lifted")
    show_stops(here, done.left)
    if done.lifted and not done.left and not here.brake.is_pulled:
        out.print(f"{done.waiting_count:,} messages that were held may leave now")
    nudge(here, done.due)


def show_stops(here: World, found: Iterable[Stop]) -> None:
    """One line for each stop in force, and one for the brake."""
    for one in found:
        how = f"tellfirst go {one.incident}".rstrip()
        if one.reason == RESTORED_BACKUP:
            how = f"tellfirst reconcile --since TIME, then {how}"
        out.print(f"[bold red]{escape(one.sentence)}[/] ({how})", soft_wrap=True)
    if here.brake.is_pulled:
        out.print(f"[bold red]{escape(brake_sentence(here))}[/]", soft_wrap=True)


def brake_sentence(here: World) -> str:
    """Which brake is pulled and how it is let go."""
    if here.brake.set:
        return "the brake is pulled: TELLFIRST_STOP is set; unset it and start the processes again"
    return f"the brake is pulled: everything is cancelled while {_brake_file(here)} exists; remove it"


def stops_in_force(here: World) -> list[Stop]:
    """Of everything and of single incidents."""
    with reading(here.engine) as connection:
        return stopping.in_force(connection)


def _brake_file(here: World) -> str:
    return str(here.settings.home / brake.FILE)
