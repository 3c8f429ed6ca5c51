"""Deadlines beside the steps: a policy that cannot be read must keep nobody from being told."""

from sqlalchemy import Connection

from tellfirst.bootstrap import World
from tellfirst.domain.errors import SetupError
from tellfirst.store import incidents
from tellfirst.timelines import deadlines
from tellfirst.timelines.packs import Policy

UNREADABLE = "policy_unreadable"
"""Somebody has edited a pack since the start; `tellfirst check` names the mistake."""


def policy_of(here: World) -> Policy | None:
    """None when it cannot be read."""
    try:
        return here.policy
    except SetupError:
        return None


def lay(connection: Connection, here: World, reference: str) -> None:
    """Lay what the incident owes; where the policy cannot be read, its log says so."""
    policy, now = policy_of(here), here.clock.now()
    if policy is None:
        it = incidents.by_reference(connection, reference)
        incidents.note(connection, it.id, now, "policy", UNREADABLE)
        return
    deadlines.lay(connection, reference, policy, now)
