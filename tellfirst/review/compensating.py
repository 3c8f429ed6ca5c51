"""What an incident is worth to its customers, by each pack that binds it and never merged: counts and sums.

A loss lasts from the look that first found the customer affected (from the beginning of the incident for those of the
first) until they were verified to be back, so that doubt is in their favour; while they wait, until now.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, true

from tellfirst.domain.audience import Over, kinds
from tellfirst.domain.compensation import Due, Loss
from tellfirst.domain.deadline import Anchor
from tellfirst.domain.pack import Compensation, Pack
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident
from tellfirst.timelines.measuring import REPORTING
from tellfirst.timelines.packs import Policy

NO_FEES: Mapping[str, Decimal] = {}


@dataclass(frozen=True, slots=True)
class Given:
    """One customer's due by one rule."""

    customer: str
    amount: Decimal
    reckoning: str


@dataclass(frozen=True, slots=True)
class Reckoned:
    """One rule of one pack. `fee_missing_count`: customers whose fee it needs and nobody gave.

    `note` says why nothing was reckoned, or what to know about the sum.
    """

    pack: str
    name: str
    currency: str
    by_itself: bool
    status: str
    losses: int
    entitled: int
    total: Decimal
    fee_missing_count: int
    note: str
    given: tuple[Given, ...]

    def to_row(self) -> dict[str, Any]:
        return {
            "pack": self.pack,
            "rule": self.name,
            "currency": self.currency,
            "without a claim": "yes" if self.by_itself else "no",
            "losses": self.losses,
            "entitled": self.entitled,
            "sum": str(self.total),
            "fee not known": self.fee_missing_count,
            "status": self.status,
            "note": self.note,
        }


def compensation(
    connection: Connection,
    it: Incident,
    policy: Policy,
    now: datetime,
    fees: Mapping[str, Decimal] = NO_FEES,
    customer: str | None = None,
) -> list[Reckoned]:
    """Every rule of every pack that binds this incident. `fees` are monthly fees by customer's reference.

    `customer`: only for the one with this reference.
    """
    p = t.incident_pack.c
    rows = connection.execute(
        select(p.pack, p.exempt_at).where(p.incident_id == it.id, p.since_at.is_not(None)).order_by(p.pack)
    ).all()
    bound = [(policy.packs[row.pack], row.exempt_at is not None) for row in rows if row.pack in policy.packs]
    if not any(pack.compensation for pack, _ in bound):
        return []
    losses = _losses(connection, it, customer)
    return [
        _reckoned(pack, one, losses, it, policy, now, fees, exempt=exempt)
        for pack, exempt in bound
        for one in pack.compensation
    ]


def _losses(connection: Connection, it: Incident, customer: str | None = None) -> list[Row[Any]]:
    """Everyone who is or was affected, with when, and when they first told us themselves."""
    a, c, r, k = t.audience.c, t.customer.c, t.audience_revision.c, t.contact.c
    reported = (
        select(k.customer_id, func.min(k.received_at).label("reported_at"))
        .where(k.incident_id == it.id, k.kind.in_(REPORTING))
        .group_by(k.customer_id)
        .subquery("reported")
    )
    affected = and_(a.affected_revision.is_not(None), or_(a.over.is_(None), a.over == Over.BACK))
    return list(
        connection.execute(
            select(
                *(c.reference, a.services, a.impact, a.zone, a.affected_revision, r.at, a.over_at),
                reported.c.reported_at,
            )
            .join(t.customer, c.id == a.customer_id)
            .join(
                t.audience_revision,
                and_(r.incident_id == a.incident_id, r.revision == a.affected_revision),
            )
            .outerjoin(reported, reported.c.customer_id == a.customer_id)
            .where(a.incident_id == it.id, affected, true() if customer is None else c.reference == customer)
            .order_by(c.reference)
        )
    )


def _reckoned(
    pack: Pack,
    rule: Compensation,
    rows: list[Row[Any]],
    it: Incident,
    policy: Policy,
    now: datetime,
    fees: Mapping[str, Decimal],
    *,
    exempt: bool,
) -> Reckoned:
    its = [row for row in rows if _covered(rule, row)]
    due = [] if exempt or not rule.counted else list(_due(rule, its, it, policy, now, fees))
    given = tuple(Given(row.reference, one.amount, one.reckoning) for row, one in due if one.amount)
    missing = [row for row in its if rule.needs_fee and row.reference not in fees]
    return Reckoned(
        pack=pack.id,
        name=rule.name,
        currency=rule.currency,
        by_itself=rule.by_itself,
        status=str(pack.status),
        losses=len(its),
        entitled=len(given),
        total=sum((one.amount for one in given), Decimal(0)),
        fee_missing_count=len(missing),
        note=_note(rule, len(missing), exempt=exempt, over=it.verified_at is not None),
        given=given,
    )


def _covered(rule: Compensation, row: Row[Any]) -> bool:
    services = {str(one) for one in kinds(row.services)}
    return row.impact >= rule.from_impact and (not rule.services or bool(services & set(rule.services)))


def _due(
    rule: Compensation,
    rows: list[Row[Any]],
    it: Incident,
    policy: Policy,
    now: datetime,
    fees: Mapping[str, Decimal],
) -> Iterator[tuple[Row[Any], Due]]:
    """Losses that are alike are reckoned once: a million customers of one mast have one loss."""
    formula = rule.formula(policy.markets.around(now))
    known: dict[Loss, Due] = {}
    for row in rows:
        began = it.started_at if row.affected_revision == 1 else row.at
        loss = Loss(
            began_at=began,
            ended_at=max(began, row.over_at or now),
            zone=row.zone,
            reported_at=row.reported_at if rule.anchor is Anchor.REPORTED else None,
            monthly_fee=fees.get(row.reference, Decimal(0)),
        )
        if loss not in known:
            known[loss] = _capped(formula.due(loss), rule.cap)
        yield row, known[loss]


def _capped(due: Due, cap: Decimal | None) -> Due:
    if cap is None or due.amount <= cap:
        return due
    return Due(cap, due.unit, f"{due.reckoning}, at most {cap}")


def _note(rule: Compensation, missing: int, *, exempt: bool, over: bool) -> str:
    if exempt:
        return "exempt: nothing is due"
    if not rule.counted:
        return "depends on what is not in these books"
    parts = [] if over else ["as of now, the outage goes on"]
    parts += [f"{missing:,} fees are not known, they count as nothing"] if missing else []
    return "; ".join(parts)
