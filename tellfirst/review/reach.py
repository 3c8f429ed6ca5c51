"""How far messages got, by channel and by language."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from tellfirst.domain.delivery import UNSETTLED, DeliveryReason, DeliveryState
from tellfirst.review.telling import by_reason, share

S = DeliveryState
NOWHERE = (DeliveryReason.NO_CONTACT_POINT, DeliveryReason.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class Reach:
    """Messages of one channel or language.

    What was planned was either not to be sent, for a reason, or sendable; the sendable ones are each counted
    under what became of them.
    """

    name: str
    planned_count: int
    not_sent: Mapping[str, int]
    """By reason: cancelled, or to a customer whom no contact point is known of, or none was left to try."""
    sendable_count: int
    delivered_count: int
    unreceipted_count: int
    """At the carrier, which still owes a receipt."""
    unconfirmed_count: int
    undelivered_count: int
    failed_count: int
    """Refused by the carrier for good, or put off until the tries were used up."""
    waiting_count: int
    delivered_share: float | None
    """Of the sendable."""


def reach_by(deliveries: pd.DataFrame, column: str) -> tuple[Reach, ...]:
    """One line per value of `column`, the largest first."""
    lines = [_reach(str(name), rows) for name, rows in deliveries.groupby(column)]
    return tuple(sorted(lines, key=lambda line: (-line.planned_count, line.name)))


def _reach(name: str, rows: pd.DataFrame) -> Reach:
    not_sent = (rows["state"] == S.CANCELLED) | rows["reason"].isin(NOWHERE)
    states = rows.loc[~not_sent, "state"]
    delivered = int((states == S.DELIVERED).sum())
    return Reach(
        name=name,
        planned_count=len(rows),
        not_sent=by_reason(rows.loc[not_sent, "reason"]),
        sendable_count=len(states),
        delivered_count=delivered,
        unreceipted_count=int((states == S.SENT).sum()),
        unconfirmed_count=int((states == S.UNCONFIRMED).sum()),
        undelivered_count=int((states == S.UNDELIVERED).sum()),
        failed_count=int((states == S.FAILED).sum()),
        waiting_count=int(states.isin(UNSETTLED).sum()),
        delivered_share=share(delivered, len(states)),
    )
