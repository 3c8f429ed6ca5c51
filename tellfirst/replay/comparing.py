"""One history played and compared: what its company did, and what we would have done."""

from dataclasses import dataclass

from tellfirst.replay.conduct import Compared, of_company, of_ours
from tellfirst.replay.history import History
from tellfirst.replay.playing import play
from tellfirst.replay.theatre import Theatre
from tellfirst.simulator.stage import NeverAtRest


@dataclass(frozen=True, slots=True)
class Failed:
    """A history that could not be played to its end: a fault of ours, with what happened."""

    id: str
    source: str
    what: str


Outcome = Compared | Failed


def compare(theatre: Theatre, it: History) -> Outcome:
    """Both sides of one history."""
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
    )
