"""What may not stand in the fixed words of a text: promotion, addresses and clock times."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from jinja2 import Environment

from tellfirst.domain.errors import Mistake
from tellfirst.domain.occasion import Locale
from tellfirst.domain.sms import normalise, outside_gsm7

_GSM7_LANGUAGES = frozenset({Locale.ENGLISH, Locale.MALAY})
_ADDRESS = re.compile(
    r"""(?:https?://|www\.)[^\s"'<>]*"""
    r"|(?<![\w.])[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|info|io|co|in|my|pk|ly|me|app|link)\b",
    re.IGNORECASE,
)
_CLOCK_TIME = re.compile(r"\b\d{1,2}\s?[:.]\s?\d{2}\b|\b\d{1,2}\s?(?:am|pm|a\.m\.|p\.m\.)", re.IGNORECASE)
_WHOLE_WORDS = {
    Locale.ENGLISH: "offers? discounts? sale free deals? upgrades? bonus cashback promo promotions? prizes? "
    "win vouchers? bargain",
    Locale.MALAY: "tawaran diskaun percuma promosi promo jualan hadiah menang baucar bonus jimat",
}
_STEMS = {
    Locale.TELUGU: "ఆఫర్ తగ్గింపు ఉచిత డిస్కౌంట్ బహుమతి రాయితీ బోనస్ అప్‌గ్రేడ్",
    Locale.URDU: "پیشکش رعایت مفت ڈسکاؤنٹ انعام آفر بونس",
}


def promotion_in(locale: Locale) -> re.Pattern[str]:
    """Finds promotional words of a language: one of them makes a text advertising (ICO, UK)."""
    if locale in _STEMS:
        return re.compile(rf"(?<!\w)(?:{'|'.join(_STEMS[locale].split())})")
    return re.compile(rf"(?<!\w)(?:{'|'.join(_WHOLE_WORDS[locale].split())})(?!\w)", re.IGNORECASE)


def literals(sandbox: Environment, source: str) -> Iterator[tuple[int, str]]:
    """The fixed words of a template, line by line: between the placeholders and in quotes, no comments."""
    for line, kind, text in sandbox.lex(source):
        if kind in {"data", "string"}:
            for offset, part in enumerate(text.split("\n")):
                yield line + offset, part


def word_list_literals(source: str) -> Iterator[tuple[int, str]]:
    """The words of a word list, line by line, without comments."""
    for line, words in enumerate(source.split("\n"), start=1):
        yield line, words.partition(" #")[0]


def literal_mistakes(file: str, lines: Iterable[tuple[int, str]], locale: Locale) -> Iterator[Mistake]:
    """Everything the fixed words of a text must not say."""
    rules = (
        (promotion_in(locale), "a service text must not promote", "say it without this word"),
        (_ADDRESS, "an address stands in the text", "use {{ page }}, or {{ link }} in a survey"),
        (_CLOCK_TIME, "a clock time stands in the text", "use a placeholder, it writes the zone too"),
    )
    for line, words in lines:
        for pattern, problem, cure in rules:
            for found in pattern.finditer(words):
                yield Mistake(file, line, f"{problem}: {found.group().strip()!r}", cure)


def dear_characters(file: str, lines: Iterable[tuple[int, str]], locale: Locale) -> Iterator[Mistake]:
    """What would move an SMS of a GSM-7 language to UCS-2, after what `normalise` mends by itself."""
    if locale not in _GSM7_LANGUAGES:
        return
    for line, words in lines:
        for char in outside_gsm7(normalise(words)):
            name = unicodedata.name(char, "a character without a name")
            problem = f"U+{ord(char):04X} {name} makes each part of an SMS 70 characters instead of 160"
            yield Mistake(file, line, problem, "write it with letters of the GSM-7 alphabet")


def address_mistakes(file: str, lines: Iterable[tuple[int, str]]) -> Iterator[Mistake]:
    """Addresses in the layout: a mail that fetches something tells its sender who reads it and when."""
    for line, words in lines:
        for found in _ADDRESS.finditer(words):
            yield Mistake(file, line, f"an address stands in the layout: {found.group()!r}", "take it out")
