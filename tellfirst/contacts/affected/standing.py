"""What the holder of a number is told once a code has proved that it is theirs: what hits them, by our last word."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from tellfirst.contacts.callers import By, Caller
from tellfirst.contacts.receiving import US
from tellfirst.contacts.standing import Known, known_to
from tellfirst.domain.contact import AnswerState, Door, Match
from tellfirst.domain.facts import FactRecord
from tellfirst.domain.impact import Impact
from tellfirst.domain.message import Reader
from tellfirst.domain.occasion import Locale, Occasion
from tellfirst.publishing.published import Word
from tellfirst.store import playbook_copy
from tellfirst.store import tables as t


class Affected(StrEnum):
    """How it stands with their services; also the name of the sentence that says so."""

    HIT = "hit"
    AHEAD = "ahead"
    WAS_HIT = "was_hit"
    NOT_HIT = "not_hit"


_OCCASIONS = {
    Affected.HIT: Occasion.UPDATE,
    Affected.AHEAD: Occasion.PLANNED,
    Affected.WAS_HIT: Occasion.RESTORED,
}
_MATCHES = {Affected.HIT: Match.KNOWN, Affected.AHEAD: Match.ANNOUNCED, Affected.WAS_HIT: Match.OVER}


@dataclass(frozen=True, slots=True)
class Standing:
    """`word` and `reader` are what is said of it and to whom; there is no word where nothing hits them."""

    how: Affected
    reader: Reader
    word: Word | None = None
    reference: str = ""
    incident_id: int | None = None


def standing(connection: Connection, number: str, language: Locale, now: datetime) -> Standing:
    """Of the customers behind `number`, in the language the page is read in."""
    known = known_to(connection, Caller(By.TELEPHONE, number), now)
    reader = Reader(language, known.zone, known.impact, known.services)
    if known.facts is None:
        return Standing(Affected.NOT_HIT, reader)
    how = _how(known, known.facts, now)
    return Standing(
        how,
        reader,
        _word(connection, known, known.facts, _OCCASIONS[how], now),
        known.facts.reference,
        known.incident_id,
    )


def note_told(connection: Connection, contact_id: int, found: Standing, said: str, now: datetime) -> None:
    """The page's answer stands in the books beside the code's."""
    matched = {"incident_id": found.incident_id, "match": _MATCHES.get(found.how, Match.NONE)}
    connection.execute(
        update(t.contact)
        .where(t.contact.c.id == contact_id)
        .values(answer=said, answer_kind=found.how, **matched)
    )
    connection.execute(
        insert(t.contact_answer).values(
            contact_id=contact_id,
            kind=found.how,
            author=US,
            channel=Door.WEB,
            body=said,
            at=now,
            state=AnswerState.GIVEN,
            sent_at=now,
        )
    )


def _how(known: Known, facts: FactRecord, now: datetime) -> Affected:
    if known.over:
        return Affected.WAS_HIT
    return Affected.AHEAD if facts.window_from and facts.window_from > now else Affected.HIT


def _word(connection: Connection, known: Known, said: FactRecord, occasion: Occasion, now: datetime) -> Word:
    facts = said.as_of(now)
    if occasion is Occasion.UPDATE and facts.estimate_at != said.estimate_at:
        occasion = Occasion.OVERRUN
    copied = connection.scalar(select(t.incident.c.playbook).where(t.incident.c.id == known.incident_id))
    folder = playbook_copy.from_json(copied).folder(occasion) if copied else ""
    return Word(said.sequence, said.stated_at, occasion, False, facts, Impact[known.impact.upper()], folder)
