"""The match step: from failed elements to the customers they hurt, inside the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    Subquery,
    and_,
    case,
    func,
    insert,
    literal,
    null,
    select,
    update,
)

from tellfirst.domain.errors import LostRace
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Held, Stage
from tellfirst.domain.network import Edge, footprint
from tellfirst.domain.occasion import Channel
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident
from tellfirst.store.inserting import insert_into


@dataclass(frozen=True, slots=True)
class Match:
    """What a revision brought. `held` says that nobody was found, which a person must look at."""

    revision: int
    element_count: int
    audience_count: int
    newly_affected_count: int
    held: Held | None


def match(connection: Connection, reference: str, now: datetime) -> Match:
    """Find whom the incident hurts now, as a new revision. Running it twice adds nobody twice.

    Whoever was told before keeps their row: a told customer is never forgotten. Raises LostRace when the
    incident is not in a stage to be matched.
    """
    it = incidents.by_reference(connection, reference)
    if it.stage is not Stage.DETECTED and not it.footprint_changed:
        raise LostRace(f"{reference} is already matched at revision {it.audience_revision}")
    revision = it.audience_revision + 1
    element_count = store_footprint(connection, it.id, revision, failed(connection, it.id))
    before = _audience_count(connection, it.id)
    _add_affected(connection, it, revision)
    _cover_shared_contact_points(connection, it.id, revision)
    total = _audience_count(connection, it.id)
    held = None if total else Held.EMPTY_AUDIENCE
    stage = it.stage if held or it.stage is not Stage.DETECTED else Stage.MATCHED
    incidents.change(
        connection, it, stage=stage, held=held, audience_revision=revision, footprint_changed=False
    )
    found = Match(revision, element_count, total, total - before, held)
    incidents.note(
        connection,
        it.id,
        now,
        "audience",
        held or "matched",
        revision=revision,
        element_count=element_count,
        audience_count=total,
        newly_affected_count=total - before,
    )
    return found


def failed(connection: Connection, incident_id: int) -> dict[str, Impact]:
    """The elements that are a cause of the incident and not yet verified to be back."""
    c = t.incident_element.c
    rows = connection.execute(
        select(c.element_id, c.impact).where(c.incident_id == incident_id, c.verified_at.is_(None))
    )
    return {row.element_id: Impact(row.impact) for row in rows}


def network(connection: Connection) -> list[Edge]:
    """Every edge of the network."""
    rows = connection.execute(select(t.edge.c.child, t.edge.c.grp, t.edge.c.need, t.edge.c.parent))
    return [Edge(*row) for row in rows]


def store_footprint(
    connection: Connection, incident_id: int, revision: int, causes: dict[str, Impact]
) -> int:
    """Keep which elements `causes` hit, as this revision of the incident. How many they are."""
    hit = footprint(network(connection), causes)
    rows = [
        {
            "incident_id": incident_id,
            "revision": revision,
            "element_id": element_id,
            "impact": one.impact,
            "cause_element": one.cause,
        }
        for element_id, one in hit.items()
    ]
    if rows:
        connection.execute(insert(t.impact_element), rows)
    return len(rows)


def _add_affected(connection: Connection, it: Incident, revision: int) -> None:
    """One row per customer with the worst of their services, in one statement. Nobody there is touched.

    A customer whose trouble was over and is hit again gets `over_at` cleared: same customer, same row.
    """
    assert it.playbook is not None
    hit, c = _worst_services(it.id, revision), t.customer.c
    channel = _channel(it.playbook.channels)
    row = {
        "incident_id": literal(it.id),
        "customer_id": hit.c.customer_id,
        "revision": literal(revision),
        "impact": hit.c.impact,
        "service_kind": hit.c.kind,
        "element_id": hit.c.element_id,
        "cause_element": hit.c.cause_element,
        "channel": channel,
        "address": case((channel == Channel.SMS, c.phone), (channel == Channel.EMAIL, c.email), else_=null()),
        "language": c.language,
        "zone": c.zone,
        "priority": c.priority,
    }
    chosen = select(*row.values()).join(t.customer, c.id == hit.c.customer_id).where(c.status == "active")
    connection.execute(
        insert_into(connection, t.audience).from_select(list(row), chosen).on_conflict_do_nothing()
    )
    a = t.audience.c
    hit_again = update(t.audience).where(a.incident_id == it.id, a.customer_id.in_(select(hit.c.customer_id)))
    connection.execute(hit_again.values(over_at=None))


def _worst_services(incident_id: int, revision: int) -> Subquery:
    """The active service of each customer that this revision of the footprint hits worst."""
    e, s = t.impact_element, t.service
    rank = func.row_number().over(partition_by=s.c.customer_id, order_by=(e.c.impact.desc(), s.c.id))
    ranked = (
        select(s.c.customer_id, e.c.impact, s.c.kind, e.c.element_id, e.c.cause_element, rank.label("rank"))
        .join(e, e.c.element_id == s.c.element_id)
        .where(e.c.incident_id == incident_id, e.c.revision == revision, s.c.status == "active")
        .subquery()
    )
    return select(ranked).where(ranked.c.rank == 1).subquery()


def _channel(order: Iterable[Channel]) -> ColumnElement[str]:
    """The customer's wish if its contact point exists and has not opted out, else the playbook's order.

    Someone whose every contact point has opted out keeps the wished channel, so that the ledger can say so.
    """
    c = t.customer.c
    address = {Channel.SMS: c.phone, Channel.EMAIL: c.email}
    has = {ch: address[ch].is_not(None) for ch in order}
    free = {ch: and_(has[ch], ~_opted_out(ch, address[ch])) for ch in order}
    wished = [(and_(c.wish == ch.value, free[ch]), literal(ch.value, String)) for ch in order]
    fallback = [(free[ch], literal(ch.value, String)) for ch in order]
    kept = [(and_(c.wish == ch.value, has[ch]), literal(ch.value, String)) for ch in order]
    silenced = [(has[ch], literal(ch.value, String)) for ch in order]
    return case(*wished, *fallback, *kept, *silenced, else_=literal(Channel.NONE.value, String))


def _opted_out(channel: Channel, address: ColumnElement[str | None]) -> ColumnElement[bool]:
    o = t.opt_out.c
    return select(o.address).where(o.channel == channel.value, o.address == address).exists()


def _cover_shared_contact_points(connection: Connection, incident_id: int, revision: int) -> None:
    """One message per contact point: the highest priority, then the lowest id, carries it for the others."""
    a = t.audience
    keeper = func.first_value(a.c.customer_id).over(
        partition_by=(a.c.channel, a.c.address),
        order_by=(a.c.revision, a.c.priority.desc(), a.c.customer_id),
    )
    kept = (
        select(a.c.customer_id, keeper.label("keeper"))
        .where(a.c.incident_id == incident_id, a.c.address.is_not(None))
        .subquery()
    )
    connection.execute(
        update(a)
        .where(
            a.c.incident_id == incident_id,
            a.c.revision == revision,
            a.c.customer_id == kept.c.customer_id,
            kept.c.keeper != kept.c.customer_id,
        )
        .values(covered_by=kept.c.keeper)
    )


def _audience_count(connection: Connection, incident_id: int) -> int:
    counted = select(func.count()).select_from(t.audience).where(t.audience.c.incident_id == incident_id)
    return int(connection.execute(counted).scalar_one())
