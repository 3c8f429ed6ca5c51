"""Whether the audience is exactly right: recomputed from the seeded columns, without the database and its SQL.

What the elements suffer is taken from the readable rule, `domain.network.footprint`, not from the fast one.
"""

from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, select

from benchmarks.scenarios import Scenario
from benchmarks.seeding import KINDS, NEVER, TODAY, Seeded
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.network import footprint
from tellfirst.store import tables as t

MOBILE = KINDS.index(ServiceKind.MOBILE)
FETCHED = 100_000


@dataclass(frozen=True, slots=True)
class Difference:
    """How many customers are lacking, are there without reason, or are there with another impact."""

    missing: int
    too_many: int
    wrong_impact: int

    @property
    def none(self) -> bool:
        return self.missing == self.too_many == self.wrong_impact == 0


def expected(seeded: Seeded, scenario: Scenario) -> np.ndarray:
    """The impact of every customer, 0 for those not in the audience."""
    hits = footprint(seeded.network.edges, scenario.failed)
    of_element = np.array([hits[one].impact if one in hits else 0 for one in seeded.element_ids], np.int8)
    runs = (
        (seeded.service_state == 0)
        & ((seeded.from_day == NEVER) | (seeded.from_day < TODAY))
        & ((seeded.to_day == NEVER) | (seeded.to_day > TODAY))
    )
    impact = np.zeros(seeded.customer_count, np.int8)
    np.maximum.at(impact, seeded.service_customer[runs], of_element[seeded.service_element[runs]])
    mobile = np.zeros(seeded.customer_count, bool)
    mobile[seeded.service_customer[runs & (seeded.service_kind == MOBILE)]] = True
    here = ~seeded.seen_stale & mobile[seeded.seen_customer]
    np.maximum.at(impact, seeded.seen_customer[here], of_element[seeded.seen_element[here]])
    impact[~seeded.active] = 0
    return impact


def found(connection: Connection, customer_count: int) -> np.ndarray:
    """The same, as the audience in the database says it."""
    impact = np.zeros(customer_count, np.int8)
    rows = connection.execution_options(yield_per=FETCHED).execute(
        select(t.audience.c.customer_id, t.audience.c.impact)
    )
    for part in rows.partitions():
        customers, impacts = zip(*part, strict=True)
        impact[np.array(customers) - 1] = impacts
    return impact


def compare(right: np.ndarray, is_there: np.ndarray) -> Difference:
    return Difference(
        missing=int(np.count_nonzero((right > 0) & (is_there == 0))),
        too_many=int(np.count_nonzero((right == 0) & (is_there > 0))),
        wrong_impact=int(np.count_nonzero((right > 0) & (is_there > 0) & (right != is_there))),
    )
