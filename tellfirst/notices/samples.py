"""Sample facts in the longest words of a language: what is checked with them fits with any others."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import combinations, product
from typing import Any

from tellfirst.domain.facts import Action, Cause, FactRecord, ServiceKind, WorkReason
from tellfirst.domain.impact import Impact
from tellfirst.domain.message import Reader
from tellfirst.domain.occasion import Locale, Occasion
from tellfirst.domain.sms import unit_count
from tellfirst.notices.phrases import Phrases

SAMPLE = FactRecord(
    reference="INC-2026-0007",
    sequence=23,
    company="Deccan Mobile",
    service=ServiceKind.MOBILE,
    place="Kukatpally",
    started_at=datetime(2026, 11, 22, 3, 37, tzinfo=UTC),
    cause=Cause.BEING_INVESTIGATED,
    action=Action.INVESTIGATING,
    emergency_calls=True,
    contact="198",
    page="https://status.example",
    stated_at=datetime(2026, 11, 22, 3, 50, tzinfo=UTC),
    next_update_at=datetime(2026, 11, 22, 4, 10, tzinfo=UTC),
    estimate_at=datetime(2026, 11, 23, 6, 0, tzinfo=UTC),
    previous_estimate_at=datetime(2026, 11, 22, 4, 45, tzinfo=UTC),
    ended_at=datetime(2026, 11, 22, 7, 22, tzinfo=UTC),
)
WINDOW: Mapping[str, Any] = {
    "window_from": datetime(2026, 12, 2, 16, 30, tzinfo=UTC),
    "window_until": datetime(2026, 12, 4, 0, 30, tzinfo=UTC),
}
BEFORE: Mapping[str, Any] = {
    "previous_from": datetime(2026, 12, 1, 16, 30, tzinfo=UTC),
    "previous_until": datetime(2026, 12, 3, 0, 30, tzinfo=UTC),
}
ABOUT_WORK = frozenset({Occasion.PLANNED, Occasion.REMINDER, Occasion.STARTED, Occasion.CANCELLED})
ZONE = "Asia/Kolkata"


@dataclass(frozen=True, slots=True)
class Case:
    """One rendering that must come out right."""

    facts: FactRecord
    reader: Reader
    holding: bool = False


def cases(occasion: Occasion, locale: Locale, words: Phrases, sample: FactRecord = SAMPLE) -> list[Case]:
    """Every turn a text of `occasion` can take: with and without estimate, emergency effect and news.

    Each for one service, for two and for all of them.
    """
    return [
        replace(turn, reader=replace(turn.reader, services=services))
        for turn, services in product(_turns(occasion, locale, words, sample), service_sets(words))
    ]


def service_sets(words: Phrases) -> tuple[tuple[ServiceKind, ...], ...]:
    """What a reader's services may be: the fact record's own, the two with the longest names, all of them.

    Whatever else can be affected takes no more room than one of these.
    """
    pairs = combinations(ServiceKind, 2)
    longest = max(pairs, key=lambda pair: sum(unit_count(words.several.names[kind]) for kind in pair))
    return (), longest, tuple(ServiceKind)


def _turns(occasion: Occasion, locale: Locale, words: Phrases, sample: FactRecord) -> list[Case]:
    facts = in_longest_words(sample, words)
    hit = {step.word: words.impacts[step.word] for step in Impact if step is not Impact.OK}
    reader = Reader(locale, ZONE, _longest(hit))
    calm = replace(facts, emergency_calls=False)
    if occasion is Occasion.SURVEY:
        return [Case(calm, reader)]
    if occasion in ABOUT_WORK:
        return _turns_of_work(occasion, facts, words, reader)
    if occasion is Occasion.RESTORED:
        return [Case(facts, reader), Case(replace(calm, **WINDOW), reader)]
    turns = [
        replace(one, ended_at=None, estimate_at=estimate_at, previous_estimate_at=previous_estimate_at)
        for one, estimate_at, previous_estimate_at in product(
            (facts, calm),
            (sample.estimate_at, None),
            (sample.previous_estimate_at, None) if occasion is Occasion.OVERRUN else (None,),
        )
    ]
    found = [Case(turn, reader) for turn in turns]
    if occasion is Occasion.UPDATE:
        found += [Case(turn, reader, holding=True) for turn in turns]
        found += [Case(replace(turn, asks_back=True), reader) for turn in turns]
    if occasion is Occasion.CORRECTION:
        found += [Case(turn, replace(reader, impact=Impact.OK.word)) for turn in turns]
    return found


def _turns_of_work(occasion: Occasion, facts: FactRecord, words: Phrases, reader: Reader) -> list[Case]:
    """With and without emergency effect; announced the first time and moved; the end known and not.

    The line about emergency calls has a part of its own: what is tried without it fits with it as well.
    """
    at_work = replace(
        facts,
        **WINDOW,
        ended_at=None,
        previous_estimate_at=None,
        next_update_at=WINDOW["window_from"],
        estimate_at=WINDOW["window_until"],
        work_reason=WorkReason(_longest(words.work_reasons)),
    )
    calm = replace(at_work, emergency_calls=False)
    if occasion is Occasion.CANCELLED:
        return [Case(at_work, replace(reader, impact=Impact.OK.word))]
    turns = [at_work, calm]
    if occasion is Occasion.PLANNED:
        turns.append(replace(calm, **BEFORE))
    if occasion is Occasion.STARTED:
        turns.append(replace(calm, estimate_at=None))
    return [Case(turn, reader) for turn in turns]


def in_longest_words(sample: FactRecord, words: Phrases) -> FactRecord:
    """`sample` with the service, cause and action that take most room in a language."""
    return replace(
        sample,
        service=ServiceKind(_longest(words.services)),
        cause=Cause(_longest(words.causes)),
        action=Action(_longest(words.actions)),
    )


def _longest(words: Mapping[str, str]) -> str:
    return max(words, key=lambda key: unit_count(words[key]))
