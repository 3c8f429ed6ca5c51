"""What a customer's own page shows: how their services stand, and what goes on with them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select

from tellfirst.contacts.standing import RECENTLY, last_facts
from tellfirst.domain.audience import Over, kinds
from tellfirst.domain.facts import FactRecord, ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Stage
from tellfirst.store import tables as t


@dataclass(frozen=True, slots=True)
class Concern:
    """An incident that hits the customer, is announced to, or was over for them lately."""

    incident_id: int
    reference: str
    impact: Impact
    services: tuple[ServiceKind, ...]
    over: bool
    closed: bool
    facts: FactRecord

    def announced(self, now: datetime) -> bool:
        """Whether it is work that has not begun."""
        begins = self.facts.window_from
        return begins is not None and begins > now and not self.over

    @property
    def may_be_still_out(self) -> bool:
        """Whether they were told, or asked, that theirs is back: only then is there something to contradict."""
        return self.over or self.facts.asks_back


@dataclass(frozen=True, slots=True)
class OwnPage:
    """Each active service with the worst that hits it now; what goes on comes before what is over."""

    services: dict[ServiceKind, Impact]
    concerns: list[Concern]


def own_page(connection: Connection, customer_id: int, now: datetime) -> OwnPage:
    """As it is at `now`, in the facts of the newest words to this customer."""
    concerns = _concerns(connection, customer_id, now)
    s = t.service.c
    active = select(s.kind).where(s.customer_id == customer_id, s.status == "active").distinct()
    owned = {ServiceKind(kind) for kind in connection.scalars(active)}
    hit = [one for one in concerns if not one.over and not one.announced(now)]
    services = {
        kind: max((one.impact for one in hit if kind in one.services), default=Impact.OK)
        for kind in ServiceKind
        if kind in owned
    }
    return OwnPage(services, concerns)


def _concerns(connection: Connection, customer_id: int, now: datetime) -> list[Concern]:
    a, i = t.audience.c, t.incident.c
    lately = and_(a.over == Over.BACK, a.over_at >= now - RECENTLY)
    waits = and_(a.over_at.is_(None), i.stage != Stage.CLOSED)
    rows = connection.execute(
        select(a.incident_id, a.impact, a.services, a.over_at, i.reference, i.stage)
        .join(t.incident, i.id == a.incident_id)
        .where(a.customer_id == customer_id, a.affected_revision.is_not(None), or_(waits, lately))
        .order_by(a.over_at.is_not(None), a.impact.desc(), a.incident_id.desc())
    ).all()
    known = [(row, last_facts(connection, row.incident_id, customer_id, row.over_at)) for row in rows]
    return [
        Concern(
            *(row.incident_id, row.reference, Impact(row.impact), kinds(row.services)),
            over=row.over_at is not None,
            closed=row.stage == Stage.CLOSED,
            facts=facts.as_of(now).on_the_page(),
        )
        for row, facts in known
        # Who was not told yet hears it as a first word, not by chance.
        if facts is not None
    ]
