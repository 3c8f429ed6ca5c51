"""The words by which a short text is understood, from config/contact_words.yaml."""

from pathlib import Path

from pydantic import Field

from tellfirst.domain.contact import Intent, Wordlist, normalise
from tellfirst.strict_yaml import StrictModel, read


class ContactWords(StrictModel):
    stop: tuple[str, ...] = Field(min_length=1)
    start: tuple[str, ...] = Field(min_length=1)
    problem: tuple[str, ...] = Field(min_length=1)


def load_words(config: Path) -> Wordlist:
    """Raises SetupError with every mistake in the file."""
    file = read(config / "contact_words.yaml", ContactWords)
    return Wordlist(
        whole={Intent.STOP: _set(file.stop), Intent.START: _set(file.start)},
        within={Intent.PROBLEM: _set(file.problem)},
    )


def _set(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(normalise(word) for word in words)
