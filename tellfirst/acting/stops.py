"""Stop and go: keep what has not left from leaving, and let it leave again."""

from dataclasses import dataclass

from sqlalchemy import Connection

from tellfirst.acting.deed import deed
from tellfirst.bootstrap import World
from tellfirst.delivery import stopping
from tellfirst.delivery.looking_back import would_leave
from tellfirst.delivery.stopping import Stop
from tellfirst.domain.audit import Actor, Audited
from tellfirst.domain.delivery import StopEffect
from tellfirst.domain.errors import RuleBroken
from tellfirst.store import incidents


@dataclass(frozen=True, slots=True)
class Lifted:
    """What a go lifted, what is still in force, how much may leave, and which incidents are due because of it."""

    lifted: tuple[Stop, ...]
    left: tuple[Stop, ...]
    waiting_count: int
    due: tuple[str, ...]


def stop(here: World, actor: Actor, incident: str, effect: StopEffect, reason: str) -> int:
    """Stop one incident, or everything when it is empty; it holds from the commit on. How many messages have not left.

    Raises RuleBroken without a reason, and NotFound.
    """
    if not reason.strip():
        raise RuleBroken("say why you stop it: --reason 'the text names the wrong town'")
    with deed(here, actor, Audited.STOPPED, incident, effect=effect) as doing:
        its = incidents.by_reference(doing.connection, incident).id if incident else None
        stopping.stop(doing.connection, its, effect, reason.strip(), actor.name, here.clock.now())
        return would_leave(doing.connection, its)


def go(here: World, actor: Actor, incident: str, *, everything: bool = False) -> Lifted:
    """Lift the stops of one incident, those of sending as a whole, or (`everything`) all there are. Raises NotFound."""
    with deed(here, actor, Audited.LIFTED, incident, everything=everything) as doing:
        its = incidents.by_reference(doing.connection, incident).id if incident else None
        lifted = stopping.go(
            doing.connection, its, actor.name, here.clock.now(), here.wall.now(), everything=everything
        )
        return Lifted(
            tuple(lifted),
            tuple(stopping.in_force(doing.connection, its)),
            would_leave(doing.connection, its),
            tuple(_concerned(doing.connection, lifted)),
        )


def _concerned(connection: Connection, lifted: list[Stop]) -> list[str]:
    if any(not one.incident for one in lifted):
        return [it.reference for it in incidents.newest_first(connection) if it.closed_at is None]
    return sorted({one.incident for one in lifted})
