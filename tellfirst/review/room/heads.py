"""How many of an incident's customers were told, how many were not and why: one look, which adds up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    Subquery,
    and_,
    case,
    func,
    or_,
    select,
)

from tellfirst.domain.audience import Over
from tellfirst.domain.delivery import HANDED_OVER, DeliveryReason, DeliveryState
from tellfirst.domain.incident import RUNNING
from tellfirst.domain.occasion import TOLD_BY
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident

NO_WAY = frozenset({DeliveryReason.NO_CONTACT_POINT, DeliveryReason.UNREACHABLE, DeliveryReason.OPTED_OUT})
"""Nothing of ours is left to try: a person may telephone, write a letter, or knock."""
_FARTHEST = {4: "delivered", 3: "sent", 2: "unconfirmed", 1: "covered_by_shared_contact"}
NOT_SAID = "not_said_yet"
WAITS_FOR_APPROVAL = "waits_for_approval"
HELD = "incident_is_held"
NEVER_SAID = "never_said"


@dataclass(frozen=True, slots=True)
class Heads:
    """Customers that the incident hurts or has hurt; the first three add up to `affected_count`."""

    affected_count: int = 0
    told_count: int = 0
    untold_count: int = 0
    """Not told yet, with something left to try or to decide."""
    unreachable_count: int = 0
    back_count: int = 0
    """Of all: verified to be back."""
    untold: Mapping[str, int] = field(default_factory=dict)
    """Those not told, unreachable ones included, by reason; the most first."""
    told: Mapping[str, int] = field(default_factory=dict)
    """Those told, by how far the message that got farthest has got."""
    counted_at: datetime | None = None
    """Where a count is kept for a while, when it was made."""


def heads(connection: Connection, it: Incident) -> Heads:
    """Of the incident as it stands."""
    words, last, a = first_words(it.id), t.delivery.alias("last"), t.audience.c
    farthest = func.coalesce(words.c.told, 0)
    back = func.count().filter(a.over == Over.BACK.value)
    rows = connection.execute(
        select(farthest.label("told"), last.c.reason, func.count().label("n"), back.label("b"))
        .select_from(t.audience)
        .outerjoin(words, words.c.customer_id == a.customer_id)
        # Only of the untold: a row looked up for each of a million told customers takes as long as all the rest.
        .outerjoin(last, and_(last.c.id == words.c.last, words.c.told == 0))
        .where(hurt(it.id))
        .group_by(farthest, last.c.reason)
    ).all()
    told: dict[str, int] = {}
    untold: dict[str, int] = {}
    for row in rows:
        into, word = (told, _FARTHEST[row.told]) if row.told else (untold, why_untold(it, row.reason))
        into[word] = into.get(word, 0) + row.n
    lost = sum(count for word, count in untold.items() if word in NO_WAY)
    return Heads(
        affected_count=sum(row.n for row in rows),
        told_count=sum(told.values()),
        untold_count=sum(untold.values()) - lost,
        unreachable_count=lost,
        back_count=sum(row.b for row in rows),
        untold=_most_first(untold),
        told=_most_first(told),
    )


def hurt(incident_id: int) -> ColumnElement[bool]:
    """Rows of the audience that count: affected at some time, and not by mistake."""
    a = t.audience.c
    truly = or_(a.over.is_(None), a.over != Over.WRONGLY_TOLD.value)
    return and_(a.incident_id == incident_id, a.affected_revision.is_not(None), truly)


def first_words(incident_id: int) -> Subquery:
    """Per customer: `told`, how far a word that tells of it got to them or to whoever shares their contact point, 0
    where none was handed over; and `last`, the newest row of such a word."""
    d, carrying = t.delivery.c, t.delivery.alias("carrying").c
    by_another = (
        select(carrying.id)
        .where(
            carrying.notice_id == d.notice_id,
            carrying.customer_id == d.covered_by,
            # A mail to the one is none to who shares the telephone with them.
            carrying.channel == d.channel,
            carrying.state.in_(HANDED_OVER),
        )
        .correlate(t.delivery)
        .exists()
    )
    far = case(
        (d.state == DeliveryState.DELIVERED, 4),
        (d.state == DeliveryState.SENT, 3),
        (d.state == DeliveryState.UNCONFIRMED, 2),
        (and_(d.covered_by.is_not(None), by_another), 1),
        else_=0,
    )
    chosen: Select[tuple[int, int, int]] = (
        select(
            d.customer_id,
            func.max(far).label("told"),
            func.max(d.id).label("last"),
        )
        .where(d.incident_id == incident_id, d.occasion.in_(TOLD_BY))
        .group_by(d.customer_id)
    )
    return chosen.subquery("words")


def nobody_told_them() -> ColumnElement[bool]:
    """Of a row of the audience: no word that tells of it was handed over to them, nor on the same channel to whoever
    shares their contact point. For a few of many this is a look into an index each."""
    a, d, carrying = t.audience.c, t.delivery.alias("theirs").c, t.delivery.alias("carrying").c
    words = and_(d.incident_id == a.incident_id, d.customer_id == a.customer_id, d.occasion.in_(TOLD_BY))
    direct = select(d.id).where(words, d.state.in_(HANDED_OVER)).correlate(t.audience).exists()
    same = and_(carrying.notice_id == d.notice_id, carrying.customer_id == d.covered_by)
    by_another = (
        select(d.id)
        .where(words, d.covered_by.is_not(None), same, carrying.channel == d.channel)
        .where(carrying.state.in_(HANDED_OVER))
        .correlate(t.audience)
        .exists()
    )
    return and_(~direct, ~by_another)


def last_word() -> ScalarSelect[int]:
    """Of a row of the audience: the newest row of a word that tells of it; NULL where nothing was tried."""
    a, d = t.audience.c, t.delivery.alias("tried").c
    newest = select(func.max(d.id)).where(
        d.incident_id == a.incident_id, d.customer_id == a.customer_id, d.occasion.in_(TOLD_BY)
    )
    return newest.correlate(t.audience).scalar_subquery()


def why_untold(it: Incident, reason: str | None) -> str:
    """The reason of the last try; where nothing was tried, why not."""
    if reason is not None:
        return reason
    if it.held:
        return HELD
    if it.approval_needed:
        return WAITS_FOR_APPROVAL
    return NOT_SAID if it.stage in RUNNING else NEVER_SAID


def _most_first(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))
