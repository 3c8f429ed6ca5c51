"""What the first word would cost and say: rendered once for each kind of reader, and multiplied."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, func, select

from tellfirst.domain.audience import Whom, kinds
from tellfirst.domain.facts import Action, Cause, FactRecord
from tellfirst.domain.impact import Impact
from tellfirst.domain.message import Reader
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.sms import encoding_of, segment_count
from tellfirst.notices.announcing import of_work
from tellfirst.notices.rendering import Templates
from tellfirst.notices.speaking import House
from tellfirst.notices.wording import language
from tellfirst.notices.words import take_words
from tellfirst.review.grouping import Group, Outcome
from tellfirst.store import tables as t
from tellfirst.store.announced import announced
from tellfirst.store.incidents import Incident


@dataclass(frozen=True, slots=True)
class Prices:
    """Of one part of a text and of one mail; None: not set."""

    sms_segment: Decimal | None
    mail: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True)
class Sample:
    """The longest text of a language, as `readers` of the audience would get it."""

    language: str
    channel: str
    text: str
    segment_count: int
    encoding: str
    readers: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """Messages by channel. `cost` is None when a price it needs is not set; `missing` names the settings."""

    message_counts: dict[str, int]
    segment_count: int
    cost: Decimal | None
    currency: str
    missing: tuple[str, ...]
    samples: tuple[Sample, ...]

    @property
    def segments_each(self) -> float:
        """Of a text, on average."""
        texts = self.message_counts.get(Channel.SMS, 0)
        return self.segment_count / texts if texts else 1.0


def estimate(
    connection: Connection,
    it: Incident,
    book: Playbook,
    found: Iterable[Group],
    now: datetime,
    templates: Templates,
    house: House,
    prices: Prices,
) -> Estimate:
    """The first word to everyone whom it would be sent to if it left at `now`."""
    facts = first_word_facts(connection, it, book, house, now)
    work = announced(connection, it, now)
    occasion = work.first_word(now) if work else Occasion.FIRST_WORD
    samples = [
        _sample(templates, occasion, facts, one, book.folder(occasion))
        for one in _alike(one for one in found if one.outcome is Outcome.TO_BE_TOLD)
    ]
    counts: dict[str, int] = {}
    for one in samples:
        counts[one.channel] = counts.get(one.channel, 0) + one.readers
    segments = sum(one.segment_count * one.readers for one in samples)
    cost, missing = _cost(prices, segments, counts.get(Channel.EMAIL, 0))
    return Estimate(counts, segments, cost, prices.currency, missing, _longest(samples))


def first_word_facts(
    connection: Connection, it: Incident, book: Playbook, house: House, now: datetime
) -> FactRecord:
    """The facts that `notices.speaking` would put into a first word made at `now`."""
    n = t.notice.c
    last = connection.scalar(select(func.max(n.sequence)).where(n.incident_id == it.id))
    words = take_words(connection, it, Whom.NEWLY_AFFECTED)
    facts = FactRecord(
        reference=it.reference,
        sequence=(last or 0) + 1,
        company=house.company,
        service=book.service,
        place=it.place,
        started_at=it.started_at,
        cause=words.cause or Cause(it.cause),
        action=words.action or Action(it.action),
        emergency_calls=book.emergency_calls,
        contact=house.contact,
        page=house.page,
        stated_at=now,
        next_update_at=now + book.next_update_every,
        estimate_at=words.estimate_at or it.estimate_at,
    )
    work = announced(connection, it, now)
    return of_work(facts, work.first_word(now), work, book) if work else facts


def _alike(found: Iterable[Group]) -> list[Group]:
    """Those who read the same text as one group each."""
    alike: dict[tuple[str, str, str, int, int], Group] = {}
    for one in found:
        key = (one.channel, one.language, one.zone, one.impact, one.services)
        known = alike.get(key)
        alike[key] = replace(one, count=one.count + known.count) if known else one
    return list(alike.values())


def _sample(templates: Templates, occasion: Occasion, facts: FactRecord, group: Group, folder: str) -> Sample:
    reader = Reader(group.language, group.zone, Impact(group.impact).word, kinds(group.services))
    channel = Channel(group.channel)
    said = templates.render(occasion, channel, facts, reader, folder=folder)
    text = said.text if channel is Channel.SMS else f"{said.subject}\n\n{said.text}"
    segments = segment_count(text) if channel is Channel.SMS else 0
    encoding = encoding_of(text).value if channel is Channel.SMS else ""
    return Sample(language(group.language), channel, text, segments, encoding, group.count)


def _longest(samples: list[Sample]) -> tuple[Sample, ...]:
    """One for each language: a text where any leaves, for it is the one that has to be short."""
    longest: dict[str, Sample] = {}
    for one in sorted(
        samples, key=lambda one: (one.channel == Channel.SMS, one.segment_count, len(one.text))
    ):
        longest[one.language] = one
    return tuple(longest[name] for name in sorted(longest))


def _cost(prices: Prices, segments: int, mails: int) -> tuple[Decimal | None, tuple[str, ...]]:
    needed = (
        (segments, prices.sms_segment, "TELLFIRST_SMS_SEGMENT_PRICE"),
        (mails, prices.mail, "TELLFIRST_MAIL_PRICE"),
    )
    missing = tuple(name for count, price, name in needed if count and price is None)
    if missing:
        return None, missing
    return sum((count * price for count, price, _ in needed if price is not None), Decimal(0)), ()
