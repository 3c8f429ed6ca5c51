"""Plays many histories side by side: each process has its own books, and each history books of its own in them.

Nothing of one history is left for the next, so the figures do not depend on how the work is split.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tellfirst.replay import town
from tellfirst.replay.conduct import Compared, of_company, of_ours
from tellfirst.replay.history import History
from tellfirst.replay.playing import play
from tellfirst.replay.theatre import Theatre
from tellfirst.settings import Settings
from tellfirst.simulator.stage import NeverAtRest

_theatre: Theatre | None = None
BATCH = 8
"""Histories a process takes at once; they are of very different lengths."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A history that could not be played to its end: a fault of ours, with what happened."""

    id: str
    source: str
    what: str


Outcome = Compared | Failed


def compare(theatre: Theatre, it: History) -> Outcome:
    """One history, both sides."""
    try:
        books = play(theatre, it)
    except NeverAtRest as stuck:
        return Failed(it.id, it.source, str(stuck))
    return Compared(
        it.id,
        it.source,
        it.title,
        it.grade,
        it.onset_known,
        of_company(it),
        of_ours(it, books),
        sum(told.holding for told in books.told),
    )


def run_all(
    histories: Sequence[History], settings: Settings, jobs: int, found: Callable[[Outcome], None]
) -> None:
    """Every history, in any order of ending; `found` hears each."""
    image = town.image()
    for one in _outcomes(histories, image, settings, jobs):
        found(one)


def _outcomes(histories: Sequence[History], image: bytes, settings: Settings, jobs: int) -> Iterator[Outcome]:
    if jobs == 1:
        theatre = Theatre(image, settings)
        yield from (compare(theatre, one) for one in histories)
        return
    # The longest first: the last to end should not be one that has only just begun.
    longest_first = sorted(histories, key=lambda one: (one.onset - one.resolved_at, one.source, one.id))
    context = multiprocessing.get_context("spawn")
    with context.Pool(jobs, _begin, (image, settings)) as pool:
        yield from pool.imap_unordered(_compared, longest_first, chunksize=BATCH)


def _begin(image: bytes, settings: Settings) -> None:
    global _theatre
    _theatre = Theatre(image, settings)


def _compared(it: History) -> Outcome:
    assert _theatre is not None, "a process of the pool begins with its theatre"
    return compare(_theatre, it)
