"""Why an incident hurts one customer or does not: the path to the cause, the rule, the history and what was told."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select

from tellfirst.domain.audience import UNCERTAIN, Basis, Over, kinds
from tellfirst.domain.errors import NotFound
from tellfirst.domain.explanation import STANDINGS, Finding, Reason, Standing, most_telling_first
from tellfirst.domain.impact import Impact
from tellfirst.review.choosing import chosen_channel
from tellfirst.review.fates import Books
from tellfirst.review.proving import Evidence, Inquiry, nothing_reaches, services, visits, wrongly
from tellfirst.review.standings import affected_now
from tellfirst.review.told import Told, telling, told
from tellfirst.review.whereabouts import places
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident

NEAREST = 3
"""References named to somebody who mistyped one."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything about one customer and one incident. Times are aware UTC; no contact point is in it.

    `findings` begin with the rule that tells most; `evidence` holds path and history of what the customer has.
    `causes` are the incident's, `telling` says in one sentence whether they were told, or why not.
    `revision` is that from which on they are or were affected, at `since`.
    """

    customer: str
    incident: str
    place: str
    stage: str
    standing: Standing
    impact: str | None
    services: tuple[str, ...]
    uncertain: bool
    revision: int | None
    since: datetime | None
    worse_revision: int | None
    over_at: datetime | None
    over_revision: int | None
    matched_revision: int
    changes_wait: bool
    findings: tuple[Finding, ...]
    evidence: tuple[Evidence, ...]
    causes: tuple[str, ...]
    told: tuple[Told, ...]
    telling: str
    channel: str
    """Why this channel, in one sentence."""

    @property
    def headline(self) -> str:
        """One sentence."""
        return STANDINGS[self.standing].format(
            customer=self.customer, incident=f"{self.incident} {self.place}"
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"headline": self.headline}


def explain(connection: Connection, customer: str, reference: str, now: datetime) -> Explanation:
    """Raises NotFound for a customer or an incident that there is not, and says how to find the right one."""
    it = incidents.by_reference(connection, reference)
    person = _person(connection, customer)
    row = _row(connection, it, person.id)
    standing = _standing(it, row)
    reached = row if standing is not Standing.NOT_AFFECTED else None
    looked = reached.revision if reached else None
    moment = _moment(connection, it, looked, now)
    asked = Inquiry(connection, it, person, Books(connection, it, now), standing, looked, moment)
    found = [*services(asked), *visits(asked), *places(asked)]
    findings = [one.finding for one in found] + _of_the_customer(asked, row, found)
    deliveries = told(connection, it.id, person.id)
    revision = row.affected_revision if row else None
    return Explanation(
        customer=person.reference,
        incident=it.reference,
        place=it.place,
        stage=it.stage,
        standing=standing,
        impact=Impact(reached.impact).word if reached else None,
        services=kinds(reached.services) if reached else (),
        uncertain=bool(row and standing is Standing.AFFECTED and Basis(row.basis) in UNCERTAIN),
        revision=revision,
        since=_made_at(connection, it, revision) if revision else None,
        worse_revision=row.worse_revision if row else None,
        over_at=row.over_at if row else None,
        over_revision=row.over_revision if row else None,
        matched_revision=it.audience_revision,
        changes_wait=it.footprint_changed,
        findings=tuple(most_telling_first(findings)),
        evidence=tuple(found),
        causes=tuple(asked.names(one.element for one in asked.books.own).values()),
        told=deliveries,
        telling=telling(it, standing, revision, deliveries),
        channel=chosen_channel(connection, it, reached),
    )


def _person(connection: Connection, customer: str) -> Row[Any]:
    c = t.customer.c
    wanted = select(
        c.id, c.reference, c.status, c.district, c.area_code, c.lat, c.lon, c.location, c.located_at
    )
    person = connection.execute(wanted.where(c.reference == customer)).one_or_none()
    if person is not None:
        return person
    after = select(c.reference).where(c.reference > customer).order_by(c.reference).limit(NEAREST - 1)
    before = select(c.reference).where(c.reference < customer).order_by(c.reference.desc()).limit(1)
    near = [*connection.scalars(before), *connection.scalars(after)]
    there_are = f"the nearest there are: {', '.join(near)}" if near else "there are none; import them first"
    raise NotFound(f"there is no customer {customer}; {there_are}")


def _row(connection: Connection, it: Incident, customer_id: int) -> Row[Any] | None:
    a = t.audience.c
    this = and_(a.incident_id == it.id, a.customer_id == customer_id)
    return connection.execute(select(t.audience).where(this)).one_or_none()


def _standing(it: Incident, row: Row[Any] | None) -> Standing:
    if not it.audience_revision:
        return Standing.NOT_MATCHED
    if row is None:
        return Standing.NOT_AFFECTED
    if row.over is not None:
        return Standing.BACK if row.over == Over.BACK else Standing.WRONGLY_TOLD
    if row.affected_revision is not None:
        return Standing.AFFECTED
    return Standing.AT_RISK if row.revision == it.audience_revision else Standing.NOT_AFFECTED


def _moment(connection: Connection, it: Incident, revision: int | None, now: datetime) -> datetime:
    """When the matching looked that an explanation is about; the present before the first."""
    return _made_at(connection, it, revision or it.audience_revision) or now


def _made_at(connection: Connection, it: Incident, revision: int) -> datetime | None:
    r = t.audience_revision.c
    of_it = and_(r.incident_id == it.id, r.revision == revision)
    return connection.execute(select(r.at).where(of_it)).scalar()


def _of_the_customer(inquiry: Inquiry, row: Row[Any] | None, found: list[Evidence]) -> list[Finding]:
    """What is true of them as a whole, apart from what they have."""
    person, findings = inquiry.person, []
    if person.status != "active":
        findings.append(Finding.of(Reason.CUSTOMER_NOT_ACTIVE, status=person.status))
    if not found:
        findings.append(Finding.of(Reason.NO_SERVICE))
    if row and inquiry.standing is Standing.WRONGLY_TOLD:
        findings.append(wrongly(inquiry, row))
    if inquiry.standing is Standing.AFFECTED and nothing_reaches(inquiry, found):
        findings.append(Finding.of(Reason.STAYS_WITH_SHARED_CONTACT))
    return findings + _district(inquiry)


def _district(inquiry: Inquiry) -> list[Finding]:
    """That they are registered where the incident hits is no reason to be told, and worth knowing."""
    district, c = inquiry.person.district, t.customer.c
    if district is None or not inquiry.it.audience_revision:
        return []
    hit = (
        select(func.count())
        .select_from(t.customer)
        .join(t.audience, t.audience.c.customer_id == c.id)
        .where(c.district == district, t.audience.c.incident_id == inquiry.it.id, affected_now())
    )
    affected = inquiry.connection.execute(hit).scalar_one()
    if not affected:
        return []
    there = select(func.count()).select_from(t.customer).where(c.district == district, c.status == "active")
    registered = inquiry.connection.execute(there).scalar_one()
    counts = {"affected": f"{affected:,}", "registered": f"{registered:,}"}
    return [Finding.of(Reason.REGISTERED_IN_HIT_DISTRICT, district=district, **counts)]
