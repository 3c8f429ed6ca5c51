"""What one customer was told of an incident, how and when; or why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from tellfirst.domain.delivery import HANDED_OVER, UNSETTLED
from tellfirst.domain.explanation import UNTOLD, Standing, Untold
from tellfirst.domain.incident import RUNNING
from tellfirst.domain.occasion import TOLD_BY
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident


@dataclass(frozen=True, slots=True)
class Told:
    """One delivery: planned at `at`, handed over at `left_at`. `covered_by` is the reference of whoever shares
    the contact point and has the message for both."""

    at: datetime
    left_at: datetime | None
    occasion: str
    channel: str
    state: str
    reason: str
    covered_by: str | None
    revision: int


def told(connection: Connection, incident_id: int, customer_id: int) -> tuple[Told, ...]:
    """Every delivery of the incident to the customer, oldest first."""
    d, n, keeper = t.delivery.c, t.notice.c, t.customer.alias("keeper")
    rows = connection.execute(
        select(n.created_at, d.handed_over_at, d.occasion, d.channel, d.state, d.reason, keeper.c.reference)
        .add_columns(n.audience_revision)
        .join(t.notice, n.id == d.notice_id)
        .outerjoin(keeper, keeper.c.id == d.covered_by)
        .where(d.incident_id == incident_id, d.customer_id == customer_id)
        .order_by(n.sequence, d.id)
    )
    return tuple(Told(*row) for row in rows)


def telling(it: Incident, standing: Standing, revision: int | None, deliveries: Sequence[Told]) -> str:
    """Whether they have had a first word since they became affected at `revision`, or why not; empty for
    somebody who never belonged to the audience."""
    if standing in (Standing.NOT_AFFECTED, Standing.NOT_MATCHED):
        return ""
    first = [one for one in deliveries if one.occasion in TOLD_BY]
    made = [one for one in first if one.revision >= (revision or 0)]
    if not made:
        tell_from = it.playbook.tell_from.word.replace("_", " ") if it.playbook else ""
        return UNTOLD[_why(it, standing)].format(tell_from=tell_from, held=it.held)
    handed_over = [one for one in made if one.left_at and one.state in HANDED_OVER]
    last = handed_over[-1] if handed_over else made[-1]
    if last.covered_by:
        return (
            f"not told by themselves: {last.covered_by} has the same contact point and the message for both"
        )
    if last.left_at and last.state in HANDED_OVER:
        return f"told by {last.channel} at {last.left_at:%Y-%m-%d %H:%M} UTC ({last.state})"
    if last.state in UNSETTLED:
        return f"being told by {last.channel} ({last.state})"
    return f"not told: {last.reason.replace('_', ' ')} ({last.channel}, {last.state})"


def _why(it: Incident, standing: Standing) -> Untold:
    if standing is Standing.AT_RISK:
        return Untold.BELOW_TELL_FROM
    if standing is not Standing.AFFECTED or it.stage not in RUNNING:
        return Untold.NEVER_SAID
    if it.held:
        return Untold.HELD
    return Untold.WAITS_FOR_APPROVAL if it.approval_needed else Untold.NOT_YET_SAID
