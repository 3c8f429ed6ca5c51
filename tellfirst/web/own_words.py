"""What happened with a customer, as their own page says it: in their language, on their clock."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tellfirst.bootstrap import World
from tellfirst.contacts.affected.standing import Affected
from tellfirst.contacts.happened import Entry, Happened
from tellfirst.contacts.own_page import Concern
from tellfirst.domain.delivery import DeliveryState
from tellfirst.domain.impact import Impact
from tellfirst.notices.page_phrases import PersonalWords
from tellfirst.notices.wording import AnswerKind, Pen
from tellfirst.publishing.cards import NextWord, next_word
from tellfirst.publishing.moments import Clock, Moment
from tellfirst.publishing.published import Phase


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the page: when, what, until when it was promised (`by`), and how that stands (`more`)."""

    at: datetime
    when: Moment
    kind: str
    said: str
    by: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Stands:
    """How it stands with all their services: the sentence's name, its colour, and when they hear more at first."""

    how: Affected
    state: str
    next_word: NextWord | None


@dataclass(frozen=True, slots=True)
class Told:
    """An incident as the page tells of it."""

    reference: str
    place: str
    state: str
    state_word: str
    text: str
    next_word: NextWord | None
    may_be_still_out: bool


def stands(concerns: Sequence[Concern], clock: Clock) -> Stands:
    """What goes on comes before what is ahead, and that before what is over."""
    ahead = [one for one in concerns if one.announced(clock.now)]
    hit = [one for one in concerns if not one.over and one not in ahead]
    due = [one.facts.next_update_at for one in hit or ahead if one.facts.next_update_at]
    first = next_word(min(due, default=None), clock)
    if hit:
        return Stands(Affected.HIT, max(Impact.AT_RISK, *(one.impact for one in hit)).word, first)
    if ahead:
        return Stands(Affected.AHEAD, Phase.PLANNED, first)
    return Stands(Affected.WAS_HIT if concerns else Affected.NOT_HIT, Impact.OK.word, None)


def told(here: World, one: Concern, pen: Pen, clock: Clock) -> Told:
    """In the very words with which we answer whoever asks, so that page and answer cannot disagree."""
    if one.over:
        kind = AnswerKind.RESTORED_RECENTLY
    else:
        kind = AnswerKind.ANNOUNCED if one.announced(pen.now) else AnswerKind.KNOWN
    text = here.templates.answer(
        kind, pen.locale, one.facts, pen.zone, pen.now, one.impact.word, one.services
    )
    return Told(
        *(one.reference, one.facts.place, *_state(one, kind, clock), text),
        next_word=None if one.over else next_word(one.facts.next_update_at, clock),
        may_be_still_out=one.may_be_still_out,
    )


def _state(one: Concern, kind: AnswerKind, clock: Clock) -> tuple[str, str]:
    """The class of its colour, and the word for it, as on the pages for everybody."""
    if kind is AnswerKind.RESTORED_RECENTLY:
        return Impact.OK.word, clock.words.status.over
    if kind is AnswerKind.ANNOUNCED:
        return Phase.PLANNED, clock.words.status.announced
    return one.impact.word, clock.words.impacts[one.impact.word]


def lines(entries: Iterable[Entry], words: PersonalWords, clock: Clock) -> list[Line]:
    """The newest first."""
    said = [line for entry in entries for line in _line(entry, words, clock)]
    return sorted(said, key=lambda line: line.at, reverse=True)


def _line(entry: Entry, words: PersonalWords, clock: Clock) -> Iterator[Line]:
    at, when = entry.at, clock.moment(entry.at)
    match entry.kind:
        case Happened.TOLD if entry.reached or entry.state in _MISSED:
            by = words.channels.get(entry.channel, "")
            more = by if entry.reached else words.not_reached
            yield Line(at, when, entry.kind, words.told[entry.word], more=more)
        case Happened.PROMISED:
            by = clock.moment(entry.due_at).text if entry.due_at else ""
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
