"""Merge: staged rows into the store's tables, set-based. Rows that say what is there already are not rewritten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Table,
    and_,
    delete,
    exists,
    func,
    not_,
    or_,
    select,
    true,
)

from tellfirst.audience import topology
from tellfirst.audience.base import count_customers
from tellfirst.audience.importing.bulk import indexes_after
from tellfirst.audience.importing.circles import compile_or_refuse
from tellfirst.audience.importing.columns import Header
from tellfirst.audience.importing.composites import Composites
from tellfirst.audience.importing.staging import Stage
from tellfirst.audience.importing.terms import ImportKind
from tellfirst.audience.sharing import mark_shared_contact_points
from tellfirst.domain.errors import LostRace
from tellfirst.store import tables as t
from tellfirst.store.inserting import insert_into

PLACE = {"lat", "lon", "location"}
"""Written together or not at all."""

TABLES = {
    ImportKind.CUSTOMERS: t.customer,
    ImportKind.SERVICES: t.service,
    ImportKind.ELEMENTS: t.element,
    ImportKind.EDGES: t.edge,
    ImportKind.PRESENCE: t.presence,
    ImportKind.CONTACT_POINTS: t.contact_point,
}
"""Where the rows of a file of each kind go."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What the staged rows were to the store. `removed_count` is edges whose group the file names without them."""

    new_count: int
    changed_count: int
    unchanged_count: int
    removed_count: int = 0
    composite_count: int = 0

    @property
    def changed_anything(self) -> bool:
        return bool(self.new_count or self.changed_count or self.removed_count or self.composite_count)


def merge(stage: Stage, header: Header, composites: Composites | None) -> Merged:
    """Put every staged row into the store. Columns the file has not are left as they are.

    Raises RuleBroken when the network would go round in a circle, LostRace when something that rows refer to
    was removed since it was looked up.
    """
    match stage.layout.kind:
        case ImportKind.CUSTOMERS:
            return _customers(stage, header)
        case ImportKind.SERVICES:
            assert composites is not None
            return _services(stage, header, composites)
        case ImportKind.ELEMENTS:
            return _elements(stage, header)
        case ImportKind.EDGES:
            return _edges(stage)
        case ImportKind.CONTACT_POINTS:
            return _contact_points(stage)
    return _presence(stage)


def _customers(stage: Stage, header: Header) -> Merged:
    rows, there = stage.rows.c, set(header.names)
    there |= PLACE if there & {"lat", "lon"} else set()
    there -= set() if there & {"lat", "lon"} else PLACE
    columns = {name: rows[name] for name in stage.layout.names}
    merged = _upsert(stage, t.customer, columns, stage.rows, ["reference"], there - {"reference"})
    if merged.changed_anything:
        mark_shared_contact_points(stage.connection)
        count_customers(stage.connection)
    return merged


def _services(stage: Stage, header: Header, composites: Composites) -> Merged:
    composite_count = composites.merge()
    rows = stage.rows.c
    columns: dict[str, ColumnElement[Any]] = {
        "reference": rows.reference,
        "customer_id": t.customer.c.id,
        "kind": rows.kind,
        "element_id": rows.element_id,
        "status": rows.status,
        "valid_from": rows.valid_from,
        "valid_to": rows.valid_to,
    }
    optional = {"status", "valid_from", "valid_to"} - set(header.names)
    source = stage.rows.join(t.customer, t.customer.c.reference == rows.customer)
    written = columns.keys() - optional - {"reference"}
    merged = _upsert(stage, t.service, columns, source, ["reference"], written)
    if composite_count:
        topology.compile_network(stage.connection)
    return Merged(merged.new_count, merged.changed_count, merged.unchanged_count, 0, composite_count)


def _elements(stage: Stage, header: Header) -> Merged:
    columns = {name: stage.rows.c[name] for name in stage.layout.names}
    merged = _upsert(stage, t.element, columns, stage.rows, ["id"], set(header.names) - {"id"})
    if merged.changed_anything:
        topology.compile_network(stage.connection)
    return merged


def _edges(stage: Stage) -> Merged:
    rows, edge = stage.rows.c, t.edge.c
    removed = 0
    # A rejected row may have been the parent that now seems to be gone.
    if not stage.rejected_count():
        named = exists().where(rows.child == edge.child, rows.group == edge.grp)
        kept = exists().where(rows.child == edge.child, rows.group == edge.grp, rows.parent == edge.parent)
        removed = stage.connection.execute(delete(t.edge).where(named, not_(kept))).rowcount
    columns = {"child": rows.child, "grp": rows.group, "parent": rows.parent, "need": rows.need}
    merged = _upsert(stage, t.edge, columns, stage.rows, ["child", "grp", "parent"], {"need"})
    merged = Merged(merged.new_count, merged.changed_count, merged.unchanged_count, removed)
    if merged.changed_anything:
        compile_or_refuse(stage)
    return merged


def _presence(stage: Stage) -> Merged:
    rows = stage.rows.c
    columns: dict[str, ColumnElement[Any]] = {
        "customer_id": t.customer.c.id,
        "element_id": rows.element,
        "role": rows.role,
        "seen_at": rows.seen_at,
    }
    source = stage.rows.join(t.customer, t.customer.c.reference == rows.customer)
    key = ["customer_id", "element_id", "role"]
    return _upsert(stage, t.presence, columns, source, key, {"seen_at"})


def _contact_points(stage: Stage) -> Merged:
    rows = stage.rows.c
    columns: dict[str, ColumnElement[Any]] = {
        "customer_id": t.customer.c.id,
        "channel": rows.channel,
        "address": rows.address,
    }
    source = stage.rows.join(t.customer, t.customer.c.reference == rows.customer)
    merged = _upsert(stage, t.contact_point, columns, source, ["customer_id", "channel"], {"address"})
    if merged.changed_anything:
        mark_shared_contact_points(stage.connection)
    return merged


def _upsert(
    stage: Stage,
    target: Table,
    columns: Mapping[str, ColumnElement[Any]],
    source: FromClause,
    key: Sequence[str],
    written: set[str],
) -> Merged:
    connection, staged_count = stage.connection, stage.count()
    before = _count(connection, target)
    wanted = select(*columns.values()).select_from(source).where(true())
    insert = insert_into(connection, target).from_select(list(columns), wanted)
    values: dict[str, ColumnElement[Any]] = {name: insert.excluded[name] for name in sorted(written)}
    differs = or_(*(target.c[name].is_distinct_from(value) for name, value in values.items()))
    if target is t.customer and "phone" in values:
        same = target.c.phone.is_not_distinct_from(insert.excluded.phone)
        values["phone_checked"] = and_(target.c.phone_checked, same)
        values["phone_landline"] = and_(target.c.phone_landline, same)
    statement = insert.on_conflict_do_update(index_elements=list(key), set_=values, where=differs)
    if not written:
        statement = insert.on_conflict_do_nothing(index_elements=list(key))
    with indexes_after(connection, target, staged_count):
        touched = connection.execute(statement).rowcount
    new_count = _count(connection, target) - before
    found = connection.execute(select(func.count()).select_from(source)).scalar_one()
    if found != staged_count:
        raise LostRace("customers were removed while this file was read; import it again")
    return Merged(new_count, touched - new_count, staged_count - touched)


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
