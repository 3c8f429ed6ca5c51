"""Recorded clips for languages no voice reads: which are played for a notice, in which order.

A clip is a sentence, or a few words that stand alone after one, for grammar cannot be cut into pieces. What is a
free word (the place, an engineer's note) has no clip and is left out: the call is to the customer's own phone, and
tells of their own service. docs/how-to/voice-and-whatsapp.md says what each clip must say.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain
from zoneinfo import ZoneInfo

from tellfirst.domain.facts import Action, Cause, ServiceKind, WorkReason
from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.reading import Reading

EXTENSION = "mp3"
NOT_YOURS = "correction_not_yours"
"""The opening to who was told of a problem that never was theirs."""
WORK_BEGUN = "work_begun"
"""The opening to the word that announced work has started, for `started` is a time."""
_RUNNING = ("services", "impact", "cause", "action", "emergency")
_NEXT = ("estimate", "next_update")
_WORK = ("begins", "ends", "services", "impact", "reason", "emergency")
_OPENINGS = {Occasion.STARTED: WORK_BEGUN}
_WINDOW = {
    "begins": ("begins", "window_from"),
    "ends": ("ends", "window_until"),
    "previous": ("no_longer", "previous_from"),
}

PARTS: Mapping[str, tuple[str, ...]] = {
    Occasion.FIRST_WORD: (*_RUNNING, "started", *_NEXT),
    Occasion.UPDATE: ("holding", *_RUNNING, *_NEXT),
    Occasion.OVERRUN: ("services", "impact", "previous_estimate", *_RUNNING[2:], *_NEXT),
    Occasion.RESTORED: ("services", "ended", "started", "emergency"),
    Occasion.CORRECTION: (*_RUNNING, "started", *_NEXT),
    Occasion.SURVEY: (),
    Occasion.PLANNED: ("previous", *_WORK, "next_update"),
    Occasion.REMINDER: (*_WORK, "next_update"),
    WORK_BEGUN: ("begins", "services", "impact", "action", "emergency", *_NEXT),
    Occasion.CANCELLED: ("services", "begins", "ends"),
    NOT_YOURS: ("services",),
}
"""What is played between the opening, which is named like its occasion where it may be, and the reference."""


OF_CALLERS = ("call_none_known", "call_menu", "call_noted", "call_person", "call_back")
"""What whoever calls us hears beside the notice: that nothing is known, the keys, and what comes of each."""


def clips_of(reading: Reading, folder: str) -> list[str]:
    """The addresses of the clips of one call. `folder` is the address of the folder of all languages."""
    base = f"{folder.rstrip('/')}/{reading.reader.locale}"
    return [f"{base}/{name}.{EXTENSION}" for name in names_of(reading)]


def names_of(reading: Reading) -> list[str]:
    """The names of the clips of one call, in order."""
    wrongly_told = reading.occasion is Occasion.CORRECTION and reading.reader.impact == Impact.OK.word
    opening = NOT_YOURS if wrongly_told else _OPENINGS.get(reading.occasion, reading.occasion.value)
    parts = chain.from_iterable(_part(name, reading) for name in PARTS[opening])
    digits = (f"digit_{digit}" for digit in reading.facts.reference if digit.isascii() and digit.isdigit())
    return [opening, *parts, "reference", *digits, "closing"]


def clip_names() -> list[str]:
    """Every clip a language needs: with all of these recorded no call can ask for one that is not there."""
    closed = (
        *PARTS,
        *("holding", "started", "ended", "previous_estimate", "estimate", "no_estimate", "next_update"),
        *("emergency_affected", "emergency_working", "reference", "closing"),
        *(clip for clip, _ in _WINDOW.values()),
        *OF_CALLERS,
    )
    return [
        *closed,
        *(f"service_{kind}" for kind in ServiceKind),
        *(f"impact_{step.word}" for step in Impact if step is not Impact.OK),
        *(f"cause_{cause}" for cause in Cause),
        *(f"action_{action}" for action in Action),
        *(f"reason_{reason}" for reason in WorkReason),
        *(f"month_{number:02}" for number in range(1, 13)),
        *(f"day_{number:02}" for number in range(1, 32)),
        *(f"hour_{number:02}" for number in range(24)),
        *(f"minute_{number:02}" for number in range(60)),
        *(f"digit_{number}" for number in range(10)),
    ]


def _part(name: str, reading: Reading) -> Iterator[str]:
    facts = reading.facts
    match name:
        case "services":
            yield from (f"service_{kind}" for kind in ServiceKind if kind in reading.reader.services)
        case "impact":
            if reading.reader.impact != Impact.OK.word:
                yield f"impact_{reading.reader.impact}"
        case "cause":
            yield f"cause_{facts.cause}"
        case "action":
            yield f"action_{facts.action}"
        case "emergency":
            if facts.emergency_calls:
                yield "emergency_working" if reading.occasion is Occasion.RESTORED else "emergency_affected"
        case "holding":
            if reading.holding:
                yield "holding"
        case "reason":
            if facts.work_reason:
                yield f"reason_{facts.work_reason}"
        case "estimate" if facts.estimate_at is None:
            yield "no_estimate"
        case _:
            clip, field = _WINDOW.get(name, (name, f"{name}_at"))
            moment: datetime | None = getattr(facts, field)
            if moment:
                yield clip
                yield from _time(moment, facts.stated_at, reading.reader.zone)


def _time(moment: datetime, now: datetime, zone: str) -> Iterator[str]:
    """A time on the reader's clock, with its day when that is another one than today."""
    local, today = moment.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    if local.date() != today.date():
        yield f"day_{local.day:02}"
        yield f"month_{local.month:02}"
    yield f"hour_{local.hour:02}"
    yield f"minute_{local.minute:02}"
