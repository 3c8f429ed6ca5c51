"""The oracle: the ledger held against what the carriers took. Never the ledger against itself."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from tellfirst.domain.delivery import FINAL, Anomaly, DeliveryReason, DeliveryState
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.domain.promise import PromiseState
from tellfirst.proof.schedule import Policy
from tellfirst.simulator.carriers.special_recipients import fate_of_mail, fate_of_phone
from tellfirst.store import tables as t
from tellfirst.store.parts import address_of

S = DeliveryState
TOLD = (S.SENT, S.DELIVERED, S.UNDELIVERED)
"""States that say that a carrier took it."""
NOT_TAKEN = (S.PENDING, S.SENDING, S.FAILED, S.CANCELLED)
"""States that say that no carrier took it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a schedule came to, in numbers, and everything that must not be."""

    message_count: int
    accepted_count: int
    """By the carriers' own account."""
    recorded_count: int
    """Of these, how many the ledger knows as taken, or counts as unconfirmed."""
    lost_count: int
    counted_duplicates: int
    uncounted_duplicates: int
    resend_count: int
    unconfirmed_count: int
    untold_count: int
    """Customers whom nothing reached although something was to, known as unconfirmed or never sent twice."""
    anomalies: Mapping[str, int]
    violations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """What the carriers accepted: how often for each delivery."""

    accepted: Mapping[int, int]

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> "Truth":
        return cls(Counter(int(row["reference"]) for row in rows))


def judge(
    connection: Connection,
    truth: Truth,
    policy: Policy,
    *,
    residue: bool = False,
) -> Verdict:
    """Hold the ledger of a finished schedule against the truth.

    `residue`: a worker was stopped inside a call, so a second acceptance may be, if it is counted.
    """
    rows = _deliveries(connection)
    anomalies = _anomalies(connection)
    found: list[str] = []
    told = truth.accepted
    lost = counted = uncounted = untold = 0
    for row in rows:
        accepted = told.get(row.id, 0)
        counts = anomalies.get(row.id, set())
        over = accepted - 1 - row.resend_count
        excused = residue and bool(counts & {Anomaly.LATE_ACCEPTANCE, Anomaly.SECOND_ACCEPTANCE})
        if over > 0 and not excused:
            uncounted += over
            found.append(
                f"delivery {row.id} was accepted {accepted} times, with {row.resend_count} resends counted"
            )
        counted += max(0, accepted - 1 - max(over, 0)) + (over if over > 0 and excused else 0)
        if accepted > 1 and not excused and _never_twice(row, policy):
            found.append(f"delivery {row.id} was accepted {accepted} times under {policy}")
        if row.state not in FINAL:
            lost += 1
            found.append(f"delivery {row.id} is still {row.state}")
        elif row.state in TOLD and not accepted:
            lost += 1
            found.append(f"delivery {row.id} is {row.state}, and no carrier ever took it")
        elif row.state in NOT_TAKEN and accepted and not counts:
            found.append(f"delivery {row.id} is {row.state} ({row.reason}), and a carrier took it")
        if accepted and (row.state in (S.DELIVERED, S.UNDELIVERED)) and not _fits(row):
            found.append(f"delivery {row.id} is {row.state}, and the carrier never said so")
        if not accepted and (row.state == S.UNCONFIRMED or row.reason == DeliveryReason.NEVER_TWICE):
            untold += 1
            if row.reason == DeliveryReason.NO_RECEIPT and _could_be_looked_up(row, policy):
                lost += 1
                found.append(
                    f"delivery {row.id} is {row.state}: a look-up would have shown that nobody has it"
                )
    found += _left_over(connection)
    found += [
        f"receipt of delivery {key} that by our books never left"
        for key, kinds in anomalies.items()
        if Anomaly.RECEIPT_FOR_UNSENT in kinds
    ]
    found += [
        f"receipts of delivery {key} disagree"
        for key, kinds in anomalies.items()
        if Anomaly.RECEIPTS_DISAGREE in kinds
    ]
    found += _surveys_before_telling(rows, told)
    unknown = [key for key in told if key not in {row.id for row in rows}]
    found += [f"the carriers took delivery {key}, which no book knows" for key in unknown]
    kinds = Counter(kind for kinds in anomalies.values() for kind in kinds)
    known = sum(min(1, told.get(row.id, 0)) for row in rows if row.state in (*TOLD, S.UNCONFIRMED))
    return Verdict(
        message_count=len(rows),
        accepted_count=sum(told.values()),
        recorded_count=known,
        lost_count=lost,
        counted_duplicates=counted,
        uncounted_duplicates=uncounted,
        resend_count=sum(row.resend_count for row in rows),
        unconfirmed_count=sum(row.state == S.UNCONFIRMED for row in rows),
        untold_count=untold,
        anomalies={kind.value: kinds.get(kind, 0) for kind in Anomaly},
        violations=tuple(found),
    )


def _never_twice(row: Row[Any], policy: Policy) -> bool:
    """Under look-up the carrier proves absence first, so there is no second one; where nobody can say, none either."""
    return policy is not Policy.AT_LEAST_ONCE or row.occasion == Occasion.SURVEY


def _could_be_looked_up(row: Row[Any], policy: Policy) -> bool:
    return bool(
        row.channel == Channel.SMS and policy is not Policy.NEVER_TWICE and row.occasion != Occasion.SURVEY
    )


def _fits(row: Row[Any]) -> bool:
    """Whether the carrier's own table of recipients lets a receipt say this."""
    if row.channel == Channel.EMAIL:
        ends = fate_of_mail(row.address)[-1]
        return bool((row.state == S.UNDELIVERED) == (ends in ("bounce", "dropped")))
    return bool((row.state == S.UNDELIVERED) == (fate_of_phone(row.address).statuses[-1] == "undelivered"))


def _left_over(connection: Connection) -> list[str]:
    c, n, p, a = t.chunk.c, t.notice.c, t.promise.c, t.audience.c
    found = [
        f"chunk {key} is still open" for key in connection.scalars(select(c.id).where(c.done_at.is_(None)))
    ]
    found += [
        f"notice {key} was never concluded"
        for key in connection.scalars(select(n.id).where(n.spoken_at.is_(None)))
    ]
    still = select(p.id).where(p.state == PromiseState.OPEN)
    found += [f"promise {key} is still open" for key in connection.scalars(still)]
    waiting = connection.scalar(
        select(func.count()).select_from(t.receipt).where(t.receipt.c.applied_at.is_(None))
    )
    if waiting:
        found.append(f"{waiting} receipts were never applied")
    members = set(connection.scalars(select(a.customer_id).where(a.affected_revision.is_not(None))))
    d = t.delivery.c
    first = connection.execute(select(d.customer_id).where(d.occasion == Occasion.FIRST_WORD)).scalars().all()
    if missing := members - set(first):
        found.append(f"{len(missing)} members of the audience have no first word in the books")
    if len(first) != len(set(first)):
        found.append("somebody has two first words in the books")
    return found


def _surveys_before_telling(rows: Sequence[Row[Any]], told: Mapping[int, int]) -> list[str]:
    heard: dict[tuple[int, str], bool] = defaultdict(bool)
    for row in rows:
        heard[row.customer_id, row.occasion] |= bool(told.get(row.id))
    return [
        f"survey {row.id} went to somebody who was not told before"
        for row in rows
        if row.occasion == Occasion.SURVEY
        and told.get(row.id)
        and not (heard[row.customer_id, Occasion.FIRST_WORD] and heard[row.customer_id, Occasion.RESTORED])
    ]


def _deliveries(connection: Connection) -> Sequence[Row[Any]]:
    d, a = t.delivery, t.audience
    of_theirs = (a.c.incident_id == d.c.incident_id) & (a.c.customer_id == d.c.customer_id)
    columns = (d.c.id, d.c.customer_id, d.c.occasion, d.c.channel, d.c.state, d.c.reason, d.c.resend_count)
    return connection.execute(
        select(*columns, address_of(d, a).label("address")).join(a, of_theirs).order_by(d.c.id)
    ).all()


def _anomalies(connection: Connection) -> dict[int, set[Anomaly]]:
    noted: dict[int, set[Anomaly]] = defaultdict(set)
    for row in connection.execute(select(t.anomaly.c.delivery_id, t.anomaly.c.kind)):
        noted[row.delivery_id].add(Anomaly(row.kind))
    return dict(noted)
