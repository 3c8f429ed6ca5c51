"""What each text must say. Source: the content checklist merged from regulators and standards.

ACMA (Australia), MIC (Japan), the Korean TBA, PTA (Pakistan) and section 58 TKG (Germany) agree on what,
where, since when, why, what is done, until when and how to reach us; Japan adds emergency calls.
"""

from collections.abc import Iterator, Mapping
from itertools import chain

from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.notices.aloud import NOT_ALOUD
from tellfirst.notices.wording import IN_THE_CALENDAR, ON_THEIR_PAGE, AnswerKind

_ALWAYS = ("company", "reference")
_PROBLEM = (*_ALWAYS, "service", "place", "impact", "cause", "action", "emergency_calls", "contact")
_NEXT = ("next_update", "estimate")
_WORK = (*_ALWAYS, "service", "place", "impact", "emergency_calls", "contact")
_ALOUD: Mapping[str, tuple[str, ...]] = {
    "window": ("begins", "ends"),
    "previous_window": ("previous_begins", "previous_ends"),
}
"""What is written as one is said one after the other."""
_NOT_YOURS = (*_ALWAYS, "sequence", "service", "place", "contact", "after_all")
_ASKED_BACK = (*_ALWAYS, "sequence", "service", "place", "still_out_word", "next_update", "contact")

REQUIRED: Mapping[Occasion, tuple[str, ...]] = {
    Occasion.FIRST_WORD: (*_PROBLEM, "started", *_NEXT),
    Occasion.UPDATE: (*_PROBLEM, "sequence", *_NEXT),
    Occasion.OVERRUN: (*_PROBLEM, "sequence", "previous_estimate", *_NEXT),
    Occasion.RESTORED: (
        *_ALWAYS,
        *("sequence", "service", "place", "started", "ended", "emergency_calls", "contact"),
    ),
    Occasion.CORRECTION: (*_PROBLEM, "sequence", *_NEXT),
    Occasion.SURVEY: (*_ALWAYS, "link", "stop_word"),
    Occasion.PLANNED: (*_WORK, "reason", "window", "previous_window", "next_update"),
    Occasion.REMINDER: (*_WORK, "reason", "window", "next_update"),
    # That the planned work has begun is cause and action at once.
    Occasion.STARTED: (*_WORK, "begins", *_NEXT),
    Occasion.CANCELLED: (*_ALWAYS, "service", "place", "window", "contact"),
}
"""Per occasion the values its texts must show wherever they are known."""

REQUIRED_IN_ANSWER: Mapping[AnswerKind, tuple[str, ...]] = {
    AnswerKind.KNOWN: (*_PROBLEM, "started", *_NEXT),
    AnswerKind.ANNOUNCED: (*_WORK, "window"),
    AnswerKind.NONE_KNOWN: ("company", "contact"),
    AnswerKind.RESTORED_RECENTLY: (*_ALWAYS, "service", "place", "ended", "emergency_calls", "contact"),
    AnswerKind.THANKS_FOR_SCORE: ("company",),
    AnswerKind.STILL_OUT: (*_ALWAYS, "contact"),
    AnswerKind.OPENED: (*_ALWAYS, "service", "next_update", "contact"),
    AnswerKind.NOTED: (*_ALWAYS, "service", "next_update", "contact"),
    AnswerKind.QUEUED: (*_ALWAYS, "next_update", "contact"),
    AnswerKind.IS_IT_FIXED: (*_ALWAYS, "service", "place", "ended", "still_out_word", "contact"),
    AnswerKind.STOPPED: ("company",),
    AnswerKind.NOT_UNDERSTOOD: ("company", "contact"),
}


def required(occasion: Occasion, channel: Channel, values: Mapping[str, object]) -> Iterator[str]:
    """The names a text must show, given what is known; a mail has room for the page as well, and what is heard
    says once whose clock its times are on. That a window has moved is news enough: the reason was told before.

    Who was told wrongly learns so and what to do if it is not working after all; nothing is promised to them.
    """
    wrongly_told = occasion is Occasion.CORRECTION and not values["affected"]
    names = _NOT_YOURS if wrongly_told else _ASKED_BACK if values.get("asks_back") else REQUIRED[occasion]
    if values["previous_window" if channel is not Channel.VOICE else "previous_begins"]:
        names = tuple(name for name in names if name != "reason")
    if channel is Channel.EMAIL and occasion is not Occasion.SURVEY:
        names = (*names, "page", *(("calendar",) if occasion in IN_THE_CALENDAR else ()))
        names = (*names, *(("mine",) if occasion in ON_THEIR_PAGE else ()))
    if channel is Channel.VOICE:
        names = _heard(occasion, names, tells_a_time=not wrongly_told and occasion is not Occasion.SURVEY)
    return (name for name in names if values[name])


def _heard(occasion: Occasion, names: tuple[str, ...], *, tells_a_time: bool) -> tuple[str, ...]:
    """Nobody can follow a link that is said; whoever is asked a question must be able to reach us otherwise."""
    said = chain.from_iterable(_ALOUD.get(name, (name,)) for name in names)
    kept = tuple(name for name in said if name not in NOT_ALOUD)
    asks = ("contact",) if occasion is Occasion.SURVEY else ()
    return (*kept, *asks, *(("local_time",) if tells_a_time else ()))
