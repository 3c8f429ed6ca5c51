"""Let many customers be told, or not."""

from tellfirst.acting.deed import deed
from tellfirst.bootstrap import World
from tellfirst.domain.audit import Actor, Audited
from tellfirst.notices import approving
from tellfirst.notices.approving import Answered
from tellfirst.store import incidents


def approve(here: World, actor: Actor, reference: str, revision: int, remark: str = "") -> Answered:
    """Raises RuleBroken as `notices.approving.approve` does: when nothing waits, when the audience has moved on, or
    when this account has agreed already and a second one must."""
    with deed(here, actor, Audited.APPROVED, reference, revision=revision) as doing:
        done = approving.approve(doing.connection, reference, revision, here.voice(), actor.name, remark)
        doing.details["came_of_it"] = "outdated" if done.outdated else str(done.state)
    return done


def decline(
    here: World, actor: Actor, reference: str, revision: int | None, remark: str
) -> tuple[int, Answered]:
    """At which revision, and what came of it; without one, the audience as it is now. Raises RuleBroken."""
    with deed(here, actor, Audited.DECLINED, reference) as doing:
        seen = revision
        if seen is None:
            seen = incidents.by_reference(doing.connection, reference).audience_revision
        doing.details["revision"] = seen
        return seen, approving.decline(doing.connection, reference, seen, here.voice(), actor.name, remark)
