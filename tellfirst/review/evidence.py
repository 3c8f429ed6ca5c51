"""The evidence of an incident, out of the database alone: who was told what, when, in which words, and why not.

Customers stand in it by reference; contact points and what customers wrote themselves do not.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, and_, func, or_, select

from tellfirst.domain.delivery import HANDED_OVER
from tellfirst.domain.message import PERSONAL_LINK
from tellfirst.domain.occasion import Channel
from tellfirst.notices import scripts
from tellfirst.notices.kept import kept
from tellfirst.notices.rendering import Templates
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.readers import unpacked

Row = dict[str, Any]
NEVER_SHOWN = frozenset({"address", "body", "comment", "answer", "page"})
"""Columns that hold contact points or what a customer said; `page` is the whole review, which repeats the rest."""
OF_THEIR_OWN = frozenset({"incident", "audience", "delivery", "notice"})
"""Tables shown in another form than row by row."""


@dataclass(frozen=True, slots=True)
class Said:
    """One text, as everybody with this reader had it. `version` is that of its templates."""

    text: int
    notice: int
    channel: str
    reader: str
    language: str
    zone: str
    impact: str
    version: str
    subject: str
    words: str


class _NoLinks:
    """Personal links are secrets of their owners; the place of one is shown instead."""

    def link(self, delivery_id: int) -> str:
        return PERSONAL_LINK

    def short(self, delivery_id: int) -> str:
        return PERSONAL_LINK

    def unsubscribe(self, delivery_id: int) -> str:
        return PERSONAL_LINK


def notices(connection: Connection, reference: str) -> list[Row]:
    """Each notice with its facts, whether its texts were kept, and what became of its messages."""
    it = incidents.by_reference(connection, reference)
    n = t.notice.c
    found = connection.execute(select(t.notice).where(n.incident_id == it.id).order_by(n.sequence)).mappings()
    counts = _counts(connection, it.id)
    return [
        {
            **{name: value for name, value in row.items() if name != "incident_id"},
            "texts_kept": bool(kept(connection, row["template_version"])),
            "deliveries": counts.get(row["id"], {}),
        }
        for row in found
    ]


def _counts(connection: Connection, incident_id: int) -> dict[int, dict[str, int]]:
    d = t.delivery.c
    rows = connection.execute(
        select(d.notice_id, d.state, d.reason, func.count().label("how_many"))
        .where(d.incident_id == incident_id)
        .group_by(d.notice_id, d.state, d.reason)
    )
    found: dict[int, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row.notice_id, {})[f"{row.state} ({row.reason})"] = row.how_many
    return found


def texts(connection: Connection, reference: str) -> list[Said]:
    """Every text that left, made again from the texts, facts and readers that were kept."""
    it = incidents.by_reference(connection, reference)
    d, n = t.delivery.c, t.notice.c
    rows = connection.execute(
        select(n.id, n.sequence, n.template_version, d.channel, d.reader)
        .join(t.notice, n.id == d.notice_id)
        .where(d.incident_id == it.id, d.reader.is_not(None))
        .distinct()
        .order_by(n.sequence, d.channel, d.reader)
    ).all()
    shelves: dict[str, Templates | None] = {}
    return [
        said
        for number, row in enumerate(rows, 1)
        if (said := _said(connection, number, row, _shelf(connection, shelves, row.template_version)))
    ]


def _shelf(connection: Connection, shelves: dict[str, Templates | None], version: str) -> Templates | None:
    if version not in shelves:
        sources = kept(connection, version)
        shelves[version] = Templates(Path("kept") / version, sources=sources) if sources else None
    return shelves[version]


def _said(connection: Connection, number: int, row: Any, templates: Templates | None) -> Said | None:
    if templates is None:
        return None
    reader = unpacked(row.reader)
    channel = Channel(row.channel)
    message = scripts.script(connection, row.id, channel, templates, _NoLinks()).render(reader)
    return Said(
        number,
        row.sequence,
        row.channel,
        row.reader,
        reader.locale,
        reader.zone,
        reader.impact,
        row.template_version,
        message.subject,
        message.text,
    )


def deliveries(connection: Connection, reference: str, said: list[Said], customer: str = "") -> Iterator[Row]:
    """One row per notice, customer and channel; `text` is the number of what they read, empty when nothing left."""
    it = incidents.by_reference(connection, reference)
    d, n, c, keeper = t.delivery.c, t.notice.c, t.customer.c, t.customer.alias("keeper")
    wanted = (
        select(
            *(n.sequence, c.reference, d.occasion, d.channel, d.reader, d.state, d.reason, d.try_count),
            *(d.resend_count, d.carrier, d.carrier_ref, d.carrier_code, d.intended_at, d.handed_over_at),
            *(d.final_at, keeper.c.reference.label("covered_by"), n.template_version),
        )
        .join(t.notice, n.id == d.notice_id)
        .join(t.customer, c.id == d.customer_id)
        .outerjoin(keeper, keeper.c.id == d.covered_by)
        .where(d.incident_id == it.id)
        .order_by(n.sequence, d.id)
    )
    if customer:
        wanted = wanted.where(c.reference == customer)
    numbers = {(one.notice, one.channel, one.reader): one.text for one in said}
    for row in connection.execute(wanted.execution_options(yield_per=10_000)):
        yield _delivery(row, numbers)


def _delivery(row: Any, numbers: Mapping[tuple[int, str, str], int]) -> Row:
    reader = unpacked(row.reader) if row.reader else None
    return {
        "notice": row.sequence,
        "customer": row.reference,
        "occasion": row.occasion,
        "channel": row.channel,
        "language": reader.locale if reader else "",
        "zone": reader.zone if reader else "",
        "impact": reader.impact if reader else "",
        "state": row.state,
        "reason": row.reason,
        "told": row.state in HANDED_OVER,
        "tries": row.try_count,
        "sent again": row.resend_count,
        "carrier": row.carrier or "",
        "carrier's reference": row.carrier_ref or "",
        "carrier's code": row.carrier_code or "",
        "left at": row.intended_at,
        "taken at": row.handed_over_at,
        "ended at": row.final_at,
        "told by the message to": row.covered_by or "",
        "template version": row.template_version,
        "text": numbers.get((row.sequence, row.channel, row.reader or ""), ""),
    }


def not_told(connection: Connection, reference: str) -> Iterator[Row]:
    """Everyone of the audience to whom no message was handed over, with the reason."""
    it = incidents.by_reference(connection, reference)
    a, c, d, later = t.audience.c, t.customer.c, t.delivery.c, t.delivery.alias("later")
    heard = select(d.id).where(
        d.incident_id == it.id, d.customer_id == a.customer_id, d.state.in_(HANDED_OVER)
    )
    shared = t.delivery.alias("shared")
    covered = select(shared.c.id).where(
        shared.c.incident_id == it.id, shared.c.customer_id == a.customer_id, shared.c.covered_by.is_not(None)
    )
    last = (
        select(later.c.state + " (" + later.c.reason + ")")
        .where(later.c.incident_id == it.id, later.c.customer_id == a.customer_id)
        .order_by(later.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(c.reference, a.impact, a.basis, a.affected_revision, a.over, last.label("last"))
        .join(t.customer, c.id == a.customer_id)
        .where(a.incident_id == it.id, ~heard.exists(), ~covered.exists())
        .order_by(c.reference)
        .execution_options(yield_per=10_000)
    )
    for row in rows:
        why = "at_risk_only" if row.affected_revision is None else row.last or row.over or "not_yet"
        yield {"customer": row.reference, "impact": row.impact, "basis": row.basis, "why not": why}


def tables_of(connection: Connection, reference: str) -> Iterator[tuple[Table, Iterator[Row]]]:
    """Every other table that speaks of the incident, row by row."""
    it = incidents.by_reference(connection, reference)
    for table in t.metadata.sorted_tables:
        if "incident_id" in table.c and table.name not in OF_THEIR_OWN:
            yield table, _rows(connection, table, table.c.incident_id == it.id)
    d, r = t.delivery.c, t.receipt
    receipts = (
        select(
            r.c.delivery_id, r.c.carrier, r.c.state, r.c.code, r.c.received_at, r.c.applied_at, r.c.verdict
        )
        .join(t.delivery, d.id == r.c.delivery_id)
        .where(d.incident_id == it.id)
        .order_by(r.c.received_at)
    )
    yield r, (dict(row) for row in connection.execute(receipts).mappings())


def _rows(connection: Connection, table: Table, its: Any) -> Iterator[Row]:
    shown = [column for column in table.c if column.name not in NEVER_SHOWN]
    rows = connection.execute(select(*shown).where(its).order_by(*table.primary_key.columns))
    return (dict(row) for row in rows.mappings())


def counts(connection: Connection, reference: str) -> Row:
    """The figures at the head of it: how many of the audience, told, and why not."""
    it = incidents.by_reference(connection, reference)
    a = t.audience.c
    audience = connection.execute(
        select(func.count()).where(
            and_(a.incident_id == it.id, or_(a.affected_revision.is_not(None), a.over_at.is_not(None)))
        )
    ).scalar_one()
    reasons = Counter(row["why not"] for row in not_told(connection, reference))
    return {
        "incident": reference,
        "audience": audience,
        "at risk, not told": reasons.pop("at_risk_only", 0),
        "never told": sum(reasons.values()),
        "why not": dict(reasons.most_common()),
    }
