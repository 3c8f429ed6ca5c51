"""From the fact record to the values a template may print, written for one reader."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from jinja2 import Undefined

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.facts import FactRecord, ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.message import PERSONAL_LINK, Reader
from tellfirst.domain.occasion import Locale, Occasion
from tellfirst.domain.sms import one_line, reads_right_to_left
from tellfirst.domain.times import clock_face
from tellfirst.domain.verification import STILL_OUT
from tellfirst.notices.phrases import NAMES, Phrases

STOP_WORD = "STOP"
"""The reply that ends questions: the one word every carrier knows, so it is the same in all languages."""

_LEFT_TO_RIGHT_MARK = "\u200e"
_RIGHT_TO_LEFT_MARK = "\u200f"
_FULL_STOPS = (".", "!", "?", "।", "۔", "؟")


IN_THE_CALENDAR = frozenset({Occasion.PLANNED, Occasion.REMINDER, Occasion.CANCELLED})
"""Words whose mail leads to the work as a calendar entry of the customer's own."""
ON_THEIR_PAGE = frozenset({Occasion.FIRST_WORD, Occasion.UPDATE, Occasion.OVERRUN, Occasion.RESTORED})
"""Words whose mail leads to the customer's own page."""


class AnswerKind(StrEnum):
    """What we can say to a text that reaches us."""

    KNOWN = "known"
    ANNOUNCED = "announced"
    """No problem is known; work that will hit them has been announced."""
    NONE_KNOWN = "none_known"
    RESTORED_RECENTLY = "restored_recently"
    THANKS_FOR_SCORE = "thanks_for_score"
    STILL_OUT = "still_out"
    OPENED = "opened"
    """Nothing known hits them: an incident was opened for what they report."""
    NOTED = "noted"
    """What they report is looked into, and nobody has been told of it yet."""
    QUEUED = "queued"
    """A person answers, by a time."""
    IS_IT_FIXED = "is_it_fixed"
    """What they wrote about is over; is theirs, too?"""
    STOPPED = "stopped"
    NOT_UNDERSTOOD = "not_understood"


OF_AN_INCIDENT = frozenset(
    {AnswerKind.KNOWN, AnswerKind.ANNOUNCED, AnswerKind.RESTORED_RECENTLY, AnswerKind.STILL_OUT}
    | {AnswerKind.OPENED, AnswerKind.NOTED, AnswerKind.QUEUED, AnswerKind.IS_IT_FIXED}
)
"""Answers that cannot be given without facts, of an incident or of what is the customer's own."""
_OF_THE_END = frozenset({AnswerKind.RESTORED_RECENTLY, AnswerKind.IS_IT_FIXED})

_OF_THE_HIT = (
    *("impact", "cause", "action", "started", "next_update", "estimate", "previous_estimate"),
    *("emergency_calls", "note"),
)
_NOT_HIT = frozenset({Occasion.CORRECTION, Occasion.CANCELLED})
"""Facts that concern only those who are hit: who was told wrongly is neither promised nor warned of anything."""


class Unknown(Undefined):
    """A fact that may be missing: false in a condition, an error when a template prints it."""

    __slots__ = ()

    def __str__(self) -> str:
        self._fail_with_undefined_error()


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes values so that one reader's screen shows them as meant."""

    locale: Locale
    zone: str
    now: datetime

    def text(self, value: str) -> str:
        """`value` on one line and harmless: it can neither turn its surroundings around nor ask for a link.

        A number among right-to-left words gets a mark, else the groups of a phone number change places.
        """
        line = harmless(value)
        if self.locale.direction == "rtl" and line and not line[0].isalpha():
            return _LEFT_TO_RIGHT_MARK + line
        return line

    def time(self, name: str, moment: datetime | None) -> str | Unknown:
        """`moment` on the reader's clock, or the unknown called `name`."""
        return self.text(clock_face(moment, self.zone, self.now)) if moment else Unknown(name=name)

    def window(self, name: str, begins: datetime | None, ends: datetime | None) -> str | Unknown:
        """From when until when on the reader's clock, with the day and the zone once where they are the same."""
        if begins is None or ends is None:
            return Unknown(name=name)
        first, last = clock_face(begins, self.zone, self.now), clock_face(ends, self.zone, self.now)
        day, _, time_of_last = last.rpartition(" ")[0].rpartition(" ")
        zone = last.rpartition(" ")[2]
        if day and first.startswith(f"{day} "):
            last = f"{time_of_last} {zone}"
        return self.text(f"{first.removesuffix(f' {zone}')} - {last}")

    def sentence(self, name: str, value: str) -> str | Unknown:
        """`value` with a full stop, or the unknown called `name` when there is nothing to say."""
        line = self.text(value)
        if not line or line.endswith(_FULL_STOPS):
            return line or Unknown(name=name)
        return line + ("۔" if self.locale is Locale.URDU else ".")

    def reference(self, value: str) -> str:
        """The reference of an incident."""
        return self.text(value)

    def contact(self, value: str) -> str:
        """Where a person can be reached."""
        return self.text(value)

    def listed(self, names: Iterable[str]) -> str:
        """`names` one after another, with the comma of the reader's script."""
        return ("، " if self.locale is Locale.URDU else ", ").join(names)


def harmless(value: str) -> str:
    """`value` on one line, unable to turn its surroundings around or to ask for a link."""
    return one_line(value).replace(PERSONAL_LINK[:-1], f"{PERSONAL_LINK[0]} {PERSONAL_LINK[1:-1]}")


def notice_values(
    occasion: Occasion, facts: FactRecord, reader: Reader, pen: Pen, words: Phrases, *, holding: bool = False
) -> dict[str, object]:
    """Every value a notice of `occasion` may show, written by `pen`.

    A correction to a reader who is not hit knows nothing of what concerns only the others.
    """
    over = occasion in {Occasion.RESTORED, Occasion.SURVEY}
    values = _incident_values(facts, pen, words, reader.impact, reader.services, over=over)
    values |= {"holding": holding, "after_all": words.after_all}
    values |= {"asks_back": facts.asks_back, "still_out_word": STILL_OUT}
    if occasion in _NOT_HIT and not values["affected"]:
        values |= {name: Unknown(name=name) for name in _OF_THE_HIT}
    if occasion in IN_THE_CALENDAR:
        values |= {"calendar": PERSONAL_LINK}
    if occasion in ON_THEIR_PAGE:
        values |= {"mine": PERSONAL_LINK}
    if occasion is Occasion.SURVEY:
        values |= {"link": PERSONAL_LINK, "stop_word": STOP_WORD}
    return values


def answer_values(
    kind: str,
    facts: FactRecord | None,
    pen: Pen,
    words: Phrases,
    impact: str,
    services: Collection[ServiceKind],
    house: dict[str, str],
) -> dict[str, object]:
    """Every placeholder an answer may use; `house` speaks where there is no incident.

    Raises RuleBroken when `kind` is about an incident and there are no facts.
    """
    if facts is not None:
        values = _incident_values(facts, pen, words, impact, services, over=kind in _OF_THE_END)
        return values | {"still_out_word": STILL_OUT}
    if kind in OF_AN_INCIDENT:
        raise RuleBroken(f"the answer {kind} speaks of an incident; give it the facts of one")
    return {name: pen.text(value) if value else Unknown(name=name) for name, value in house.items()}


def _incident_values(
    facts: FactRecord,
    pen: Pen,
    words: Phrases,
    impact: str,
    services: Collection[ServiceKind],
    *,
    over: bool,
) -> dict[str, object]:
    if impact not in words.impacts:
        known = ", ".join(step.word for step in Impact)
        raise RuleBroken(f"{impact!r} is no impact a notice can tell of; use one of {known}")
    emergency = words.emergency["working" if over else "affected"] if facts.emergency_calls else None
    return {
        "company": pen.text(facts.company),
        "reference": pen.reference(facts.reference),
        "sequence": str(facts.sequence),
        "service": named(services or (facts.service,), pen, words),
        "place": pen.text(facts.place),
        "impact": words.impacts[impact],
        "affected": impact != Impact.OK.word,
        "down": impact == Impact.DOWN.word,
        "terse": False,
        "started": pen.time("started", facts.started_at),
        "cause": words.causes[facts.cause],
        "action": words.actions[facts.action],
        "next_update": pen.time("next_update", facts.next_update_at),
        "estimate": pen.time("estimate", facts.estimate_at),
        "previous_estimate": pen.time("previous_estimate", facts.previous_estimate_at),
        "ended": pen.time("ended", facts.ended_at),
        **_work_values(facts, pen, words),
        "emergency_calls": emergency or Unknown(name="emergency_calls"),
        "contact": pen.contact(facts.contact),
        "page": pen.text(facts.page),
        "note": pen.sentence("note", dict(facts.notes).get(pen.locale, "")),
    }


def _work_values(facts: FactRecord, pen: Pen, words: Phrases) -> dict[str, object]:
    """What is known of announced work; in any other incident `work` is false and all of it unknown."""
    reason = facts.work_reason
    return {
        "work": facts.window_from is not None,
        "begins": pen.time("begins", facts.window_from),
        "ends": pen.time("ends", facts.window_until),
        "window": pen.window("window", facts.window_from, facts.window_until),
        "previous_window": pen.window("previous_window", facts.previous_from, facts.previous_until),
        "previous_begins": pen.time("previous_begins", facts.previous_from),
        "previous_ends": pen.time("previous_ends", facts.previous_until),
        "reason": words.work_reasons[reason] if reason else Unknown(name="reason"),
    }


def named(services: Collection[ServiceKind], pen: Pen, words: Phrases) -> str:
    """What `services` are called, all of them and no other, as one thing in the singular."""
    kinds = [kind for kind in ServiceKind if kind in services]
    if len(kinds) == 1:
        return words.services[kinds[0]]
    return words.several.together.replace(NAMES, pen.listed(words.several.names[kind] for kind in kinds))


def language(tag: str) -> Locale:
    """The language we write for a BCP 47 `tag`: te-IN is te, and what we have no texts in is English."""
    spoken = tag.replace("_", "-").partition("-")[0].lower()
    return Locale(spoken) if spoken in set(Locale) else Locale.ENGLISH


def laid_out(text: str, locale: Locale) -> str:
    """`text` with a mark before each line that a screen would else lay out from the wrong side."""
    if locale.direction == "ltr":
        return text
    return "\n".join(
        _RIGHT_TO_LEFT_MARK + line if reads_right_to_left(line) and not reads_right_to_left(line[0]) else line
        for line in text.split("\n")
    )
