"""How many customers hang on elements, before anything has happened to these."""

import json
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Column, Connection, FromClause, String, and_, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from tellfirst.domain.audience import Role
from tellfirst.domain.facts import ServiceKind
from tellfirst.store import tables as t


def customer_count(
    connection: Connection, elements: Collection[str], since: datetime, until: datetime
) -> int:
    """Active customers with a service on these elements that is valid between the two times, or with mobile service
    and a home behind them. Who will be passing through a cell nobody knows yet.
    """
    if not elements:
        return 0
    s, p, c = t.service.c, t.presence.c, t.customer.c
    hit = select(_listed(connection, sorted(elements)).c.value)
    runs = and_(
        s.status == "active",
        or_(s.valid_from.is_(None), s.valid_from < until),
        or_(s.valid_to.is_(None), s.valid_to > since),
    )
    by_service = select(s.customer_id).where(s.element_id.in_(hit), runs)
    mobile = (
        select(literal(1))
        .where(s.customer_id == p.customer_id, s.kind == ServiceKind.MOBILE.value, runs)
        .exists()
    )
    at_home = select(p.customer_id).where(p.element_id.in_(hit), p.role == Role.HOME.value, mobile)
    hurt = by_service.union(at_home).subquery("hurt")
    active = (
        select(func.count()).select_from(t.customer).where(c.status == "active", c.id.in_(select(hurt.c[0])))
    )
    return int(connection.execute(active).scalar_one())


def _listed(connection: Connection, ids: list[str]) -> FromClause:
    """As a table with one column `value`: one parameter, however many they are."""
    if connection.dialect.name == "sqlite":
        return func.json_each(json.dumps(ids)).table_valued(Column("value", String))
    return func.unnest(cast(ids, ARRAY(String))).table_valued(Column("value", String)).render_derived()
