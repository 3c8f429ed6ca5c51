"""What happened with a customer, as their own page says it: in their language, on their clock."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from tellfirst.bootstrap import World
from tellfirst.contacts.happened import Entry, Happened
from tellfirst.contacts.own_page import Concern
from tellfirst.domain.delivery import DeliveryState
from tellfirst.domain.times import clock_face
from tellfirst.notices.page_phrases import PersonalWords
from tellfirst.notices.wording import AnswerKind, Pen


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the page: when, what, until when it was promised (`by`), and how that stands (`more`)."""

    at: datetime
    when: str
    kind: str
    said: str
    by: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """An incident as the page tells of it."""

    reference: str
    text: str
    next_word: str
    may_be_still_out: bool


def told(here: World, one: Concern, pen: Pen) -> Told:
    """In the very words with which we answer whoever asks, so that page and answer cannot disagree."""
    if one.over:
        kind = AnswerKind.RESTORED_RECENTLY
    else:
        kind = AnswerKind.ANNOUNCED if one.announced(pen.now) else AnswerKind.KNOWN
    text = here.templates.answer(
        kind, pen.locale, one.facts, pen.zone, pen.now, one.impact.word, one.services
    )
    promised = one.facts.next_update_at
    waits = promised is not None and promised > pen.now and not one.over
    next_word = clock_face(promised, pen.zone, pen.now) if promised and waits else ""
    return Told(one.reference, text, next_word, one.may_be_still_out)


def lines(entries: Iterable[Entry], words: PersonalWords, zone: str, now: datetime) -> list[Line]:
    """The newest first."""
    said = [line for entry in entries for line in _line(entry, words, zone, now)]
    return sorted(said, key=lambda line: line.at, reverse=True)


def _line(entry: Entry, words: PersonalWords, zone: str, now: datetime) -> Iterator[Line]:
    at, when = entry.at, clock_face(entry.at, zone, now)
    match entry.kind:
        case Happened.TOLD if entry.reached or entry.state in _MISSED:
            by = words.channels.get(entry.channel, "")
            more = by if entry.reached else words.not_reached
            yield Line(at, when, entry.kind, words.told[entry.word], more=more)
        case Happened.PROMISED:
            by = clock_face(entry.due_at, zone, now) if entry.due_at else ""
            yield Line(
                at, when, entry.kind, words.promised[entry.word], by, words.promise_states[entry.state]
            )
        case Happened.CONTACTED:
            yield Line(at, when, entry.kind, words.contacted)
        case Happened.ANSWERED:
            yield Line(at, when, entry.kind, words.answered)
        case Happened.SURVEYED:
            yield Line(at, when, entry.kind, words.rated.replace("{score}", entry.state))


_MISSED = frozenset({DeliveryState.FAILED, DeliveryState.UNDELIVERED})
"""What was decided against is no word to them; what did not get through is one that they missed."""
