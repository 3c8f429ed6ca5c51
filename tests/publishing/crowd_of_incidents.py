"""A board as full as it gets on the worst of days."""

from dataclasses import replace
from datetime import timedelta

from kukatpally import FACTS

from tellfirst.domain.facts import ServiceKind, WorkReason
from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.promise import PromiseKind, PromiseState
from tellfirst.publishing.published import Board, Ending, Given, Phase, Published, Story, Word

NOW = FACTS.stated_at
HOUR = timedelta(hours=1)
_OCCASIONS = {
    Phase.NOW: Occasion.UPDATE,
    Phase.PLANNED: Occasion.PLANNED,
    Phase.PAST: Occasion.RESTORED,
}


def incident(number: int, phase: Phase) -> Published:
    """An incident with every fact there can be, at a place with a long name."""
    place = f"Shri Venkateswara Swamy Layout, Kukatpally Housing Board Colony, phase {number}"
    facts = replace(
        FACTS,
        reference=f"INC-2026-{number:04d}",
        place=place,
        page="https://status.example",
        next_update_at=NOW + HOUR,
        estimate_at=NOW + 2 * HOUR,
        ended_at=NOW - HOUR if phase is Phase.PAST else None,
        window_from=NOW + 20 * HOUR if phase is Phase.PLANNED else None,
        window_until=NOW + 25 * HOUR if phase is Phase.PLANNED else None,
        work_reason=WorkReason.REPLACEMENT if phase is Phase.PLANNED else None,
        emergency_calls=True,
        notes=tuple((language, "word " * 40) for language in ("en", "te", "ms", "ur")),
    )
    word = Word(1, NOW, _OCCASIONS[phase], False, facts)
    return Published(
        id=number,
        reference=facts.reference,
        phase=phase,
        ending=Ending.OVER if phase is Phase.PAST else None,
        place=place,
        zone="Asia/Kolkata",
        impact=Impact.DOWN,
        services=tuple(ServiceKind),
        is_work=phase is Phase.PLANNED,
        began_at=facts.window_from or FACTS.started_at,
        ended_at=facts.ended_at,
        opened_at=FACTS.started_at,
        last=word,
        headline=replace(word, occasion=Occasion.FIRST_WORD) if phase is Phase.NOW else word,
    )


def crowded() -> Board:
    """A hundred of each."""
    numbers = iter(range(1, 301))
    incidents = tuple(incident(next(numbers), phase) for phase in Phase for _ in range(100))
    return Board(NOW, NOW, tuple(ServiceKind), incidents)


def long_story() -> Story:
    """Five days of words, every fifth with news."""
    about = incident(1, Phase.NOW)
    words = tuple(
        replace(about.last, sequence=number, holding=bool(number % 5), said_at=NOW - (120 - number) * HOUR)
        for number in range(1, 121)
    )
    given = tuple(
        Given(PromiseKind.NEXT_UPDATE, NOW - (119 - number) * HOUR, list(PromiseState)[number % 4])
        for number in range(120)
    )
    return Story(about, words, given)
