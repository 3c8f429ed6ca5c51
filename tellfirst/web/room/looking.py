"""A look before an act: whom the first word would reach, and what a word would say. Everything is rolled back."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from tellfirst.acting.looking import prices, speaker
from tellfirst.bootstrap import World
from tellfirst.domain.incident import Stage
from tellfirst.domain.occasion import Occasion
from tellfirst.store import incidents
from tellfirst.store.engine import reading, writing

if TYPE_CHECKING:
    from tellfirst.review.previewing import Preview
    from tellfirst.review.room.wording import Wording


def preview_of(here: World, reference: str) -> tuple["Preview", "Wording"]:
    """Whom the first word would reach if it left now, and what it would say; it changes nothing.

    Raises NotFound, and RuleBroken for an incident that is held before it can be matched.
    """
    # Here and not above: numpy and shapely would cost the start of every web process.
    from tellfirst.review.previewing import as_matched, needs_matching, preview
    from tellfirst.review.room.wording import wording

    now = here.clock.now()
    with reading(here.engine) as connection:
        matches = needs_matching(incidents.by_reference(connection, reference))
        by = speaker(here, connection)
    with (
        (writing if matches else reading)(here.engine) as connection,
        as_matched(connection, reference, now, here.policy) as it,
    ):
        said = wording(connection, reference, Occasion.FIRST_WORD, here.voice(), here.templates, prices(here))
        return preview(connection, it, now, by), said


def wording_of(
    here: World,
    reference: str,
    occasion: Occasion,
    *,
    first: Callable[[Connection], object] | None = None,
    withdrawn: Sequence[str] = (),
) -> "Wording":
    """What would be said after `first`, which is done in a transaction that is rolled back. Raises what `first`
    raises, so that what would be refused is refused before anybody confirms it."""
    from tellfirst.review.room.wording import wording

    with (writing if first else reading)(here.engine) as connection, connection.begin_nested() as trial:
        if first:
            first(connection)
        with _readers_known(here, connection, reference, occasion):
            found = wording(
                connection,
                reference,
                occasion,
                here.voice(),
                here.templates,
                prices(here),
                withdrawn=withdrawn,
            )
        trial.rollback()
        return found


@contextmanager
def _readers_known(here: World, connection: Connection, reference: str, occasion: Occasion) -> Iterator[None]:
    """The first word goes to whoever would be matched now, where nobody is yet."""
    from tellfirst.review.previewing import as_matched, needs_matching

    it = incidents.by_reference(connection, reference)
    if (
        occasion is Occasion.FIRST_WORD
        and not it.held
        and it.stage is not Stage.OPENED
        and needs_matching(it)
    ):
        with as_matched(connection, reference, here.clock.now(), here.policy):
            yield
    else:
        yield
