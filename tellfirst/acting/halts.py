"""A notice that failed too much was halted, and a person says what becomes of it."""

from tellfirst.acting.deed import deed
from tellfirst.bootstrap import World
from tellfirst.delivery import halting
from tellfirst.domain.audit import Actor, Audited


def resume_notice(here: World, actor: Actor, reference: str) -> list[int]:
    """Let it go on; the same failures do not halt it again. The numbers of the notices. Raises RuleBroken."""
    with deed(here, actor, Audited.NOTICE_RESUMED, reference) as doing:
        return halting.resume(doing.connection, reference, here.clock.now(), actor.name)


def cancel_notice(here: World, actor: Actor, reference: str) -> list[int]:
    """Cancel what is left of it; the next word goes to everybody who waits, all the same. Raises RuleBroken."""
    with deed(here, actor, Audited.NOTICE_CANCELLED, reference) as doing:
        return halting.cancel(doing.connection, reference, here.clock.now(), here.wall.now(), actor.name)
