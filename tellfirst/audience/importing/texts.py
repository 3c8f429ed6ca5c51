"""Ids, names, words and numbers: what one text may be. Each judge sees one text without spaces around it."""

import math
import re
from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import cache

from tellfirst.audience.importing.rules import Note, Rule, Verdict, rejected
from tellfirst.domain.occasion import Locale

Judge = Callable[[str], Verdict]

LONGEST, LONGEST_ID = 10_000, 200
PLAIN_ID = r"^[A-Za-z0-9][A-Za-z0-9 _:/#-]{0,199}$"
"""Ids that need no second look."""
PLAIN_TEXT = r"^[A-Za-z0-9][A-Za-z0-9 _:/#,()&'-]{0,199}$"
PLAIN_DECIMAL = r"^-?[0-9]{1,3}(?:\.[0-9]+)?$"
PLAIN_DIGIT = r"^[0-9]$"

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_FLOAT = re.compile(r"^[0-9]+(?:[.,][0-9]+)?[eE]\+[0-9]+$|^[0-9]+\.0+$")
_GARBLED = re.compile("[ÂÃâà][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*$")
_WHOLE = re.compile(r"^[0-9]{1,9}$")


def broken(text: str, *, signed: bool = False) -> Rule | None:
    """What no text of any column may be; `signed` columns may begin with a sign."""
    if "\x00" in text:
        return Rule.NUL
    if len(text) > LONGEST:
        return Rule.TOO_LONG
    if "\n" in text or "\r" in text:
        return Rule.LINE_BREAK
    if _CONTROL.search(text):
        return Rule.CONTROL_CHARACTER
    if text[0] in "=@" or (text[0] in "+-" and not signed):
        return Rule.FORMULA
    return None


def judge_text(text: str) -> Verdict:
    """A name: any script and any mark, but nothing that turns the writing round."""
    if rule := broken(text):
        return rejected(rule)
    straight = _BIDI.sub("", text).strip()
    if not straight:
        return rejected(Rule.INVISIBLE_CHARACTER)
    if straight != text:
        return Verdict(straight, Note.BIDI_REMOVED)
    return Verdict(text, Note.LOOKS_GARBLED if _GARBLED.search(text) else None)


def judge_code(text: str) -> Verdict:
    """A code that spreadsheets like to take for a number: an area code, a household."""
    return rejected(Rule.NUMBER_AS_FLOAT) if _FLOAT.match(text) else judge_text(text)


def judge_id(text: str) -> Verdict:
    """What other rows refer to: exactly the same to the eye and to the machine."""
    if rule := broken(text):
        return rejected(rule)
    if _FLOAT.match(text):
        return rejected(Rule.NUMBER_AS_FLOAT)
    if _INVISIBLE.search(text) or "\t" in text:
        return rejected(Rule.INVISIBLE_CHARACTER)
    return rejected(Rule.TOO_LONG) if len(text) > LONGEST_ID else Verdict(text)


def judge_element_id(text: str) -> Verdict:
    """An id that may stand in a list `A|B`."""
    verdict = judge_id(text)
    return rejected(Rule.RESERVED_CHARACTER) if "|" in (verdict.value or "") else verdict


def words(closed: Iterable[StrEnum]) -> Judge:
    """A judge of columns that know these words alone."""
    known = {str(word) for word in closed}

    def judge(text: str) -> Verdict:
        if text in known:
            return Verdict(text)
        if rule := broken(text):
            return rejected(rule)
        return Verdict(text.lower(), Note.CASE) if text.lower() in known else rejected(Rule.UNKNOWN_WORD)

    return judge


def plain_words(closed: Iterable[StrEnum]) -> str:
    """The form of texts that are such a word already."""
    return f"^(?:{'|'.join(closed)})$"


def judge_language(text: str) -> Verdict:
    """The language we write in to somebody who asked for `text` (a BCP 47 tag)."""
    if text in set(Locale):
        return Verdict(text)
    if not _LANGUAGE.match(text):
        return rejected(broken(text) or Rule.NOT_A_LANGUAGE)
    base = text.partition("-")[0].lower()
    if base in set(Locale):
        return Verdict(base, Note.CASE if base == text.lower() else Note.LANGUAGE_REDUCED)
    return Verdict(Locale.ENGLISH.value, Note.LANGUAGE_UNSUPPORTED)


def judge_zone(text: str) -> Verdict:
    """An IANA time zone."""
    if text in _zones():
        return Verdict(text)
    return rejected(broken(text) or Rule.UNKNOWN_ZONE)


def judge_whole(text: str) -> Verdict:
    """A whole number, never a negative one."""
    if _FLOAT.match(text):
        return rejected(Rule.NUMBER_AS_FLOAT)
    if not _WHOLE.match(text):
        return rejected(broken(text, signed=True) or Rule.NOT_A_NUMBER)
    return Verdict(text)


def judge_digit(text: str) -> Verdict:
    """A whole number from 0 to 9."""
    verdict = judge_whole(text)
    return rejected(Rule.OUT_OF_RANGE) if int(verdict.value or 0) > 9 else verdict


def judge_decimal(text: str) -> Verdict:
    """A number that may have decimals; `nan` and `inf` are none."""
    try:
        value = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        value = math.nan
    return (
        Verdict(repr(value))
        if math.isfinite(value)
        else rejected(broken(text, signed=True) or Rule.NOT_A_NUMBER)
    )


@cache
def _zones() -> frozenset[str]:
    from zoneinfo import available_timezones  # walks hundreds of files

    return frozenset(available_timezones())
