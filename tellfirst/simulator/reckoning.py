"""The reckoning after a scenario: what the carriers saw against what we recorded, and what was promised.

The carriers count by themselves, in another process. Figures here never compare the ledger with itself.
"""

import statistics
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, func, select

from tellfirst.bootstrap import World
from tellfirst.domain.delivery import HANDED_OVER, DeliveryState
from tellfirst.domain.occasion import TOLD_BY, Occasion
from tellfirst.domain.promise import PromiseState
from tellfirst.simulator.loopback import get_json
from tellfirst.store import tables as t
from tellfirst.store.engine import reading


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of messages unless named otherwise; seconds are real ones, measured from outside."""

    customers: int
    audience: int
    deliveries: int
    delivered: int
    undelivered: int
    failed: int
    cancelled: int
    unconfirmed: int
    lost: int
    duplicates: int
    resends: int
    carrier_accepted: int
    ledger_accepted: int
    unknown_to_ledger: int
    unknown_to_carriers: int
    promises_made: int
    promises_kept: int
    promises_broken: int
    promises_replaced: int
    promises_open: int
    surveys_sent: int
    surveys_before_told: int
    contacts: int
    contacts_answered: int
    alert_to_first_word_seconds: dict[str, float]
    wall_seconds: float
    violations: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def reckon(world: World, alerted_at: dict[str, float], wall_seconds: float) -> Summary:
    """Compare the books with the carriers' truth. `violations` is empty when everything promised holds."""
    truth = [
        row
        for channel in ("sms", "email")
        for row in get_json(f"{world.settings.carriers_url}/truth/accepted?channel={channel}&since=0")
        # What has no reference of ours is an answer to a contact, and no delivery.
        if row["reference"] is not None
    ]
    with reading(world.engine) as connection:
        return _reckon(connection, truth, alerted_at, wall_seconds)


def _reckon(
    connection: Connection, truth: list[dict[str, Any]], alerted_at: dict[str, float], wall_seconds: float
) -> Summary:
    d = t.delivery.c
    states = _counts(connection, select(d.state, func.count()).group_by(d.state))
    accepted = Counter(int(row["reference"]) for row in truth)
    ledger = set(connection.scalars(select(d.id).where(d.handed_over_at.is_not(None))))
    promises = _counts(connection, select(t.promise.c.state, func.count()).group_by(t.promise.c.state))
    values: dict[str, Any] = {
        "customers": _count(connection, t.customer),
        "audience": _affected(connection),
        "deliveries": sum(states.values()),
        **{
            name: states[DeliveryState(name)]
            for name in ("delivered", "undelivered", "failed", "cancelled", "unconfirmed")
        },
        "lost": _lost(connection, states),
        "duplicates": sum(count - 1 for count in accepted.values()),
        "resends": int(connection.scalar(select(func.sum(d.resend_count))) or 0),
        "carrier_accepted": sum(accepted.values()),
        "ledger_accepted": len(ledger),
        "unknown_to_ledger": len(set(accepted) - ledger),
        "unknown_to_carriers": len(ledger - set(accepted)),
        "promises_made": sum(promises.values()),
        **{f"promises_{state}": promises[state] for state in PromiseState},
        "surveys_sent": _surveys_sent(connection),
        "surveys_before_told": _surveys_before_told(connection, truth),
        "contacts": _count(connection, t.contact),
        "contacts_answered": int(
            connection.scalar(select(func.count()).where(t.contact.c.answered_at.is_not(None))) or 0
        ),
        "alert_to_first_word_seconds": _lead(connection, truth, alerted_at),
        "wall_seconds": round(wall_seconds, 1),
    }
    return Summary(**values, violations=tuple(_violations(values)))


def _violations(values: dict[str, Any]) -> list[str]:
    must_be_zero = {
        "lost": "messages were lost",
        "duplicates": "customers were told the same twice",
        "surveys_before_told": "customers were asked before they were told",
        "unknown_to_ledger": "messages are with the carriers but not in our books",
        "unknown_to_carriers": "messages are in our books but not with the carriers",
        "promises_open": "promises are neither kept nor recorded broken",
    }
    found = [f"{values[name]} {what}" for name, what in must_be_zero.items() if values[name]]
    if not values["audience"] or not values["surveys_sent"] or not values["promises_made"]:
        found.append("the story did not happen: nobody was affected, asked or promised anything")
    return found


def _lost(connection: Connection, states: Counter[str]) -> int:
    """Affected customers without a first-word row, and rows that never reached an end."""
    a, d = t.audience.c, t.delivery.c
    row = (
        select(d.id)
        .where(
            d.incident_id == a.incident_id,
            d.customer_id == a.customer_id,
            d.occasion.in_(sorted(TOLD_BY)),
        )
        .exists()
    )
    untold = and_(a.affected_revision.is_not(None), ~row)
    forgotten = connection.execute(select(func.count()).select_from(t.audience).where(untold)).scalar_one()
    unfinished = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.SENT)
    return int(forgotten) + sum(states[state] for state in unfinished)


def _affected(connection: Connection) -> int:
    """Those only at risk are in the books too, but were not to be told."""
    affected = select(func.count()).where(t.audience.c.affected_revision.is_not(None))
    return int(connection.execute(affected).scalar_one())


def _surveys_sent(connection: Connection) -> int:
    d = t.delivery.c
    sent = select(func.count()).where(d.occasion == Occasion.SURVEY, d.state.in_(HANDED_OVER))
    return int(connection.execute(sent).scalar_one())


def _surveys_before_told(connection: Connection, truth: list[dict[str, Any]]) -> int:
    """By the carriers' own order of acceptance: surveys that reached them before both other words had."""
    d = t.delivery.c
    rows = connection.execute(select(d.id, d.incident_id, d.customer_id, d.occasion))
    whose = {row.id: ((row.incident_id, row.customer_id), Occasion(row.occasion)) for row in rows}
    heard: dict[tuple[int, int], set[Occasion]] = {}
    early = 0
    for row in sorted(truth, key=lambda one: float(one["at"])):
        who, occasion = whose.get(int(row["reference"]), (None, None))
        if who is None or occasion is None:
            continue
        before = heard.setdefault(who, set())
        if occasion is Occasion.SURVEY and not (before & TOLD_BY and Occasion.RESTORED in before):
            early += 1
        before.add(occasion)
    return early


def _lead(
    connection: Connection, truth: list[dict[str, Any]], alerted_at: dict[str, float]
) -> dict[str, float]:
    """From the alert's departure to the carrier's acceptance of each first word of the first notice."""
    d, n, i = t.delivery.c, t.notice.c, t.incident.c
    rows = connection.execute(
        select(d.id, i.reference)
        .join(t.notice, n.id == d.notice_id)
        .join(t.incident, i.id == d.incident_id)
        .where(n.sequence == 1, d.occasion == Occasion.FIRST_WORD)
    )
    alerted = {row.id: alerted_at[row.reference] for row in rows if row.reference in alerted_at}
    waits = sorted(
        float(row["at"]) - alerted[int(row["reference"])] for row in truth if int(row["reference"]) in alerted
    )
    if len(waits) < 2:
        return {}
    cut = statistics.quantiles(waits, n=100, method="inclusive")
    return {"p50": round(cut[49], 2), "p95": round(cut[94], 2)}


def _counts(connection: Connection, query: Any) -> Counter[str]:
    return Counter({row[0]: row[1] for row in connection.execute(query)})


def _count(connection: Connection, table: Any) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())
