"""What a contact is about, by rules: which words spoke for which kind, for which service, and how sure that makes us.

Nothing is learnt and nothing hidden: a sureness is made of the cues that a text holds, and they are kept with it.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tellfirst.domain.contact import ContactKind
from tellfirst.domain.facts import ServiceKind

SURE, LIKELY, HINT = 0.9, 0.6, 0.35
"""How much one cue says: alone enough, enough if nothing speaks against it, not enough."""
READ_LENGTH = 1_000
"""Signs of a contact that are read: who has not come to the point by then is read by a person."""
_GAP = "..."
_GAP_PATTERN = r"(?:\S+ ){0,5}"
_APOSTROPHES = str.maketrans("", "", "'’‘`´")


def plain_words(text: str) -> str:
    """What cues are looked for in: small letters, one space between words, no sign that is no part of a word.

    Telugu is typed with and without a joiner, and English with and without its apostrophes.
    """
    folded = unicodedata.normalize("NFKC", text[:READ_LENGTH]).casefold().translate(_APOSTROPHES)
    kept = (_kept(sign) for sign in folded)
    return " ".join("".join(kept).split())


def _kept(sign: str) -> str:
    category = unicodedata.category(sign)
    if category == "Cf":
        return ""
    return " " if category[0] in "PSZC" else sign


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that speak for something. `words` as they are written in the file, `weight` what they say."""

    words: str
    weight: float
    pattern: re.Pattern[str]


def cue(words: str, weight: float) -> Cue:
    """A cue out of its words: `a|b` is either, `cancel*` all that begin so, ` ... ` up to five other words.

    Raises ValueError for one that would speak for every text.
    """
    terms = words.split()
    if not terms or terms[0] == _GAP or terms[-1] == _GAP:
        raise ValueError("write at least one word, and a gap only between two")
    pattern = ""
    for term in terms:
        pattern += _GAP_PATTERN if term == _GAP else f"{_either(term)} "
    return Cue(words, weight, re.compile(rf"(?<!\S){pattern[:-1]}(?!\S)"))


def _either(term: str) -> str:
    return f"(?:{'|'.join(_word(one) for one in term.split('|'))})"


def _word(one: str) -> str:
    stem = plain_words(one.removesuffix("*"))
    if not stem or " " in stem:
        raise ValueError(f"{one!r} is no word")
    return re.escape(stem) + (r"\S*" if one.endswith("*") else "")


@dataclass(frozen=True, slots=True)
class Speech:
    """The cues of one language."""

    kinds: Mapping[ContactKind, Sequence[Cue]] = field(default_factory=dict)
    services: Mapping[ServiceKind, Sequence[Cue]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that made us believe something: `about` a kind, a service or a place, because of these words."""

    about: str
    words: str
    weight: float

    def to_json(self) -> dict[str, Any]:
        return {"about": self.about, "words": self.words, "weight": self.weight}


@dataclass(frozen=True, slots=True)
class Understood:
    """`likeliest` is what most speaks for; `kind` the same where we are sure enough, else None: a person says."""

    kind: ContactKind | None
    likeliest: ContactKind | None
    sureness: float
    service: ServiceKind | None
    because: tuple[Reason, ...] = field(default=())


def read(text: str, speeches: Iterable[Speech], enough: float) -> Understood:
    """What `text` is about, by the cues of all languages: people mix them. `enough` is the least sureness, 0 to 1.

    Each kind is believed as far as its cues say together; the best of them loses as much as the next best speaks
    against it. Two that are equally likely are never sure.
    """
    plain = plain_words(text)
    reasons: list[Reason] = []
    kinds: dict[ContactKind, float] = {}
    services: dict[ServiceKind, float] = {}
    for speech in speeches:
        _weigh(plain, speech.kinds, kinds, reasons)
        _weigh(plain, speech.services, services, reasons)
    likeliest, sureness = _best(kinds)
    service, service_sureness = _best(services)
    return Understood(
        kind=likeliest if sureness >= enough else None,
        likeliest=likeliest,
        sureness=round(sureness, 3),
        service=service if service_sureness >= enough else None,
        because=tuple(reasons),
    )


def _weigh(
    plain: str, cues: Mapping[Any, Sequence[Cue]], found: dict[Any, float], reasons: list[Reason]
) -> None:
    for about, those in cues.items():
        for one in those:
            if one.pattern.search(plain):
                found[about] = 1 - (1 - found.get(about, 0.0)) * (1 - one.weight)
                reasons.append(Reason(str(about), one.words, one.weight))


def _best(found: Mapping[Any, float]) -> tuple[Any, float]:
    if not found:
        return None, 0.0
    ranked = sorted(found.items(), key=lambda one: -one[1])
    best, its = ranked[0]
    against = ranked[1][1] if len(ranked) > 1 else 0.0
    return best, its * its / (its + against)
