"""Sample renderings of a text, each with what it must say and what it may cost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

from tellfirst.domain.facts import FactRecord
from tellfirst.domain.message import PERSONAL_LINK, Reader
from tellfirst.domain.occasion import Channel, Locale, Occasion
from tellfirst.domain.sms import normalise
from tellfirst.notices.rendering import Templates, segment_budget
from tellfirst.notices.required import REQUIRED_IN_ANSWER, required
from tellfirst.notices.samples import LINK_LENGTH, ZONE, cases, in_longest_words
from tellfirst.notices.wording import OF_AN_INCIDENT, AnswerKind, Pen, answer_values, notice_values


@dataclass(frozen=True, slots=True)
class Proof:
    """One rendering: `said` is all a reader sees, `due` the value each required name must show."""

    said: str
    due: Mapping[str, str]
    segment_budget: int | None

    def unsaid(self) -> Iterator[str]:
        """The required names whose value is not to be found."""
        said = normalise(self.said).casefold()
        return (name for name, value in self.due.items() if normalise(value).casefold() not in said)

    def as_sent(self) -> str:
        """The text at its full length, with room for a personal link."""
        return self.said.replace(PERSONAL_LINK, "x" * LINK_LENGTH)


def notice_proofs(
    templates: Templates, occasion: Occasion, channel: Channel, locale: Locale, sample: FactRecord
) -> Iterator[Proof]:
    """Every turn a notice can take. Raises what `Templates.render` raises."""
    words = templates.phrases(locale)
    for case in cases(occasion, locale, words, sample):
        message = templates.render(occasion, channel, case.facts, case.reader, case.holding)
        values = notice_values(occasion, case.facts, case.reader, words, holding=case.holding)
        due = {name: str(values[name]) for name in required(occasion, channel, values)}
        if channel is Channel.EMAIL:
            yield Proof(f"{message.subject}\n{message.text}" if message.text else "", due, None)
        else:
            yield Proof(message.text, due, segment_budget(locale, case.facts.emergency_calls))


def answer_proofs(
    templates: Templates, kind: AnswerKind, locale: Locale, sample: FactRecord
) -> Iterator[Proof]:
    """Every turn an answer can take. Raises what `Templates.answer` raises."""
    words, house = templates.phrases(locale), {"company": sample.company, "contact": sample.contact}
    reader = cases(Occasion.FIRST_WORD, locale, words, sample)[0].reader
    for facts in _answered(kind, in_longest_words(sample, words)):
        said = templates.answer(kind, locale, facts, ZONE, sample.stated_at, reader.impact)
        pen = Pen(locale, ZONE, sample.stated_at)
        values = answer_values(kind, facts, pen, words, reader.impact, house)
        due = {name: str(values[name]) for name in REQUIRED_IN_ANSWER[kind] if values[name]}
        yield Proof(said, due, segment_budget(locale, facts is not None and facts.emergency_calls))


def notice_names(occasion: Occasion, locale: Locale, templates: Templates, sample: FactRecord) -> set[str]:
    """The placeholders a notice may use."""
    return set(notice_values(occasion, sample, Reader(locale, ZONE, "down"), templates.phrases(locale)))


def answer_names(kind: AnswerKind, locale: Locale, templates: Templates, sample: FactRecord) -> set[str]:
    """The placeholders an answer may use: those of an incident only where there always is one."""
    house = {"company": sample.company, "contact": sample.contact}
    facts = sample if kind in OF_AN_INCIDENT else None
    pen = Pen(locale, ZONE, sample.stated_at)
    return set(answer_values(kind, facts, pen, templates.phrases(locale), "down", house))


def _answered(kind: AnswerKind, sample: FactRecord) -> list[FactRecord | None]:
    if kind not in OF_AN_INCIDENT:
        return [None]
    turns = product((True, False), (sample.estimate_at, None))
    return [replace(sample, emergency_calls=hit, estimate_at=estimate_at) for hit, estimate_at in turns]
