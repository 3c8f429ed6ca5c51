"""A person takes an incident: it is theirs, and what staff were called about is not handed on."""

from dataclasses import dataclass

from tellfirst.acting.deed import deed
from tellfirst.bootstrap import World
from tellfirst.domain.audit import Actor, Audited
from tellfirst.timelines import acknowledging, escalating, judging
from tellfirst.timelines import deadlines as ledger


@dataclass(frozen=True, slots=True)
class Taken:
    """Whether it was nobody's before, and how many calls to staff are answered by it."""

    taken: bool
    calls_answered: int


def acknowledge(here: World, actor: Actor, reference: str) -> Taken:
    """Raises RuleBroken for one that is closed, and NotFound."""
    with deed(here, actor, Audited.ACKNOWLEDGED, reference) as doing:
        now = here.clock.now()
        taken = acknowledging.acknowledge(doing.connection, reference, now, actor.name)
        answered = escalating.acknowledge(doing.connection, reference, actor.name, now)
        ledger.lay(doing.connection, reference, here.policy, now)
        judging.judge_all(doing.connection, now)
    return Taken(taken, answered)
