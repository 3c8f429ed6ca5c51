"""The words of the pages for customers: those around each page, and those of the status pages, in every language."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from tellfirst.domain.occasion import Occasion
from tellfirst.domain.promise import PromiseKind, PromiseState

HOLDING = "holding"
"""An update that has no news."""
_SAID = (*(one for one in Occasion if one is not Occasion.SURVEY), HOLDING)


@dataclass(frozen=True, slots=True)
class FrameWords:
    """What stands around every page, and is read to those who do not see it."""

    skip: str
    languages: str
    printed: str


@dataclass(frozen=True, slots=True)
class StatusWords:
    """What the status pages say besides the words that customers were sent; `said` names each kind of word."""

    title: str
    all_well: str
    trouble: str
    work_goes_on: str
    services: str
    now: str
    planned: str
    past: str
    nothing_now: str
    nothing_planned: str
    nothing_past: str
    only: str
    area: str
    every_area: str
    service: str
    every_service: str
    show: str
    since: str
    window: str
    ended: str
    cause: str
    estimate: str
    no_estimate: str
    next_word: str
    overdue: str
    announced: str
    over: str
    cancelled: str
    corrected: str
    others: str
    timeline: str
    said: Mapping[str, str]
    for_some: str
    earlier: str
    promises: str
    promise: str
    due: str
    outcome: str
    promise_kinds: Mapping[str, str]
    promise_states: Mapping[str, str]
    kept: str
    back: str
    follow: str
    atom: str
    calendar: str
    json: str
    cap: str
    contact: str
    copy: str
    live: str


@dataclass(frozen=True, slots=True)
class AffectedWords:
    """What the page says on which customers ask whether they are affected; `text` is the message with the code."""

    title: str
    lead: str
    by_number: str
    number: str
    number_hint: str
    send: str
    sent: str
    code: str
    check: str
    again: str
    wrong: str
    too_many: str
    bad_number: str
    text: str
    hit: str
    ahead: str
    was_hit: str
    not_hit: str
    by_place: str
    place: str
    look: str
    place_hit: str
    place_well: str


_LISTED: dict[str, Any] = {
    "said": dict.fromkeys(_SAID, str),
    "promise_kinds": dict.fromkeys(PromiseKind, str),
    "promise_states": dict.fromkeys(PromiseState, str),
}


def _shape(kind: type[Any]) -> dict[str, Any]:
    return {field.name: _LISTED.get(field.name, str) for field in fields(kind)}


SHAPES = {
    "frame": _shape(FrameWords),
    "status": _shape(StatusWords),
    "affected": _shape(AffectedWords),
}
"""The entries of a word list that are read here."""
NAMED = (
    ("frame", "printed", ("time",)),
    ("status", "others", ("count",)),
    ("status", "earlier", ("count",)),
    ("status", "kept", ("count", "kept")),
    ("status", "contact", ("contact",)),
    ("status", "copy", ("time",)),
    ("affected", "text", ("code", "company")),
    ("affected", "place_hit", ("place",)),
    ("affected", "place_well", ("place",)),
)
"""Sentences that something is put into, and its names there."""


def page_words(words: Mapping[str, Any]) -> dict[str, Any]:
    """Each part of a whole word list that is read here, by its name."""
    return {
        "frame": FrameWords(**words["frame"]),
        "status": StatusWords(**words["status"]),
        "affected": AffectedWords(**words["affected"]),
    }
