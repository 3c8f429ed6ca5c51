"""What a notice on announced work says: the window, what customers were told before, and the word promised next."""

from dataclasses import replace

from tellfirst.domain.announced import Announced
from tellfirst.domain.facts import FactRecord
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.playbook import Playbook

_AHEAD = frozenset({Occasion.PLANNED, Occasion.REMINDER})
_OVER = frozenset({Occasion.CANCELLED, Occasion.RESTORED, Occasion.SURVEY})


def of_work(facts: FactRecord, occasion: Occasion, work: Announced, book: Playbook) -> FactRecord:
    """`facts` with all that is true of announced work when `occasion` is said of it."""
    told, window = work.told, work.window
    moved = occasion is Occasion.PLANNED and told is not None and told != window
    if occasion is Occasion.CANCELLED and told is not None:
        window = told
    next_word_at = work.next_word_at(facts.stated_at, book.warn_before, book.next_update_every)
    return replace(
        facts,
        window_from=window.starts_at,
        window_until=window.ends_at,
        previous_from=told.starts_at if moved and told else None,
        previous_until=told.ends_at if moved and told else None,
        work_reason=work.reason,
        next_update_at=next_word_at if occasion in _AHEAD else facts.next_update_at,
        # Days ahead nothing is expected to change: the page keeps to the same words.
        next_page_update_at=None if occasion in _AHEAD else facts.next_page_update_at,
        estimate_at=None if _end_is_open(occasion, work) else window.ends_at,
    )


def _end_is_open(occasion: Occasion, work: Announced) -> bool:
    """Whether no end can be named: it is over, or the one that was announced does not stand and no other is known."""
    if occasion in _OVER:
        return True
    unmoved = work.told is not None and work.told.ends_at == work.window.ends_at
    return unmoved and (occasion is Occasion.OVERRUN or (work.end_withdrawn and occasion not in _AHEAD))
