"""The oracle: the ledger held against what the carriers took. Never the ledger against itself."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from tellfirst.domain.delivery import Anomaly, DeliveryState
from tellfirst.domain.occasion import Occasion
from tellfirst.proof.comparison import Comparison
from tellfirst.proof.leftovers import left_over
from tellfirst.proof.schedule import Policy
from tellfirst.store import tables as t
from tellfirst.store.parts import address_of

NEVER_WITHOUT_A_LIE = {
    Anomaly.RECEIPT_FOR_UNSENT: "receipt of delivery {} that by our books never left",
    Anomaly.RECEIPTS_DISAGREE: "receipts of delivery {} disagree",
}


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


def judge(connection: Connection, truth: Truth, policy: Policy, *, residue: bool = False) -> Verdict:
    """Hold the ledger of a finished schedule against the truth.

    `residue`: a worker was stopped inside a call, so a second acceptance may be, if it is counted.
    """
    rows, noted, told = _deliveries(connection), _anomalies(connection), truth.accepted
    messages = [
        Comparison(row, told.get(row.id, 0), noted.get(row.id, frozenset()), policy, residue) for row in rows
    ]
    violations = [
        *(what for one in messages for what in one.violations()),
        *left_over(connection),
        *_signs_of_a_lie(noted),
        *_surveys_before_telling(rows, told),
        *_unknown_to_the_books(rows, told),
    ]
    return _verdict(messages, noted, truth, violations)


def _verdict(
    messages: Sequence[Comparison],
    noted: Mapping[int, set[Anomaly]],
    truth: Truth,
    violations: Sequence[str],
) -> Verdict:
    kinds = Counter(kind for kinds in noted.values() for kind in kinds)
    return Verdict(
        message_count=len(messages),
        accepted_count=sum(truth.accepted.values()),
        recorded_count=sum(one.recorded for one in messages),
        lost_count=sum(one.is_lost for one in messages),
        counted_duplicates=sum(one.counted for one in messages),
        uncounted_duplicates=sum(one.uncounted for one in messages),
        resend_count=sum(one.row.resend_count for one in messages),
        unconfirmed_count=sum(one.row.state == DeliveryState.UNCONFIRMED for one in messages),
        untold_count=sum(one.is_untold for one in messages),
        anomalies={kind.value: kinds.get(kind, 0) for kind in Anomaly},
        violations=tuple(violations),
    )


def _signs_of_a_lie(noted: Mapping[int, set[Anomaly]]) -> Iterator[str]:
    for kind, sentence in NEVER_WITHOUT_A_LIE.items():
        yield from (sentence.format(key) for key, kinds in noted.items() if kind in kinds)


def _unknown_to_the_books(rows: Sequence[Row[Any]], told: Mapping[int, int]) -> Iterator[str]:
    known = {row.id for row in rows}
    yield from (f"the carriers took delivery {key}, which no book knows" for key in told if key not in known)


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
