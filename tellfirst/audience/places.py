"""Where an incident hits, apart from the network: areas, and the customers who are inside one.

A customer whose location is known and not old counts by it. Of the others it is only known where the elements
stand that their services hang on; they count by these, and are reported as uncertain.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    MetaData,
    Row,
    Select,
    String,
    Table,
    and_,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import TypeEngine

from tellfirst.audience.areas import Area
from tellfirst.audience.ground import Box, Ground
from tellfirst.domain.audience import Basis, Location, Shape
from tellfirst.domain.errors import NotFound
from tellfirst.domain.impact import Impact
from tellfirst.domain.place import AreaCodes, from_json
from tellfirst.store import tables as t
from tellfirst.store.prepared import asked, prepared
from tellfirst.store.types import Id

BATCH = 50_000
"""Rows in memory at a time, about 10 MB."""

inside = Table(
    "inside",
    MetaData(),
    Column("customer_id", Id, primary_key=True, autoincrement=False),
    Column("basis", String, nullable=False),
    prefixes=["TEMPORARY"],
)
"""The customers of one area: what `fill_inside` found last on this connection."""


def add_area(connection: Connection, incident_id: int, area: Area, impact: Impact, since_at: datetime) -> str:
    """Make `area` a cause of the incident, and return the element id it is restored and verified under.

    Only the books are written: that the footprint moved is for the caller to say. Raises NotFound.
    """
    this = t.incident.c.id == incident_id
    # Held until the end of the transaction, so that two areas added at once get two numbers.
    if connection.scalar(select(t.incident.c.id).where(this).with_for_update()) is None:
        raise NotFound(f"there is no incident number {incident_id}")
    known = select(func.count()).where(t.incident_area.c.incident_id == incident_id)
    element_id = f"area-{connection.execute(known).scalar_one() + 1}"
    cause = {"incident_id": incident_id, "element_id": element_id}
    shown = {"name": area.name, "shape": area.shape.value, "geometry": area.geometry}
    connection.execute(insert(t.incident_area).values(**cause, **shown))
    connection.execute(insert(t.incident_element).values(**cause, impact=impact, since_at=since_at))
    return element_id


def areas_of(connection: Connection, incident_id: int) -> Sequence[Row[Any]]:
    """Every area of the incident, also those verified to be over, in the order they were added."""
    return _areas.run(connection, incident_id=incident_id).all()


@prepared
def _areas() -> Select[Any]:
    c = t.incident_area.c
    chosen = select(t.incident_area).where(asked(c.incident_id))
    return chosen.order_by(func.length(c.element_id), c.element_id)


def fill_inside(
    connection: Connection, area_row: Row[Any], moment: datetime, located_within: timedelta
) -> None:
    """Put every customer of the area into `inside`, in the transaction of `connection`.

    `area_row` is a row of `incident_area`. A location is trusted when it is exact and not older than
    `located_within` at `moment`; the boundary belongs to the area. Nothing is said of the customers' status.
    """
    connection.execute(CreateTable(inside, if_not_exists=True))
    connection.execute(delete(inside))
    place = from_json(Shape(area_row.shape), area_row.geometry)
    if isinstance(place, AreaCodes):
        _add_by_codes(connection, place)
    else:
        ground = Ground(place)
        since = moment - located_within
        _add_located(connection, ground, since)
        _add_by_elements(connection, ground, since, moment)
    if connection.dialect.name == "postgresql":
        # Nobody else ever counts a temporary table, and the planner would join it as if it were empty.
        connection.execute(text("ANALYZE inside"))


def _add_located(connection: Connection, ground: Ground, since: datetime) -> None:
    c = t.customer.c
    trusted = and_(c.location == Location.EXACT.value, or_(c.located_at.is_(None), c.located_at >= since))
    for ids in _standing(connection, t.customer, ground, trusted):
        found = _listed(connection, ids, BigInteger())
        chosen = select(found.c.value, literal(Basis.AREA.value))
        connection.execute(insert(inside).from_select(["customer_id", "basis"], chosen))


def _add_by_elements(connection: Connection, ground: Ground, since: datetime, moment: datetime) -> None:
    c, s = t.customer.c, t.service.c
    # Spelt out: the opposite of "trusted" would be neither true nor false of a customer without a location.
    untrusted = or_(c.location.is_(None), c.location == Location.DEFAULT.value, c.located_at < since)
    runs = and_(
        s.status == "active",
        or_(s.valid_from.is_(None), s.valid_from <= moment),
        or_(s.valid_to.is_(None), s.valid_to > moment),
    )
    for ids in _standing(connection, t.element, ground):
        found = _listed(connection, [*ids, *_composites(connection, ids)], String())
        served = (
            select(s.customer_id)
            .distinct()
            .select_from(found)
            .join(t.service, s.element_id == found.c.value)
            .where(runs)
            .order_by(s.customer_id)
            .cte("served")
        )
        found_already = select(inside.c.basis).where(inside.c.customer_id == served.c.customer_id).exists()
        chosen = (
            select(c.id, literal(Basis.ELEMENT_IN_AREA.value))
            .select_from(served)
            .join(t.customer, c.id == served.c.customer_id)
            .where(untrusted, ~found_already)
        )
        connection.execute(insert(inside).from_select(["customer_id", "basis"], chosen))


def _composites(connection: Connection, ids: list[str]) -> list[str]:
    """The composite elements made of any of these: they stand nowhere themselves."""
    found = _listed(connection, ids, String())
    chosen = (
        select(t.edge.c.child)
        .distinct()
        .select_from(found)
        .join(t.edge, t.edge.c.parent == found.c.value)
        .join(t.element, t.element.c.id == t.edge.c.child)
        .where(t.element.c.kind == "composite")
    )
    return list(connection.scalars(chosen))


def _add_by_codes(connection: Connection, codes: AreaCodes) -> None:
    """Compared as text letter by letter: LIKE would take capitals for small letters on one database."""
    code = t.customer.c.area_code
    wanted = [code.in_(select(_listed(connection, codes.exact, String()).c.value))]
    for length in sorted({len(prefix) for prefix in codes.prefixes}):
        prefixes = [prefix for prefix in codes.prefixes if len(prefix) == length]
        found = select(_listed(connection, prefixes, String()).c.value)
        wanted.append(func.substr(code, 1, length).in_(found))
    chosen = select(t.customer.c.id, literal(Basis.AREA.value)).where(or_(*wanted))
    connection.execute(insert(inside).from_select(["customer_id", "basis"], chosen))


def _standing(
    connection: Connection, table: Table, ground: Ground, *conditions: ColumnElement[bool]
) -> Iterator[list[Any]]:
    """The ids of the rows of `table` that stand on `ground`, by batches; the index gives the candidates."""
    c = table.c
    boxes = or_(*(_in(box, table) for box in ground.boxes))
    candidates = select(c.id, c.lon, c.lat).where(boxes, *conditions)
    streamed = connection.execute(candidates, execution_options={"yield_per": BATCH})
    for rows in streamed.partitions():
        ids, lon, lat = (np.array(column) for column in zip(*rows, strict=True))
        found = ids[ground.covers(lon, lat)]
        if found.size:
            yield np.sort(found).tolist()


def _in(box: Box, table: Table) -> ColumnElement[bool]:
    c = table.c
    return and_(c.lat.between(box.south, box.north), c.lon.between(box.west, box.east))


def _listed(connection: Connection, values: Sequence[Any], kind: TypeEngine[Any]) -> FromClause:
    """The values as a table with one column `value`; one parameter, however many they are."""
    if connection.dialect.name == "sqlite":
        return func.json_each(json.dumps(values)).table_valued(Column("value", kind))
    return func.unnest(cast(list(values), ARRAY(kind))).table_valued(Column("value", kind)).render_derived()
