"""What engineers say of announced work that customers were told of."""

from collections.abc import Callable
from datetime import datetime

from tellfirst.acting.deed import deed
from tellfirst.bootstrap import World
from tellfirst.detect import working
from tellfirst.domain.audit import Actor, Audited


def start(here: World, actor: Actor, reference: str) -> None:
    """The crew has begun. Raises RuleBroken before the moment that customers were told."""
    _say(here, actor, Audited.WORK_STARTED, working.start, reference, here.clock.now())


def complete(here: World, actor: Actor, reference: str) -> None:
    """It is done; customers are told when service is verified to be back. Raises RuleBroken before it has begun."""
    _say(here, actor, Audited.WORK_COMPLETED, working.complete, reference, here.clock.now())


def extend(here: World, actor: Actor, reference: str, until: datetime) -> None:
    """It ends at another time, and whoever waits hears so at once. Raises RuleBroken for a time that has passed."""
    _say(here, actor, Audited.WORK_EXTENDED, working.extend, reference, until, here.clock.now())


def cancel(here: World, actor: Actor, reference: str) -> None:
    """It does not take place; exactly those who were told of it are told so. Raises RuleBroken once it has begun."""
    _say(here, actor, Audited.WORK_CANCELLED, working.cancel, reference, here.clock.now())


def _say(
    here: World, actor: Actor, what: Audited, word: Callable[..., None], reference: str, *moments: datetime
) -> None:
    with deed(here, actor, what, reference) as doing:
        word(doing.connection, reference, *moments, actor.name)
