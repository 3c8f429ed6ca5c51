"""Everybody an incident hurts and whom nobody has told, one by one, with the reason; contact points are masked."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from tellfirst.domain.audience import kinds
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.impact import Impact
from tellfirst.domain.masked import masked
from tellfirst.review.room.heads import NO_WAY, hurt, last_word, nobody_told_them, why_untold
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident

PAGE = 50


@dataclass(frozen=True, slots=True)
class Untold:
    """One customer. `channel` and `state` are those of the last try, empty where nothing was tried."""

    customer: str
    priority: int
    language: str
    services: tuple[str, ...]
    impact: str
    reason: str
    unreachable: bool
    channel: str
    state: str
    tried_at: datetime | None
    address: str
    """Masked."""
    back: bool


@dataclass(frozen=True, slots=True)
class Page:
    """`next` is where the following page begins; empty on the last one."""

    customers: tuple[Untold, ...]
    next: str


def untold(connection: Connection, it: Incident, after: str = "", limit: int = PAGE) -> Page:
    """Customers of priority first, then by number. `after` is a former page's `next`. Raises RuleBroken for one that
    is none."""
    last, a, c = t.delivery.alias("last"), t.audience.c, t.customer.c
    asked = (
        select(
            *(c.id, c.reference, a.priority, a.language, a.services, a.impact, a.address, a.over_at),
            *(last.c.reason, last.c.channel, last.c.state),
            func.coalesce(last.c.final_at, t.notice.c.created_at).label("tried_at"),
        )
        .select_from(t.audience)
        .join(t.customer, c.id == a.customer_id)
        .outerjoin(last, last.c.id == last_word())
        .outerjoin(t.notice, t.notice.c.id == last.c.notice_id)
        .where(hurt(it.id), nobody_told_them())
        .order_by(a.priority.desc(), a.customer_id)
        .limit(limit + 1)
    )
    if after:
        priority, key = _place(after)
        asked = asked.where(or_(a.priority < priority, and_(a.priority == priority, a.customer_id > key)))
    rows = connection.execute(asked).all()
    shown, more = rows[:limit], rows[limit:]
    return Page(
        tuple(
            Untold(
                customer=row.reference,
                priority=row.priority,
                language=row.language,
                services=tuple(kind.value for kind in kinds(row.services)),
                impact=Impact(row.impact).word,
                reason=(reason := why_untold(it, row.reason)),
                unreachable=reason in NO_WAY,
                channel=row.channel or "",
                state=row.state or "",
                tried_at=row.tried_at,
                address=masked(row.address),
                back=row.over_at is not None,
            )
            for row in shown
        ),
        f"{shown[-1].priority}.{shown[-1].id}" if more else "",
    )


def _place(after: str) -> tuple[int, int]:
    priority, dot, key = after.partition(".")
    if not dot or not (priority.isdecimal() and key.isdecimal()) or len(after) > 28:
        raise RuleBroken("this is no place in the list; begin with its first page")
    return int(priority), int(key)
