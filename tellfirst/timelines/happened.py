"""What has happened in incidents, out of the books: from what deadlines are counted, and by what they are met."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from tellfirst.domain.audience import Whom
from tellfirst.domain.deadline import Anchor, DeadlineName, DeadlineState
from tellfirst.domain.delivery import DeliveryState
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.domain.pack import HOUSE_DEFAULT
from tellfirst.store import tables as t
from tellfirst.timelines.measuring import REPORTING

SHARES = {
    DeadlineName.PUSH_STARTED_BY: 0.0,
    DeadlineName.PUSH_P50_BY: 0.5,
    DeadlineName.PUSH_P95_BY: 0.95,
}
"""Of the messages of the first word that have to be handed over."""


@dataclass(frozen=True, slots=True)
class Contact:
    """What one customer brought. `reports`: that their service fails."""

    id: int
    received_at: datetime
    answered_at: datetime | None
    reports: bool


@dataclass(frozen=True, slots=True)
class Happened:
    """One incident. `words` are the times at which everybody who waits had heard again, in order."""

    anchors: dict[Anchor, datetime] = field(default_factory=dict)
    done: dict[DeadlineName, datetime] = field(default_factory=dict)
    words: list[datetime] = field(default_factory=list)
    brought: tuple[int, int] = (0, 0)
    """How many contacts there are, and the last of them."""
    contacts: dict[int, Contact] = field(default_factory=dict)
    closed_at: datetime | None = None

    def digest(self) -> str:
        """Changes with everything that deadlines are counted from; when a contact was answered is no part of it."""
        return repr((sorted(self.anchors.items()), self.brought))

    def done_at(self, name: DeadlineName, subject: int, counts_from: datetime) -> datetime | None:
        """When what a deadline asks for was done; None while it was not."""
        if name is DeadlineName.UPDATE:
            return next((at for at in self.words if at > counts_from), None)
        if name in (DeadlineName.ANSWER, DeadlineName.RECEIPT):
            brought = self.contacts.get(subject)
            return brought.answered_at if brought else None
        return self.done.get(name)


def happened(connection: Connection, incident_ids: Sequence[int]) -> Mapping[int, Happened]:
    """The facts of these incidents, in a few statements for all of them."""
    found = {one: Happened() for one in incident_ids}
    _incidents(connection, found)
    _acknowledged(connection, found)
    _notices(connection, found)
    _told(connection, found)
    _restored(connection, found)
    _brought(connection, found)
    return found


def _incidents(connection: Connection, found: dict[int, Happened]) -> None:
    i, w = t.incident.c, t.work.c
    asked = select(i.id, i.started_at, i.opened_at, i.verified_at, i.closed_at, w.starts_at, w.ends_at)
    for row in connection.execute(
        asked.outerjoin(t.work, w.incident_id == i.id).where(i.id.in_(list(found)))
    ):
        known = {
            Anchor.STARTED: row.started_at,
            Anchor.DETECTED: row.opened_at,
            Anchor.VERIFIED: row.verified_at,
            Anchor.WORK_STARTS: row.starts_at,
            Anchor.WORK_ENDS: row.ends_at,
        }
        done = {DeadlineName.RESTORE: row.verified_at, DeadlineName.CLOSE: row.closed_at}
        one = found[row.id] = Happened(closed_at=row.closed_at)
        one.anchors.update({anchor: at for anchor, at in known.items() if at})
        one.done.update({name: at for name, at in done.items() if at})


def _acknowledged(connection: Connection, found: Mapping[int, Happened]) -> None:
    """Somebody said so, or spoke about it: who speaks has seen it."""
    k, w = t.acknowledgement.c, t.word.c
    ids = list(found)
    said = select(k.incident_id, k.at).where(k.incident_id.in_(ids))
    spoke = select(w.incident_id, func.min(w.at).label("at")).where(w.incident_id.in_(ids))
    for row in [*connection.execute(said), *connection.execute(spoke.group_by(w.incident_id))]:
        one = found[row.incident_id]
        first = min(row.at, one.anchors.get(Anchor.ACKNOWLEDGED, row.at))
        one.anchors[Anchor.ACKNOWLEDGED] = one.done[DeadlineName.ACKNOWLEDGE] = first


def _notices(connection: Connection, found: Mapping[int, Happened]) -> None:
    n = t.notice.c
    asked = select(n.incident_id, n.occasion, n.whom, n.created_at, n.spoken_at, n.estimate_at)
    rows = connection.execute(
        asked.where(n.incident_id.in_(list(found)), n.halted_at.is_(None)).order_by(n.spoken_at, n.id)
    )
    for row in rows:
        one = found[row.incident_id]
        if row.occasion == Occasion.FIRST_WORD:
            # The status page shows it from this moment on, however long its messages take.
            _first(one, DeadlineName.PUBLIC_BY, row.created_at)
        if row.spoken_at is None:
            continue
        if row.estimate_at is not None:
            _first(one, DeadlineName.ESTIMATE, row.spoken_at)
        if row.whom == Whom.WAITING:
            one.words.append(row.spoken_at)


def _first(one: Happened, name: DeadlineName, at: datetime) -> None:
    one.done[name] = min(at, one.done.get(name, at))


def _told(connection: Connection, found: Mapping[int, Happened]) -> None:
    """When the first word was handed over. Looking through a million messages is done once: a deadline remembers."""
    d = t.deadline.c
    asked = select(d.incident_id, func.min(d.anchor_at)).where(
        d.incident_id.in_(list(found)), d.anchor == Anchor.TOLD, d.pack == HOUSE_DEFAULT
    )
    for incident_id, at in connection.execute(asked.group_by(d.incident_id)):
        found[incident_id].anchors[Anchor.TOLD] = at
    unknown = [key for key, one in found.items() if Anchor.TOLD not in one.anchors]
    for key, at in _handed_over(connection, unknown).items():
        found[key].anchors[Anchor.TOLD] = at
    _pushed(connection, found)


def _handed_over(connection: Connection, incident_ids: Iterable[int]) -> dict[int, datetime]:
    n, v = t.notice.c, t.delivery.c
    ids = list(incident_ids)
    if not ids:
        return {}
    rows = connection.execute(
        select(n.incident_id, func.min(v.handed_over_at))
        .join(t.delivery, v.notice_id == n.id)
        .where(n.incident_id.in_(ids), n.occasion == Occasion.FIRST_WORD, v.handed_over_at.is_not(None))
        .group_by(n.incident_id)
    )
    return {row[0]: row[1] for row in rows}


def _pushed(connection: Connection, found: Mapping[int, Happened]) -> None:
    """Of the first notice to the affected alone: whoever joined later was not to be told by then."""
    d, n, v = t.deadline.c, t.notice.c, t.delivery.c
    owed = select(d.incident_id).where(
        d.incident_id.in_(list(found)), d.name.in_(SHARES), d.settled_at.is_(None)
    )
    for incident_id in connection.scalars(owed.distinct()).all():
        first = select(func.min(n.id)).where(
            n.incident_id == incident_id, n.occasion == Occasion.FIRST_WORD, n.halted_at.is_(None)
        )
        can_be = (v.channel != Channel.NONE, v.state.not_in((DeliveryState.FAILED, DeliveryState.CANCELLED)))
        its = select(v.handed_over_at).where(v.notice_id == first.scalar_subquery(), *can_be)
        count = connection.execute(select(func.count()).select_from(its.subquery())).scalar_one()
        for name, share in SHARES.items():
            place = max(0, -int(-count * share // 1) - 1)
            at = connection.scalar(
                its.where(v.handed_over_at.is_not(None)).order_by(v.handed_over_at).offset(place).limit(1)
            )
            if at is not None:
                found[incident_id].done[name] = at


def _restored(connection: Connection, found: Mapping[int, Happened]) -> None:
    """When the last cause was reported gone, once all of them are."""
    c = t.incident_element.c
    left = func.count().filter(c.until_at.is_(None), c.withdrawn_at.is_(None))
    asked = select(c.incident_id, func.max(c.until_at)).where(c.incident_id.in_(list(found)))
    for incident_id, at in connection.execute(asked.group_by(c.incident_id).having(left == 0)):
        if at is not None:
            found[incident_id].anchors[Anchor.RESTORED] = at


def _brought(connection: Connection, found: dict[int, Happened]) -> None:
    c = t.contact.c
    asked = select(c.incident_id, func.count(), func.max(c.id)).where(c.incident_id.in_(list(found)))
    for incident_id, count, last in connection.execute(asked.group_by(c.incident_id)):
        found[incident_id] = replace(found[incident_id], brought=(count, last))


def with_contacts(connection: Connection, incident_id: int, facts: Happened) -> Happened:
    """The same with every contact of the incident: there may be thousands, and only laying needs all of them."""
    its = _contacts(connection, t.contact.c.incident_id == incident_id)
    return replace(facts, contacts={one.id: one for _, one in its})


def add_owed_contacts(connection: Connection, found: Mapping[int, Happened]) -> None:
    """The contacts to whom something is still owed."""
    d = t.deadline.c
    owed = select(d.subject).where(
        d.incident_id.in_(list(found)), d.subject > 0, d.state != DeadlineState.VOID, d.settled_at.is_(None)
    )
    for incident_id, one in _contacts(connection, t.contact.c.id.in_(owed)):
        found[incident_id].contacts[one.id] = one


def _contacts(connection: Connection, which: ColumnElement[bool]) -> Iterator[tuple[int, Contact]]:
    c = t.contact.c
    asked = select(c.incident_id, c.id, c.received_at, c.answered_at, c.kind).where(which).order_by(c.id)
    for row in connection.execute(asked):
        yield row.incident_id, Contact(row.id, row.received_at, row.answered_at, row.kind in REPORTING)
