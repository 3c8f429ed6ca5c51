"""The ways a footprint reaches a customer: their services, the cells they are in, the place where they live.

Each way is one INSERT ... SELECT into the audience. A customer reached in several ways keeps one row: the worst
impact and all affected services. No row of a customer passes through Python.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Executable,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    func,
    literal,
    not_,
    null,
    or_,
    select,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.elements import KeyedColumnElement

from tellfirst.audience.places import inside
from tellfirst.domain.audience import BITS, Basis, Role
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import Channel
from tellfirst.domain.playbook import Playbook
from tellfirst.store import channels
from tellfirst.store import tables as t
from tellfirst.store.dialects import bits_of, without_index
from tellfirst.store.inserting import insert_of
from tellfirst.store.parts import Number, told_until
from tellfirst.store.prepared import Prepared, number
from tellfirst.store.types import UtcTime

Columns = ReadOnlyColumnCollection[str, KeyedColumnElement[Any]]
ALL_BITS = 1 << len(BITS)
Hurt = Select[tuple[int, int, int, int, str]]
STEP = 1 << 32
"""Impact and number of a hit in one integer, so that the worst hit is the greatest: impact times this, less
the number, which starts at 1. Of equally bad hits the lowest number wins."""


@dataclass(frozen=True, slots=True)
class Revision:
    """What is being matched: the footprint under this number, at `now`, for an incident begun at `started_at`."""

    incident_id: int
    number: int
    started_at: datetime
    now: datetime
    book: Playbook
    until: datetime | None = None
    """When announced work is to end; None: it is looked at until now."""

    @property
    def last(self) -> datetime:
        """The last moment that is looked at."""
        return max(self.now, self.until) if self.until else self.now


@dataclass(frozen=True, slots=True)
class _Rules:
    """What of a playbook these statements are written for; all else are parameters."""

    tell_from: Impact
    channels: tuple[Channel, ...]
    around_outage: bool


@dataclass(frozen=True, slots=True)
class _Matched:
    """A revision as the parameters of a statement that is written once for many."""

    book: _Rules
    incident_id: ColumnElement[int]
    number: ColumnElement[int]
    started_at: ColumnElement[datetime]
    now: ColumnElement[datetime]
    last: ColumnElement[datetime]


def _matched(book: _Rules) -> _Matched:
    started_at, now, last = (bindparam(name, type_=UtcTime) for name in ("started_at", "now", "last"))
    return _Matched(book, number("incident_id"), number("revision"), started_at, now, last)


Matched = Revision | _Matched


def by_service(connection: Connection, it: Revision) -> None:
    """Customers with an active service on a hit element."""
    _run(connection, _by_service, it)


def by_presence(connection: Connection, it: Revision) -> None:
    """Mobile customers at home behind a hit cell, or seen in one lately before: a tower's fall hits visitors too."""
    _run(connection, _by_presence, it)


def _run(connection: Connection, which: Callable[[_Rules], Prepared], it: Revision) -> None:
    book = it.book
    statement = which(_Rules(book.tell_from, tuple(book.channels), book.around_outage))
    statement.run(
        connection,
        incident_id=it.incident_id,
        revision=it.number,
        started_at=it.started_at,
        now=it.now,
        last=it.last,
        # Nobody is seen in a cell that has fallen: counted from now, visitors would be "back" before it is.
        seen_from=it.started_at - book.seen_within,
    )


@lru_cache(maxsize=64)
def _by_service(book: _Rules) -> Prepared:
    return Prepared(lambda dialect: _put(dialect, it := _matched(book), _with_service(it)))


@lru_cache(maxsize=64)
def _by_presence(book: _Rules) -> Prepared:
    return Prepared(lambda dialect: _put(dialect, it := _matched(book), _present(it)))


def _with_service(it: _Matched) -> Hurt:
    s, e = t.service, t.impact_element
    return (
        select(
            s.c.customer_id,
            func.max(_packed(e.c.impact, e.c.number)).label("worst"),
            bits_of(_weighed(it, e.c.impact, _bit(s.c.kind))).label("services"),
            bits_of(case((e.c.impact == Impact.DOWN.value, _bit(s.c.kind)), else_=0)).label("down"),
            literal(Basis.SERVICE.value).label("basis"),
        )
        # SQLite has no statistics of what was written a moment ago, and would start from the wrong end.
        .join(e, without_index(e.c.element_id) == s.c.element_id)
        .where(_of(it), runs(it))
        .group_by(s.c.customer_id)
    )


def _present(it: _Matched) -> Hurt:
    p, e, s = t.presence, t.impact_element, t.service
    lately = p.c.seen_at >= bindparam("seen_from", type_=UtcTime)
    home = func.max(case((p.c.role == Role.HOME.value, 1), else_=0))
    mobile = (
        select(s.c.id)
        .where(s.c.customer_id == p.c.customer_id, s.c.kind == ServiceKind.MOBILE.value, runs(it))
        .exists()
    )
    return (
        select(
            p.c.customer_id,
            func.max(_packed(e.c.impact, e.c.number)).label("worst"),
            literal(BITS[ServiceKind.MOBILE]).label("services"),
            func.max(case((e.c.impact == Impact.DOWN.value, BITS[ServiceKind.MOBILE]), else_=0)).label(
                "down"
            ),
            case((home == 1, Basis.HOME_CELL.value), else_=Basis.RECENT_CELL.value).label("basis"),
        )
        .join(e, without_index(e.c.element_id) == p.c.element_id)
        .where(_of(it), or_(p.c.role == Role.HOME.value, lately), mobile)
        .group_by(p.c.customer_id)
    )


def by_area(connection: Connection, it: Revision, number: int, impact: Impact) -> None:
    """Customers in `inside` with an active service of the playbook's kind; the area is hit number `number`."""
    s = t.service
    hurt = (
        select(
            inside.c.customer_id,
            literal(impact * STEP - number, BigInteger).label("worst"),
            bits_of(_bit(s.c.kind)).label("services"),
            bits_of(_bit(s.c.kind) if impact is Impact.DOWN else literal(0)).label("down"),
            inside.c.basis,
        )
        .join(s, s.c.customer_id == inside.c.customer_id)
        .where(s.c.kind == it.book.service.value, runs(it))
        .group_by(inside.c.customer_id, inside.c.basis)
    )
    connection.execute(_put(connection.dialect.name, it, hurt))


def runs(it: Matched) -> ColumnElement[bool]:
    """A service that is active and was valid at some moment between the incident's beginning and now."""
    return and_(t.service.c.status == "active", valid(it))


def ran(it: Matched) -> ColumnElement[bool]:
    """The same of a service that may have ended while the incident went on."""
    return and_(t.service.c.status.in_(("active", "ended")), valid(it))


def valid(it: Matched) -> ColumnElement[bool]:
    """Its dates meet the time from the incident's beginning until now."""
    s = t.service.c
    return and_(
        or_(s.valid_from.is_(None), s.valid_from <= it.last),
        or_(s.valid_to.is_(None), s.valid_to > it.started_at),
    )


def _of(it: Matched) -> ColumnElement[bool]:
    e = t.impact_element.c
    return and_(e.incident_id == it.incident_id, e.revision == it.number)


def _packed(impact: ColumnElement[int], number: ColumnElement[int]) -> ColumnElement[int]:
    return impact * literal(STEP, BigInteger) - number


def _bit(kind: ColumnElement[str]) -> ColumnElement[int]:
    return case(*((kind == one.value, literal(bit)) for one, bit in BITS.items()), else_=0)


def _weighed(it: Matched, impact: ColumnElement[int], bit: ColumnElement[int]) -> ColumnElement[int]:
    """A service hit badly enough to be told of as its own bit, a milder one as a bit above all of those.

    So one pass finds both; whoever has any of the first kind is told of those alone.
    """
    return case((impact >= it.book.tell_from.value, bit), else_=bit * ALL_BITS)


def _services(it: Matched, again: ColumnElement[bool], new: Columns) -> ColumnElement[int]:
    """Of a row reached again in this revision: both ways' services, unless one of them is only at risk."""
    a, enough = t.audience.c, it.book.tell_from.value
    worse, milder = (
        and_(a.impact >= enough, new.impact < enough),
        and_(a.impact < enough, new.impact >= enough),
    )
    both = a.services.bitwise_or(new.services)
    return case((or_(not_(again), milder), new.services), (worse, a.services), else_=both)


def _put(dialect: str, it: Matched, hurt: Hurt) -> Executable:
    rows = _rows(it, hurt.subquery("hurt"))
    stated = insert_of(dialect, t.audience).from_select(rows.selected_columns.keys(), rows)
    merged = _merged(it, stated.excluded)
    return stated.on_conflict_do_update(index_elements=["incident_id", "customer_id"], set_=merged)


def _value(known: Number) -> ColumnElement[int]:
    return known if isinstance(known, ColumnElement) else literal(known)


def _rows(it: Matched, hurt: Subquery) -> Select[tuple[object, ...]]:
    c, book = t.customer.c, it.book
    impact = (hurt.c.worst // STEP + 1).label("impact")
    affecting = hurt.c.services % ALL_BITS
    chosen = channels.channel(book.channels, hurt.c.down if book.around_outage else channels.NOTHING_DOWN)
    affected = case((impact >= book.tell_from.value, it.number), else_=null())
    # An outer join that stays one, for coalesce hides from the planner that it need not: only then SQLite reads
    # the hurt one by one as they are found, instead of storing all of them first.
    active = and_(c.id == hurt.c.customer_id, c.status == "active")
    customers = channels.with_contact_points(hurt.outerjoin(t.customer, active), book.channels)
    return (
        select(
            _value(it.incident_id).label("incident_id"),
            hurt.c.customer_id,
            _value(it.number).label("revision"),
            impact,
            literal(Impact.OK.value).label("impact_before"),
            case((affecting > 0, affecting), else_=hurt.c.services // ALL_BITS).label("services"),
            hurt.c.basis,
            ((hurt.c.worst // STEP + 1) * literal(STEP, BigInteger) - hurt.c.worst).label("hit"),
            chosen.label("channel"),
            channels.address(book.channels, chosen).label("address"),
            channels.shared(book.channels, chosen).label("shared"),
            c.language,
            c.zone,
            c.priority,
            affected.label("affected_revision"),
        )
        .select_from(customers)
        .where(func.coalesce(c.id, 0) > 0)
    )


def _merged(it: Matched, new: Columns) -> dict[str, ColumnElement[Any]]:
    """What becomes of a row that is there: reached again in this revision it takes the worst of both; left from
    an earlier one it starts anew, and remembers how bad it was."""
    a = t.audience.c
    again = a.revision == new.revision
    worse = and_(again, a.impact >= new.impact)
    impact = case((worse, a.impact), else_=new.impact)
    before = case((again, a.impact_before), (a.over_at.is_not(None), Impact.OK.value), else_=a.impact)
    affected = impact >= it.book.tell_from.value
    begins = or_(a.affected_revision.is_(None), a.over_at.is_not(None))
    told = and_(a.over_at.is_(None), a.affected_revision <= told_until(it.incident_id))
    # Only what is down is gone around: a milder way to the same customer must not bring them back onto it.
    around = and_(again, a.impact == Impact.DOWN.value, new.impact < Impact.DOWN.value)
    told_milder = and_(affected, told, before >= it.book.tell_from.value, impact > before)
    return {
        "revision": new.revision,
        "impact": impact,
        "impact_before": before,
        "services": _services(it, again, new),
        "basis": case((worse, a.basis), else_=new.basis),
        "hit": case((worse, a.hit), else_=new.hit),
        **{name: case((around, a[name]), else_=new[name]) for name in ("channel", "address", "shared")},
        **{name: new[name] for name in ("language", "zone", "priority")},
        "affected_revision": case((and_(affected, begins), new.revision), else_=a.affected_revision),
        "worse_revision": case((told_milder, new.revision), else_=a.worse_revision),
        **{name: case((affected, null()), else_=a[name]) for name in ("over_at", "over_revision", "over")},
    }
