"""Whom an incident would tell, on which channels, at what cost: before anybody is told."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from tellfirst.audience.approving import percent, share
from tellfirst.audience.base import customer_base
from tellfirst.audience.matching import match
from tellfirst.detect.weighing import weigh
from tellfirst.domain.audience import kinds
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.hand_over import HandOver, Sender
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Held, Stage
from tellfirst.notices.rendering import Templates
from tellfirst.notices.speaking import House
from tellfirst.review import tables_for_operators as tables
from tellfirst.review.choosing import around_outage_count
from tellfirst.review.districts import District, SecondSet, districts, second_set
from tellfirst.review.estimating import Estimate, Prices, estimate
from tellfirst.review.forecasting import TooLate, forecast, too_late
from tellfirst.review.grouping import Group, Outcome, groups
from tellfirst.store import incidents
from tellfirst.store.incidents import Incident
from tellfirst.timelines import deadlines
from tellfirst.timelines.packs import Policy

Counts = dict[str, int]
EVERY_LINE = 1_000_000


@dataclass(frozen=True, slots=True)
class Preview:
    """Counts of customers, but for `estimate`. `fresh`: made for this look and rolled back, nobody is matched.

    `outcomes` adds up to `affected_count`. A customer with two affected services counts in both of `services`.
    """

    incident: str
    name: str
    stage: str
    held: str | None
    revision: int
    fresh: bool
    affected_count: int
    base_count: int
    share: str
    approve_above: str
    approval_needed: bool
    approved_count: int
    at_risk_count: int
    uncertain_count: int
    priority_count: int
    impacts: Counts
    services: Counts
    channels: Counts
    around_outage_count: int
    """Told on another channel than usual, because that one has to pass through what is down."""
    languages: Counts
    outcomes: Counts
    areas: Counts
    districts: tuple[District, ...]
    second_set: SecondSet | None
    estimate: Estimate
    hand_over: HandOver
    """When the carriers would have taken the first word, counted from the moment it may leave."""
    cannot_be_made: tuple[TooLate, ...]
    """What is owed of the first word and no carrier could keep, if it left now."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Speaker:
    """What the first word would be rendered with, and what it costs."""

    templates: Templates
    house: House
    prices: Prices
    senders: Sequence[Sender] = ()


def needs_matching(it: Incident) -> bool:
    """Whether the books do not say whom the incident hurts now."""
    return it.stage in (Stage.OPENED, Stage.DETECTED) or it.footprint_changed


@contextmanager
def as_matched(
    connection: Connection, reference: str, now: datetime, policy: Policy | None = None
) -> Iterator[Incident]:
    """Inside, the incident is matched as it would be at `now`, and what it owes by `policy` is laid; afterwards
    nothing of that was written.

    Yields the incident as it really is. Raises RuleBroken for one that is held before it can be matched.
    """
    it = incidents.by_reference(connection, reference)
    with connection.begin_nested() as trial:
        if needs_matching(it):
            _match(connection, it, now)
            if policy:
                deadlines.lay(connection, reference, policy, now)
        yield it
        trial.rollback()


def preview(
    connection: Connection, real: Incident, now: datetime, by: Speaker, whole_districts: bool = False
) -> Preview:
    """The incident's audience as the books of `connection` have it inside `as_matched`, which yields `real`."""
    it = incidents.by_reference(connection, real.reference)
    book = it.playbook
    assert book is not None, "an incident without a playbook is never matched"
    found = groups(connection, it, book.tell_from)
    affected = [one for one in found if one.outcome is not Outcome.AT_RISK]
    count, base = _total(affected), customer_base(connection)
    hit = districts(connection, it)
    costs = estimate(connection, it, book, found, now, by.templates, by.house, by.prices)
    reckoned = forecast(found, costs.segments_each, book, by.senders, now)
    return Preview(
        incident=it.reference,
        name=it.name,
        stage=real.stage,
        held=real.held,
        revision=it.audience_revision,
        fresh=needs_matching(real),
        affected_count=count,
        base_count=base,
        share=percent(share(count, base)),
        approve_above=percent(book.approve_above),
        approval_needed=it.approval_needed or it.held is Held.EMPTY_AUDIENCE,
        approved_count=it.approved_count,
        at_risk_count=_total(found) - count,
        uncertain_count=_total([one for one in affected if one.uncertain]),
        priority_count=_total([one for one in affected if one.priority]),
        impacts=_by(affected, lambda one: Impact(one.impact).word),
        services=_by_service(affected),
        channels=_by(affected, lambda one: one.channel),
        around_outage_count=around_outage_count(connection, it, book),
        languages=_by(affected, lambda one: one.language),
        outcomes=_by(affected, lambda one: one.outcome.value),
        areas=_by_area(connection, it.reference),
        districts=hit,
        second_set=second_set(connection, book, hit) if whole_districts else None,
        estimate=costs,
        hand_over=reckoned,
        cannot_be_made=too_late(connection, it.id, reckoned, now),
    )


def _match(connection: Connection, it: Incident, now: datetime) -> None:
    if it.stage is Stage.OPENED and (held := weigh(connection, it.reference, now)):
        raise RuleBroken(
            f"{it.reference} is held before anybody can be matched: {held}; mend that, then "
            f"`tellfirst incident retry {it.reference}`"
        )
    match(connection, it.reference, now)


def _total(found: list[Group]) -> int:
    return sum(one.count for one in found)


def _by(found: list[Group], key: Callable[[Group], str]) -> Counts:
    counted: Counter[str] = Counter()
    for one in found:
        counted[key(one)] += one.count
    return dict(counted.most_common())


def _by_service(found: list[Group]) -> Counts:
    counted: Counter[str] = Counter()
    for one in found:
        counted.update({kind.value: one.count for kind in kinds(one.services)})
    return dict(counted.most_common())


def _by_area(connection: Connection, reference: str) -> Counts:
    counted: Counter[str] = Counter()
    for line in tables.audience(connection, reference, EVERY_LINE):
        if line["standing"] == "affected":
            counted[line["area"]] += line["customers"]
    return dict(counted.most_common())
