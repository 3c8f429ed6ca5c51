"""Sample renderings of a text, each with what it must say and what it may cost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

from tellfirst.domain.facts import FactRecord, ServiceKind
from tellfirst.domain.message import Reader
from tellfirst.domain.occasion import Channel, Locale, Occasion
from tellfirst.domain.sms import normalise
from tellfirst.notices.channels import values_on
from tellfirst.notices.phrases import Phrases
from tellfirst.notices.rendering import Templates, at_full_length, segment_budget
from tellfirst.notices.required import REQUIRED_IN_ANSWER, required
from tellfirst.notices.samples import WINDOW, ZONE, Case, cases, in_longest_words, service_sets
from tellfirst.notices.wording import OF_AN_INCIDENT, AnswerKind, Pen, answer_values

_CROWDING = " ".join(["Kukatpally"] * 45)
"""A place no SMS has room for: shows what a text still says when it is terse, and is tried without a price."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One rendering: `said` is all a reader sees, `due` the value each required name must show."""

    said: str
    due: Mapping[str, str]
    segment_budget: int | None

    def unsaid(self) -> Iterator[str]:
        """The required names whose value is not to be found."""
        said = _comparable(self.said)
        return (name for name, value in self.due.items() if _comparable(value) not in said)

    def as_sent(self) -> str:
        """The text at its full length, with room for a personal link."""
        return at_full_length(self.said)


@lru_cache(maxsize=4096)
def _comparable(text: str) -> str:
    """Remembered, for the same values are looked for in hundreds of proofs."""
    return normalise(text).casefold()


def notice_proofs(
    templates: Templates,
    occasion: Occasion,
    channel: Channel,
    locale: Locale,
    sample: FactRecord,
    folder: str = "",
) -> Iterator[Proof]:
    """Every turn a notice can take, with the texts in `folder`. Raises what `Templates.render` raises."""
    words = templates.phrases(locale)
    for case in cases(occasion, locale, words, sample):
        budget = segment_budget(locale, case.facts.emergency_calls) if channel is Channel.SMS else None
        yield _notice_proof(templates, occasion, channel, case, budget, folder)
    if channel is Channel.SMS:
        crowded = cases(occasion, locale, words, replace(sample, place=_CROWDING))
        for case in (case for case in crowded if not case.reader.services):
            yield _notice_proof(templates, occasion, channel, case, None, folder)


def _notice_proof(
    templates: Templates, occasion: Occasion, channel: Channel, case: Case, budget: int | None, folder: str
) -> Proof:
    message = templates.render(occasion, channel, case.facts, case.reader, case.holding, folder)
    words = templates.phrases(case.reader.locale)
    values = values_on(channel, occasion, case.facts, case.reader, words, holding=case.holding)
    due = {name: str(values[name]) for name in required(occasion, channel, values)}
    said = f"{message.subject}\n{message.text}" if message.text else ""
    return Proof(said.strip(), due, budget)


def answer_proofs(
    templates: Templates, kind: AnswerKind, locale: Locale, sample: FactRecord
) -> Iterator[Proof]:
    """Every turn an answer can take. Raises what `Templates.answer` raises."""
    words, house = templates.phrases(locale), {"company": sample.company, "contact": sample.contact}
    impact = cases(Occasion.FIRST_WORD, locale, words, sample)[0].reader.impact
    pen = Pen(locale, ZONE, sample.stated_at)
    for facts, services in _answered(kind, in_longest_words(sample, words), words):
        said = templates.answer(kind, locale, facts, ZONE, sample.stated_at, impact, services)
        values = answer_values(kind, facts, pen, words, impact, services, house)
        due = {name: str(values[name]) for name in REQUIRED_IN_ANSWER[kind] if values[name]}
        crowded = facts is not None and facts.place == _CROWDING
        budget = segment_budget(locale, facts is not None and facts.emergency_calls)
        yield Proof(said, due, None if crowded else budget)


def notice_names(
    occasion: Occasion, channel: Channel, locale: Locale, templates: Templates, sample: FactRecord
) -> set[str]:
    """The placeholders a notice may use on a channel."""
    reader = Reader(locale, ZONE, "down")
    return set(values_on(channel, occasion, sample, reader, templates.phrases(locale)))


def answer_names(kind: AnswerKind, locale: Locale, templates: Templates, sample: FactRecord) -> set[str]:
    """The placeholders an answer may use: those of an incident only where there always is one."""
    house = {"company": sample.company, "contact": sample.contact}
    facts = sample if kind in OF_AN_INCIDENT else None
    pen = Pen(locale, ZONE, sample.stated_at)
    return set(answer_values(kind, facts, pen, templates.phrases(locale), "down", (), house))


def _answered(
    kind: AnswerKind, sample: FactRecord, words: Phrases
) -> list[tuple[FactRecord | None, tuple[ServiceKind, ...]]]:
    if kind not in OF_AN_INCIDENT:
        return [(None, ())]
    if kind is AnswerKind.ANNOUNCED:
        sample = replace(sample, **WINDOW, estimate_at=WINDOW["window_until"])
    turns = [
        replace(sample, emergency_calls=hit, estimate_at=estimate_at)
        for hit, estimate_at in product((True, False), (sample.estimate_at, None))
    ]
    crowded = [(replace(turn, place=_CROWDING), ()) for turn in turns]
    return [*product(turns, service_sets(words)), *crowded]
