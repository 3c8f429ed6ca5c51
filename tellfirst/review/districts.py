"""Registered districts: where the customers are at home on paper whom an incident hits."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from tellfirst.domain.playbook import Playbook
from tellfirst.review.standings import affected_now
from tellfirst.store import channels as ways
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident


@dataclass(frozen=True, slots=True)
class District:
    """A district with `affected_count` of its `registered_count` active customers affected now."""

    name: str
    affected_count: int
    registered_count: int


@dataclass(frozen=True, slots=True)
class SecondSet:
    """Everybody registered in the hit districts, whom a telling by district would reach: never told by itself."""

    registered_count: int
    affected_count: int
    not_affected_count: int
    channels: dict[str, int]
    languages: dict[str, int]


def districts(connection: Connection, it: Incident) -> tuple[District, ...]:
    """Every district in which somebody affected is registered, the hardest hit first."""
    a, c = t.audience.c, t.customer.c
    affected = (
        select(c.district, func.count())
        .select_from(t.audience)
        .join(t.customer, c.id == a.customer_id)
        .where(a.incident_id == it.id, affected_now(), c.status == "active", c.district.is_not(None))
        .group_by(c.district)
    )
    hit = {row[0]: row[1] for row in connection.execute(affected)}
    if not hit:
        return ()
    there = (
        select(c.district, func.count())
        .where(c.status == "active", c.district.is_not(None))
        .group_by(c.district)
    )
    registered = {row[0]: row[1] for row in connection.execute(there)}
    found = (District(name, count, registered[name]) for name, count in hit.items())
    return tuple(sorted(found, key=lambda one: (-one.affected_count, one.name)))


def second_set(connection: Connection, book: Playbook, hit: tuple[District, ...]) -> SecondSet:
    """Who they are together, by the channel and the language they would be told in."""
    c, wanted = t.customer.c, {one.name for one in hit}
    each = (
        select(c.district, ways.channel(book.channels).label("reached_by"), c.language)
        .select_from(ways.with_contact_points(t.customer, book.channels))
        .where(c.status == "active", c.district.is_not(None))
        .subquery("each")
    )
    channels: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    for row in connection.execute(select(*each.c, func.count().label("customers")).group_by(*each.c)):
        if row.district in wanted:
            channels[row.reached_by] += row.customers
            languages[row.language] += row.customers
    registered, affected = sum(channels.values()), sum(one.affected_count for one in hit)
    return SecondSet(
        registered,
        affected,
        registered - affected,
        dict(channels.most_common()),
        dict(languages.most_common()),
    )
