"""What a person says of the causes of an incident: they are gone, they never were, look again."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from tellfirst.acting.deed import deed
from tellfirst.bootstrap import World
from tellfirst.contacts import still_out
from tellfirst.detect.causes import clear_cause, withdraw_cause
from tellfirst.detect.releasing import release
from tellfirst.domain.audit import Actor, Audited
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.incident import RUNNING
from tellfirst.store import incidents
from tellfirst.store import tables as t


def restore(here: World, actor: Actor, reference: str, elements: Sequence[str] = ()) -> list[str]:
    """Declare these causes gone, all when none are named; verification starts, and customers are told when it is
    certain. Which were cleared. Raises RuleBroken for what is no cause, and nothing is changed."""
    with deed(here, actor, Audited.RESTORED, reference, elements=list(elements)) as doing:
        it = incidents.by_reference(doing.connection, reference)
        cleared = [one for one in known_causes(doing.connection, it.id) if not elements or one in elements]
        if unknown := set(elements) - set(cleared):
            raise RuleBroken(f"{', '.join(sorted(unknown))} is no cause of {reference}; nothing was changed")
        now = here.clock.now()
        for one in cleared:
            clear_cause(doing.connection, it.id, one, now, reason="engineer_says_so", actor=actor.name)
        still_out.settle(doing.connection, it.id, now, actor.name)
    return cleared


def withdraw(here: World, actor: Actor, reference: str, elements: Sequence[str]) -> list[str]:
    """Take back causes that never were part of it; whoever was told because of them gets a correction. Which were
    withdrawn now, and not before. Raises RuleBroken for what is no cause, and nothing is changed."""
    if not elements:
        raise RuleBroken(
            "name at least one cause that never was part of it; `tellfirst incident show` lists them"
        )
    with deed(here, actor, Audited.WITHDREW, reference, elements=list(elements)) as doing:
        it = incidents.by_reference(doing.connection, reference)
        if it.stage not in RUNNING:
            raise RuleBroken(f"{reference} is {it.stage}; its customers have had their last word about it")
        known = known_causes(doing.connection, it.id)
        if unknown := [one for one in dict.fromkeys(elements) if one not in known]:
            raise RuleBroken(
                f"{', '.join(unknown)} is no cause of {reference}; its causes are {', '.join(known) or 'none'}; "
                "nothing was changed"
            )
        now = here.clock.now()
        return [
            one
            for one in dict.fromkeys(elements)
            if withdraw_cause(doing.connection, it.id, one, now, actor.name)
        ]


def retry(here: World, actor: Actor, reference: str) -> None:
    """Look again at a held incident, after what it waited for was mended. Raises RuleBroken when it is not held."""
    with deed(here, actor, Audited.RETRIED, reference) as doing:
        release(doing.connection, reference, here.playbooks, here.clock.now(), actor.name)


def known_causes(connection: Connection, incident_id: int) -> list[str]:
    """Every cause of the incident, elements and areas, also those that are over."""
    c = t.incident_element.c
    return list(
        connection.scalars(select(c.element_id).where(c.incident_id == incident_id).order_by(c.element_id))
    )
