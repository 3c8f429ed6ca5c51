"""Who is no longer affected, and why: service is back, or they never were and had been told wrongly."""

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Update,
    and_,
    case,
    exists,
    not_,
    or_,
    select,
    update,
)

from tellfirst.audience.footprints import causes_ever, footprint, store_footprint
from tellfirst.audience.hurting import Revision, ran
from tellfirst.audience.topology import Network
from tellfirst.domain.audience import Over
from tellfirst.domain.impact import Impact
from tellfirst.store import tables as t
from tellfirst.store.announced import announced
from tellfirst.store.incidents import Incident
from tellfirst.store.parts import behind_its_contact_point, says_still_out
from tellfirst.store.prepared import asked, moment, number, prepared, text

EVER = 0
"""The revision under which stands what every cause that was ever real would hit."""


def leave(connection: Connection, network: Network, it: Incident, this: Revision) -> None:
    """Mark everyone whom this revision does not reach badly enough any more.

    Behind a shared contact point nobody leaves before all do: the household would read that service is back
    while one of them is still without.
    """
    those = {"incident_id": it.id, "now": this.now, "revision": this.number}
    those |= {"tell_from": this.book.tell_from.value}
    work = announced(connection, it, this.now)
    if work is not None and not work.started:
        # Nothing is broken yet: nobody can be back, and it will not hit them.
        _gone.run(connection, over=Over.WRONGLY_TOLD, **those)
    elif _may_be_wrong(connection, it):
        ever = footprint(network, causes_ever(connection, it, this.now))
        connection.execute(
            t.impact_element.delete().where(
                t.impact_element.c.incident_id == it.id, t.impact_element.c.revision == EVER
            )
        )
        store_footprint(connection, it.id, EVER, ever)
        over = case((_was_hit(this), Over.BACK.value), else_=Over.WRONGLY_TOLD.value)
        prepared(lambda: _leave(over)).run(connection, **those)
    else:
        _gone.run(connection, over=Over.BACK, **those)


def _leave(over: ColumnElement[str]) -> Update:
    a, this = t.audience.c, number("revision")
    stays = and_(a.revision == this, a.impact >= number("tell_from"))
    gone = and_(
        asked(a.incident_id),
        a.affected_revision.is_not(None),
        a.over_at.is_(None),
        not_(stays),
        not_(and_(a.shared, _another_stays())),
        not_(says_still_out()),
    )
    values = {
        "over_at": moment("now"),
        "over_revision": this,
        "over": over,
        "impact": case((over == Over.WRONGLY_TOLD.value, Impact.OK.value), else_=a.impact),
    }
    return update(t.audience).where(gone).values(values)


_gone = prepared(lambda: _leave(text("over")))


def _another_stays() -> ColumnElement[bool]:
    """Somebody else behind the same contact point is still affected. Found by the customers' own index."""
    a, c, other = t.audience.c, t.customer, t.audience.alias("other")
    return (
        select(other.c.customer_id)
        .select_from(c)
        .join(other, other.c.customer_id == c.c.id)
        .where(
            behind_its_contact_point(),
            other.c.incident_id == a.incident_id,
            other.c.channel == a.channel,
            other.c.address == a.address,
            other.c.revision == number("revision"),
            other.c.impact >= number("tell_from"),
        )
        .exists()
    )


def _may_be_wrong(connection: Connection, it: Incident) -> bool:
    """Only a withdrawn cause or changed records make a telling wrong; without them everyone gone is back."""
    return bool(_doubtful.run(connection, incident_id=it.id, opened_at=it.opened_at).scalar())


@prepared
def _doubtful() -> Select[tuple[bool]]:
    c, b = t.incident_element.c, t.import_batch.c
    withdrawn = exists().where(asked(c.incident_id), c.withdrawn_at.is_not(None))
    changed = exists().where(b.at >= moment("opened_at"), b.accepted_count > 0)
    return select(or_(withdrawn, changed))


def _was_hit(this: Revision) -> ColumnElement[bool]:
    """Something they have was hit by a cause that was real: a service, a cell they are in, or their place."""
    a, s, p = t.audience.c, t.service, t.presence
    e, own, cause = t.impact_element.alias("ever"), t.impact_element.alias("own"), t.incident_element
    ever = and_(
        e.c.incident_id == this.incident_id, e.c.revision == EVER, e.c.impact >= this.book.tell_from.value
    )
    by_service = (
        select(s.c.id)
        .join(e, e.c.element_id == s.c.element_id)
        .where(s.c.customer_id == a.customer_id, ran(this), ever)
    )
    by_presence = (
        select(p.c.customer_id)
        .join(e, e.c.element_id == p.c.element_id)
        .where(p.c.customer_id == a.customer_id, ever)
    )
    by_area = (
        select(own.c.element_id)
        .join(t.incident_area, t.incident_area.c.element_id == own.c.element_id)
        .join(cause, cause.c.element_id == own.c.element_id)
        .where(
            own.c.incident_id == this.incident_id,
            own.c.revision == a.revision,
            own.c.number == a.hit,
            t.incident_area.c.incident_id == this.incident_id,
            cause.c.incident_id == this.incident_id,
            cause.c.withdrawn_at.is_(None),
        )
    )
    return or_(by_service.exists(), by_presence.exists(), by_area.exists())
