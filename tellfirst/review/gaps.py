"""What went wrong, in words: nobody has to find it in the figures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from tellfirst.domain.promise import PromiseKind, PromiseState
from tellfirst.domain.times import clock_face
from tellfirst.review.ledger import Promised
from tellfirst.review.reach import Reach
from tellfirst.review.telling import Contacts, Telling
from tellfirst.review.timetable import Silence
from tellfirst.store import tables as t


@dataclass(frozen=True, slots=True)
class Gap:
    """`name` is a closed word to count by, `count` how many it concerns, `sentence` for people."""

    name: str
    count: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What gaps are looked for in."""

    telling: Telling
    contacts: Contacts
    promises: Sequence[Promised]
    silence: Silence
    reach: Sequence[Reach]
    sent_again_count: int
    told_twice_count: int
    unknown_elements: Sequence[str]


UNTOLD = {
    "no_contact_point": "could not be told: we have no phone number and no mail address of theirs",
    "opted_out": "could not be told: they have opted out of every channel we could have used",
    "refused_by_carrier": "were not told: the carrier refused their contact point",
    "contact_point_refused": "were not told: their contact point had been refused before",
    "unwritable": "were not told: their text could not be made out of the facts",
    "never_twice": "were not told: the answer to their call was lost, and calls are never made twice",
    "tries_used_up": "were not told: the carrier put us off until all tries were used up",
    "no_voice_for_language": "were not told: no voice reads their language aloud, and no clips are recorded",
    "no_template": "were not told: no template that WhatsApp has approved could say it in their language",
    "no_font_for_language": "were not told: their fax could not be drawn, no font has the letters of its language",
    "too_many_pages": "were not told: the text did not fit the pages a fax may have",
    "unreachable": "could not be reached: every channel we have to them was tried, and none took it",
    "quiet_hours": "were not told at night, and by the morning there was a newer word",
    "undelivered": "were not told: the carrier reported that the first word did not arrive",
    "covered_by_shared_contact": "were not told: the message to the contact point they share was lost",
    "resolved": "never got a first word: their service was back before it left",
    "stale": "never got a first word of their own: the next word was due before it left",
    "stopped": "were not told: a person stopped sending",
    "halted": "were not told: too many messages of the notice failed, and the rest was stopped",
    "superseded": "never got a first word of their own: a newer notice overtook it",
    "not_sent_yet": "are still to be told: their first word has not left, or its answer is not known",
    "no_first_word_planned": "have been forgotten: no first word to them is in the books",
}


def gaps(found: Findings, zone: str, opened_at: datetime) -> tuple[Gap, ...]:
    """The gravest first. Times in the sentences are of `zone`, with the day when it is not the opening's."""
    return (
        *_asked_before_told(found.telling),
        *_nobody(found),
        *_late(found),
        *_untold(found.telling),
        *_promises(found.promises, zone, opened_at),
        *_silence(found.silence),
        *_uncertain(found),
    )


def unknown_elements(connection: Connection, incident_id: int) -> tuple[str, ...]:
    """What was reported to have failed but is not in the network: whoever hangs on it cannot be found."""
    c, e = t.incident_element.c, t.element.c
    rows = connection.scalars(
        select(c.element_id)
        .join(t.element, e.id == c.element_id, isouter=True)
        .where(c.incident_id == incident_id, e.id.is_(None))
        .order_by(c.element_id)
    )
    return tuple(rows)


def customers(count: int) -> str:
    return "1 customer" if count == 1 else f"{count:,} customers"


def _asked_before_told(telling: Telling) -> Iterator[Gap]:
    if count := telling.survey_before_told_count:
        yield Gap(
            "survey_before_told",
            count,
            f"{_subject(count, 'were asked how it went before they were told of the problem')}. "
            "This must never happen.",
        )


def _nobody(found: Findings) -> Iterator[Gap]:
    if not found.telling.audience_count:
        yield Gap("no_audience", 0, "Nobody was found behind this incident, so nobody was told.")
    if ids := found.unknown_elements:
        yield Gap(
            "element_unknown",
            len(ids),
            f"Not in the network: {', '.join(ids)}. Whoever hangs on it could not be found or told.",
        )


def _late(found: Findings) -> Iterator[Gap]:
    if count := found.contacts.asked_first_count:
        yield Gap("asked_first", count, f"{_subject(count, 'had to ask before we told them')}.")
    if count := found.contacts.missed_count:
        words = "were hit and nobody had counted them: they wrote to us, and joined the audience"
        yield Gap("missed", count, f"{_subject(count, words)}.")
    if count := found.telling.not_told_over_count:
        sentence = _subject(count, "were told of the problem but not that it is over")
        yield Gap("not_told_it_is_over", count, f"{sentence}.")


def _untold(telling: Telling) -> Iterator[Gap]:
    for reason, count in telling.untold.items():
        words = UNTOLD.get(reason, f"were not told ({reason})")
        yield Gap(f"untold_{reason}", count, f"{_subject(count, words)}.")


def _promises(promises: Sequence[Promised], zone: str, opened_at: datetime) -> Iterator[Gap]:
    for one in promises:
        due = clock_face(one.due_at, zone, opened_at)
        what = "The next word" if one.kind is PromiseKind.NEXT_UPDATE else "Restoration"
        promised = f"{what} promised in notice {one.sequence} for {due}"
        if one.state is PromiseState.BROKEN and one.settled_by:
            yield Gap("promise_broken", 1, f"{promised} came {one.late_minutes:g} minutes late.")
        elif one.state is PromiseState.BROKEN:
            yield Gap("promise_broken", 1, f"{promised} passed in silence.")
        elif one.state is PromiseState.OPEN:
            yield Gap("promise_open", 1, f"{promised} is still open.")


def _silence(silence: Silence) -> Iterator[Gap]:
    if silence.within_promise is False:
        yield Gap(
            "silence",
            1,
            f"The longest silence, after notice {silence.after_sequence}, "
            f"was {silence.longest_minutes:g} minutes; "
            f"a word every {silence.promised_minutes:g} minutes was promised.",
        )


def _uncertain(found: Findings) -> Iterator[Gap]:
    if count := sum(line.unconfirmed_count for line in found.reach):
        what = "1 message was" if count == 1 else f"{count:,} messages were"
        yield Gap("unconfirmed", count, f"{what} taken by the carrier but never confirmed as delivered.")
    if count := found.told_twice_count:
        words = "may have had one notice on two channels, because no receipt came for the first"
        yield Gap("told_on_two_channels", count, f"{customers(count)} {words}.")
    if count := found.sent_again_count:
        what = "1 message was" if count == 1 else f"{count:,} messages were"
        yield Gap("sent_again", count, f"{what} sent again after a lost answer and may have come twice.")


def _subject(count: int, words: str) -> str:
    """The words are written for many; for one customer the verb and the pronouns change."""
    if count == 1:
        for many, one in (("were ", "was "), ("have ", "has "), ("are ", "is ")):
            if words.startswith(many):
                words = one + words.removeprefix(many)
                break
    return f"{customers(count)} {words}"
