"""How contacts are understood in each language, from config/contacts/<locale>.yaml."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from tellfirst.domain.contact import ContactKind, Intent, Wordlist, normalise
from tellfirst.domain.errors import Mistake, SetupError
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.occasion import Locale
from tellfirst.domain.understanding import HINT, LIKELY, SURE, Cue, Speech, cue
from tellfirst.strict_yaml import StrictModel, read

FOLDER = "contacts"
Words = Annotated[tuple[str, ...], Field(min_length=1)]


def _written_well(words: str) -> str:
    cue(words, HINT)
    return words


CueText = Annotated[str, AfterValidator(_written_well)]


class CuesFile(StrictModel):
    """Cues by how much each says. What is alone enough, what is if nothing speaks against it, what is not."""

    sure: tuple[CueText, ...] = ()
    likely: tuple[CueText, ...] = ()
    hint: tuple[CueText, ...] = ()

    def made(self) -> tuple[Cue, ...]:
        weighed = ((self.sure, SURE), (self.likely, LIKELY), (self.hint, HINT))
        return tuple(cue(words, weight) for those, weight in weighed for words in those)


class LanguageFile(StrictModel):
    """The keys of config/contacts/<locale>.yaml, explained in docs/contacts.md."""

    stop: Words
    start: Words
    problem: Words
    kinds: dict[ContactKind, CuesFile]
    services: dict[ServiceKind, CuesFile]

    def speech(self) -> Speech:
        return Speech(
            {kind: cues.made() for kind, cues in self.kinds.items()},
            {service: cues.made() for service, cues in self.services.items()},
        )


def load_languages(config: Path) -> tuple[Wordlist, tuple[Speech, ...]]:
    """The words of all languages, and the cues of each. Raises SetupError with every mistake in every file."""
    files: list[LanguageFile] = []
    mistakes: list[Mistake] = []
    for locale in Locale:
        try:
            files.append(read(config / FOLDER / f"{locale}.yaml", LanguageFile))
        except SetupError as wrong:
            mistakes += wrong.mistakes
    if mistakes:
        raise SetupError("the words of contacts cannot be used", tuple(mistakes))
    words = Wordlist(
        whole={
            Intent.STOP: _set(word for file in files for word in file.stop),
            Intent.START: _set(word for file in files for word in file.start),
        },
        within={Intent.PROBLEM: _set(word for file in files for word in file.problem)},
    )
    return words, tuple(file.speech() for file in files)


def _set(words: Iterable[str]) -> frozenset[str]:
    return frozenset(normalise(word) for word in words)
