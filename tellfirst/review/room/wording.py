"""The words before they go: what an update, a correction or an all-clear would say, to how many, on which channel."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, and_, func, select

from tellfirst.domain.audience import Over, Whom, kinds
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.facts import FactRecord
from tellfirst.domain.impact import Impact
from tellfirst.domain.message import PERSONAL_LINK, Reader
from tellfirst.domain.occasion import TOLD_BY, Channel, Occasion
from tellfirst.domain.sms import segment_count
from tellfirst.notices.announcing import of_work
from tellfirst.notices.rendering import Templates, at_full_length
from tellfirst.notices.speaking import Voice, facts_of
from tellfirst.notices.words import Words, take_words
from tellfirst.review.estimating import Prices
from tellfirst.review.standings import affected_now
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.announced import announced
from tellfirst.store.incidents import Incident

WRITTEN = (Channel.SMS, Channel.EMAIL, Channel.VOICE)
"""Channels with texts of their own; the others say one of these."""
MOST_TEXTS = 16


@dataclass(frozen=True, slots=True)
class Text:
    """What most readers of a channel and a language would get; `count` of them in all, `parts` of an SMS each."""

    channel: str
    language: str
    count: int
    subject: str
    words: str
    parts: int


@dataclass(frozen=True, slots=True)
class Wording:
    """Texts by channel and language, the largest group first. `unshown_count` readers get a text not shown here."""

    occasion: str
    texts: tuple[Text, ...]
    reader_count: int
    unshown_count: int
    part_count: int
    """Billed parts of SMS, reckoned from the texts shown."""
    cost: Decimal | None
    currency: str
    next_word_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Group:
    channel: str
    language: str
    zone: str
    impact: int
    services: int
    count: int


def wording(
    connection: Connection,
    reference: str,
    occasion: Occasion,
    voice: Voice,
    templates: Templates,
    prices: Prices,
    *,
    withdrawn: Iterable[str] = (),
) -> Wording:
    """Of the incident as the books of `connection` have it, with whatever engineers said and nobody has heard.

    Nothing is written. For `correction` with `withdrawn` causes the readers are those hit by these alone; for
    `restored` everybody who waits, as if all were verified to be back now. Raises RuleBroken without a playbook.
    """
    it = incidents.by_reference(connection, reference)
    if it.playbook is None:
        raise RuleBroken(f"{reference} has no playbook yet; nothing can be said about it")
    work = announced(connection, it, voice.now)
    if work and occasion is Occasion.FIRST_WORD:
        occasion = work.first_word(voice.now)
    causes = [*withdrawn]
    facts = _facts(connection, it, occasion, voice, to_some=bool(causes))
    facts = of_work(facts, occasion, work, it.playbook) if work else facts
    found = _groups(connection, it, causes)
    folder = it.playbook.folder(occasion)
    texts = [_text(templates, occasion, facts, one, count, folder) for one, count in _largest(found)]
    shown = sum(one.count for one in texts)
    parts = sum(one.parts * one.count for one in texts)
    return Wording(
        occasion=occasion.value,
        texts=tuple(texts),
        reader_count=sum(one.count for one in found if one.channel != Channel.NONE),
        unshown_count=sum(one.count for one in found if one.channel != Channel.NONE) - shown,
        part_count=parts,
        cost=_cost(prices, texts, parts),
        currency=prices.currency,
        next_word_at=facts.next_update_at,
    )


def _facts(
    connection: Connection, it: Incident, occasion: Occasion, voice: Voice, *, to_some: bool
) -> FactRecord:
    assert it.playbook is not None
    whom = Whom.WRONGLY_TOLD if to_some else Whom.WAITING
    if occasion in TOLD_BY:
        whom = Whom.NEWLY_AFFECTED
    words = take_words(connection, it, whom)
    if occasion is Occasion.RESTORED:
        # As it would read if everything were verified to be back at this moment.
        facts = facts_of(connection, it, Occasion.UPDATE, whom, Words(), voice)
        return replace(
            facts, ended_at=voice.now, next_update_at=None, estimate_at=None, next_page_update_at=None
        )
    return facts_of(connection, it, occasion, whom, words, voice)


def _groups(connection: Connection, it: Incident, withdrawn: list[str]) -> list[_Group]:
    a, e = t.audience.c, t.impact_element.c
    which: ColumnElement[bool] = and_(a.incident_id == it.id, affected_now())
    asked = select(a.channel, a.language, a.zone, a.impact, a.services, func.count().label("count"))
    if withdrawn:
        asked = asked.join(
            t.impact_element,
            and_(e.incident_id == a.incident_id, e.revision == a.revision, e.number == a.hit),
        )
        which = and_(which, e.cause_element.in_(withdrawn), a.over.is_distinct_from(Over.WRONGLY_TOLD.value))
    rows = connection.execute(
        asked.where(which).group_by(a.channel, a.language, a.zone, a.impact, a.services)
    )
    found = [_Group(*row) for row in rows]
    # Whoever was told because of these alone reads that it does not affect them.
    return [replace(one, impact=Impact.OK) for one in found] if withdrawn else found


def _largest(found: list[_Group]) -> list[tuple[_Group, int]]:
    """Per channel and language the group with the most readers, with how many there are of all its groups."""
    together: dict[tuple[str, str], list[_Group]] = {}
    for one in found:
        if one.channel in WRITTEN:
            together.setdefault((one.channel, one.language), []).append(one)
    largest = [
        (max(groups, key=lambda one: one.count), sum(one.count for one in groups))
        for groups in together.values()
    ]
    return sorted(largest, key=lambda one: (-one[1], one[0].channel, one[0].language))[:MOST_TEXTS]


def _text(
    templates: Templates, occasion: Occasion, facts: FactRecord, one: _Group, count: int, folder: str
) -> Text:
    reader = Reader(one.language, one.zone, Impact(one.impact).word, kinds(one.services))
    said = templates.render(occasion, Channel(one.channel), facts, reader, folder=folder)
    sms = one.channel == Channel.SMS
    return Text(
        channel=one.channel,
        language=said.locale or one.language,
        count=count,
        subject=said.subject,
        words=said.text.replace(PERSONAL_LINK, "[their own link]"),
        parts=segment_count(at_full_length(said.text)) if sms else 0,
    )


def _cost(prices: Prices, texts: list[Text], parts: int) -> Decimal | None:
    mails = sum(one.count for one in texts if one.channel == Channel.EMAIL)
    if (parts and prices.sms_segment is None) or (mails and prices.mail is None):
        return None
    return parts * (prices.sms_segment or Decimal(0)) + mails * (prices.mail or Decimal(0))
