"""Reads every text before a customer does; `tellfirst check` runs this at every start.

What it finds: a text that is missing, unreadable or empty; a placeholder nobody fills; a required fact that
is not said; an SMS over its budget or with a character that doubles the price; a mail without a subject;
promotion, an address or a clock time in fixed words; a word list that is not whole.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain, product
from pathlib import Path

from jinja2 import Environment

from tellfirst.domain.errors import Mistake, SetupError
from tellfirst.domain.facts import FactRecord
from tellfirst.domain.occasion import Channel, Locale, Occasion
from tellfirst.notices.literals import (
    address_mistakes,
    dear_characters,
    literal_mistakes,
    literals,
    word_list_literals,
)
from tellfirst.notices.placeholders import Asked
from tellfirst.notices.proofreading import proofread
from tellfirst.notices.proofs import Proof, answer_names, answer_proofs, notice_names, notice_proofs
from tellfirst.notices.rendering import Templates
from tellfirst.notices.samples import SAMPLE
from tellfirst.notices.sources import (
    LAYOUT,
    WRITTEN,
    answer_name,
    environment,
    missing_text,
    notice_name,
    phrases_name,
    read_sources,
)
from tellfirst.notices.wording import AnswerKind

_LAYOUT_VALUES = ("subject", "paragraphs", "pieces", "locale", "direction", "addresses", "namespace")


def lint(
    directory: Path, sample: FactRecord = SAMPLE, overrides: Collection[tuple[str, str]] = ()
) -> tuple[Mistake, ...]:
    """Every mistake in the texts below `directory`, by file and line; empty when they may be sent.

    `overrides` are pairs of an occasion and the folder whose texts a playbook has chosen for it.

    `sample` is the incident they are tried with: its company, place and contact decide what an SMS costs.
    """
    try:
        sources = read_sources(directory)
        templates = Templates(directory, company=sample.company, contact=sample.contact)
    except SetupError as error:
        return error.mistakes or (Mistake(directory.as_posix(), 1, str(error), "set the right directory"),)
    reception = _Desk(directory, sources, environment(sources), templates, sample, tuple(overrides))
    found = sorted(
        set(reception.mistakes()), key=lambda mistake: (mistake.file, mistake.line, mistake.problem)
    )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A text that must exist, the placeholders it may use and the renderings it is tried with."""

    name: str
    locale: Locale
    channel: Channel
    known: Callable[[], Collection[str]]
    proofs: Callable[[], Iterable[Proof]]


@dataclass(frozen=True, slots=True)
class _Desk:
    """Everything a proofreader has before them.

    A text is tried with sample facts only when all it is made of can be used, so that one fault is told once.
    """

    directory: Path
    sources: Mapping[str, str]
    sandbox: Environment
    templates: Templates
    sample: FactRecord
    overrides: tuple[tuple[str, str], ...] = ()

    def mistakes(self) -> Iterator[Mistake]:
        layout = list(self._layout())
        words = {locale: list(self._word_list(locale)) for locale in Locale}
        yield from chain(layout, *words.values())
        for draft in chain(self._notices(), self._answers()):
            needs_layout = draft.channel is Channel.EMAIL
            yield from self._draft(draft, usable=not words[draft.locale] and not (layout and needs_layout))

    def _layout(self) -> Iterator[Mistake]:
        try:
            source, asked = self._read(LAYOUT)
        except SetupError as error:
            yield from error.mistakes
        else:
            yield from asked.unknown(self._path(LAYOUT), _LAYOUT_VALUES)
            yield from address_mistakes(self._path(LAYOUT), literals(self.sandbox, source))

    def _word_list(self, locale: Locale) -> Iterator[Mistake]:
        name = phrases_name(locale)
        try:
            words = self.templates.phrases(locale)
        except SetupError as error:
            yield from error.mistakes
            return
        lines = list(word_list_literals(self.sources[name]))
        in_sms = [(line, text) for line, text in lines if any(part in text for part in words.in_sms())]
        yield from literal_mistakes(self._path(name), lines, locale)
        yield from dear_characters(self._path(name), in_sms, locale)

    def _notices(self) -> Iterator[_Draft]:
        folders = {(occasion, occasion.value) for occasion in Occasion}
        folders |= {(Occasion(occasion), folder) for occasion, folder in self.overrides}
        for (occasion, folder), channel, locale in product(sorted(folders), WRITTEN, Locale):
            known = partial(notice_names, occasion, channel, locale, self.templates, self.sample)
            proofs = partial(notice_proofs, self.templates, occasion, channel, locale, self.sample, folder)
            yield _Draft(notice_name(folder, channel, locale), locale, channel, known, proofs)

    def _answers(self) -> Iterator[_Draft]:
        for kind, locale in product(AnswerKind, Locale):
            known = partial(answer_names, kind, locale, self.templates, self.sample)
            proofs = partial(answer_proofs, self.templates, kind, locale, self.sample)
            yield _Draft(answer_name(kind, locale), locale, Channel.SMS, known, proofs)

    def _draft(self, draft: _Draft, *, usable: bool) -> Iterator[Mistake]:
        try:
            source, asked = self._read(draft.name)
        except SetupError as error:
            yield from error.mistakes
            return
        file, lines = self._path(draft.name), list(literals(self.sandbox, source))
        yield from literal_mistakes(file, lines, draft.locale)
        dear = list(dear_characters(file, lines, draft.locale)) if draft.channel is Channel.SMS else []
        unknown = list(asked.unknown(file, draft.known())) if usable else []
        yield from chain(dear, unknown)
        if usable and not dear and not unknown:
            yield from proofread(file, asked, draft.proofs)

    def _read(self, name: str) -> tuple[str, Asked]:
        file = self._path(name)
        if name not in self.sources:
            raise SetupError(f"there is no file {file}", (missing_text(file),))
        return self.sources[name], Asked.by(file, self.sources[name], self.sandbox)

    def _path(self, name: str) -> str:
        return (self.directory / name).as_posix()
