"""Plays many things side by side: each process has books of its own, and each play finds them empty.

Nothing of one play is left for the next, so what comes out does not depend on how the work is split.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from tellfirst.replay import town
from tellfirst.replay.theatre import Theatre
from tellfirst.settings import Settings

T = TypeVar("T")
R = TypeVar("R")
Play = Callable[[Theatre, T], R]
"""A function of a module, so that another process can be told which."""
BATCH = 8
"""How many a process takes at once; they are of very different lengths."""

_theatre: Theatre | None = None


def run_all(play: Play[T, R], pieces: Sequence[T], settings: Settings, jobs: int) -> Iterator[R]:
    """What came of each piece, in the order of the pieces."""
    image = town.image()
    if jobs == 1:
        theatre = Theatre(image, settings)
        yield from (play(theatre, one) for one in pieces)
        return
    with multiprocessing.get_context("spawn").Pool(jobs, _begin, (image, settings)) as pool:
        yield from pool.imap(partial(_played, play), pieces, chunksize=BATCH)


def _begin(image: bytes, settings: Settings) -> None:
    global _theatre
    _theatre = Theatre(image, settings)


def _played(play: Play[T, R], piece: T) -> R:
    assert _theatre is not None, "a process of the pool begins with its theatre"
    return play(_theatre, piece)
