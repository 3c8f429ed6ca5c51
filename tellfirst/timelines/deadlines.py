"""The ledger of deadlines: laid from policy at every change, judged by what has happened.

Laying twice changes nothing. When a deadline is laid says nothing about it: it is counted from facts in the books.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from tellfirst.domain.deadline import (
    BY_PERSON,
    KNOWLEDGE,
    Anchor,
    DeadlineName,
    DeadlineReason,
    DeadlineState,
    Hearer,
    judge,
)
from tellfirst.domain.due import DeadlineRule, Place, due_at, dues
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.incident import Stage
from tellfirst.domain.laying import Key, Laid, Laying, Wanted, same_rhythm
from tellfirst.domain.laying import lay as difference
from tellfirst.domain.times import utc
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident
from tellfirst.timelines.applying import Applied, Standing, apply
from tellfirst.timelines.happened import Happened, happened
from tellfirst.timelines.packs import Policy
from tellfirst.timelines.playbook_deadlines import with_playbook


def lay(connection: Connection, reference: str, policy: Policy, now: datetime) -> None:
    """Lay what one incident owes, by the packs that bind it now."""
    it = incidents.by_reference(connection, reference)
    _lay(connection, it, policy, happened(connection, [it.id])[it.id], now)


def keep(connection: Connection, policy: Policy, now: datetime) -> int:
    """Lay and judge everything that still runs. How many deadlines were found missed."""
    i = t.incident.c
    running = connection.execute(
        select(i.id, i.reference).where(i.stage != Stage.CLOSED).order_by(i.id)
    ).all()
    facts = happened(connection, [row.id for row in running])
    for row in running:
        _lay(connection, incidents.by_reference(connection, row.reference), policy, facts[row.id], now)
    return judge_all(connection, now)


def _lay(connection: Connection, it: Incident, policy: Policy, facts: Happened, now: datetime) -> None:
    applied = apply(connection, it, policy, now)
    laid = _laid(connection, it.id)
    place = policy.place(now, applied.site_zone)
    wanted = [
        one
        for standing in applied.standings
        if standing.binds
        for rule in _rules(standing, it)
        for one in _wanted(standing, rule, facts, place, laid, now)
    ]
    found = difference(wanted, laid, now)
    _write(connection, it, found, applied, now)


def _rules(standing: Standing, it: Incident) -> Iterable[DeadlineRule]:
    rules = [one.rules[it.severity] for one in standing.pack.clocks if it.severity in one.rules]
    return with_playbook(rules, standing.pack.id, it.playbook)


def _wanted(
    standing: Standing, rule: DeadlineRule, facts: Happened, place: Place, laid: list[Laid], now: datetime
) -> Iterator[Wanted]:
    key = Key(standing.pack.id, rule.name, rule.hearer, rule.anchor)
    if rule.anchor is Anchor.REPORTED:
        asked = (
            facts.contacts if rule.name is DeadlineName.ANSWER else [o for o in facts.contacts if o.reports]
        )
        for contact in asked:
            due = due_at(rule, {Anchor.REPORTED: contact.received_at}, place)
            assert due is not None
            about = replace(key, subject=contact.id)
            yield Wanted(about, contact.received_at, contact.received_at, due, due - contact.received_at)
        return
    anchors = _counted_from(standing, facts.anchors)
    its = [one for one in laid if replace(one.key, number=1) == key]
    found = dues(rule, anchors, place, now)
    steady = rule.repeat is None or same_rhythm(found, its)
    for number, due in enumerate(found, start=1):
        before = found[number - 2] if number > 1 else anchors[rule.anchor]
        if steady or due > now:
            yield Wanted(replace(key, number=number), anchors[rule.anchor], before, due, due - before)


def _counted_from(standing: Standing, anchors: Mapping[Anchor, datetime]) -> dict[Anchor, datetime]:
    """Who is promoted into a pack in mid-life could not keep its clocks before: what we knew counts from then on."""
    if not standing.promoted or standing.since_at is None:
        return dict(anchors)
    since = standing.since_at
    return {anchor: max(at, since) if anchor in KNOWLEDGE else at for anchor, at in anchors.items()}


def _laid(connection: Connection, incident_id: int) -> list[Laid]:
    rows = connection.execute(select(t.deadline).where(t.deadline.c.incident_id == incident_id))
    return [
        Laid(
            row.id,
            _key(row),
            row.due_at,
            DeadlineState(row.state),
            DeadlineReason(row.reason) if row.reason else None,
        )
        for row in rows
    ]


def _key(row: Row[Any]) -> Key:
    return Key(
        row.pack,
        DeadlineName(row.name),
        Hearer(row.audience),
        Anchor(row.anchor),
        row.subject,
        row.number,
    )


def _write(connection: Connection, it: Incident, found: Laying, applied: Applied, now: datetime) -> None:
    d = t.deadline
    if found.new:
        connection.execute(insert(d), [_new(it.id, one) for one in found.new])
    for key, due in {**found.moved, **found.reopened}.items():
        values = {"due_at": due, "state": DeadlineState.OPEN, "reason": None, "settled_at": None}
        connection.execute(update(d).where(d.c.id == key).values(**values))
    standings = {one.pack.id: one for one in applied.standings}
    for row in found.void:
        reason = _void_reason(standings.get(row.key.pack))
        values = {"state": DeadlineState.VOID, "reason": reason, "settled_at": now}
        connection.execute(update(d).where(d.c.id == row.id).values(**values))
    for row_id in found.moved:
        incidents.note(connection, it.id, now, "deadline", "moved_earlier", deadline=row_id)


def _new(incident_id: int, one: Wanted) -> dict[str, Any]:
    return {
        "incident_id": incident_id,
        "pack": one.key.pack,
        "name": one.key.name,
        "audience": one.key.hearer,
        "anchor": one.key.anchor,
        "subject": one.key.subject,
        "number": one.key.number,
        "anchor_at": one.anchor_at,
        "counts_from": one.counts_from,
        "due_at": one.due_at,
        "state": DeadlineState.OPEN,
    }


def _void_reason(standing: Standing | None) -> DeadlineReason:
    if standing is None or standing.since_at is None:
        return DeadlineReason.PACK_LEFT
    return DeadlineReason.EXEMPT if standing.exempt else DeadlineReason.NO_LONGER_ASKED


def judge_all(connection: Connection, now: datetime) -> int:
    """Hold every deadline that is not settled against the books. How many were found missed just now."""
    rows = connection.execute(select(t.deadline).where(_unsettled()).order_by(t.deadline.c.id)).all()
    facts = happened(connection, sorted({row.incident_id for row in rows}))
    missed = 0
    for row in rows:
        missed += _judge(connection, row, facts[row.incident_id], now)
    return missed


def _unsettled() -> ColumnElement[bool]:
    """What only a person can say is done is looked at until it is missed, and no longer."""
    d = t.deadline.c
    late = (d.state == DeadlineState.MISSED) & d.settled_at.is_(None) & d.name.not_in(BY_PERSON)
    return or_(d.state == DeadlineState.OPEN, late)


def _judge(connection: Connection, row: Row[Any], facts: Happened, now: datetime) -> bool:
    name = DeadlineName(row.name)
    done_at = facts.done_at(name, row.subject, row.counts_from)
    found = judge(row.due_at, done_at, None if name in BY_PERSON else _over_at(name, facts), now)
    if found is None or (found.state == row.state and found.reason == row.reason):
        return False
    _settle(connection, row.id, found.state, found.reason, found.settled_at, found.late_by)
    newly = found.state is DeadlineState.MISSED and row.state == DeadlineState.OPEN
    if newly:
        incidents.note(
            connection,
            row.incident_id,
            now,
            "deadline",
            f"missed:{row.name}",
            pack=row.pack,
            audience=row.audience,
            due_at=row.due_at.isoformat(),
        )
    return newly


def _over_at(name: DeadlineName, facts: Happened) -> datetime | None:
    """A word is owed while customers wait, everything else until the incident is closed."""
    verified = facts.anchors.get(Anchor.VERIFIED)
    while_out = name in (DeadlineName.UPDATE, DeadlineName.ESTIMATE, DeadlineName.ACKNOWLEDGE)
    return verified if while_out and verified else facts.closed_at


def _settle(connection: Connection, key: int, state: str, reason: str, at: Any, late_by: Any) -> None:
    late = None if late_by is None else int(late_by.total_seconds())
    connection.execute(
        update(t.deadline)
        .where(t.deadline.c.id == key)
        .values(state=state, reason=reason, settled_at=at, late_by_seconds=late)
    )


def fulfil(
    connection: Connection, it: Incident, pack: str, name: DeadlineName, at: datetime, by: str, now: datetime
) -> int:
    """A person says that what these books cannot see was done `at`. How many deadlines it settles.

    Raises RuleBroken for one that is judged by the books, that there is not, or for a time still to come.
    """
    if name not in BY_PERSON:
        raise RuleBroken(
            f"{name} is judged by what happened; only {', '.join(sorted(BY_PERSON))} can be said"
        )
    if utc(at) > now:
        raise RuleBroken(f"{at.isoformat()} is still to come; say when it was done")
    d = t.deadline.c
    its = (d.incident_id == it.id, d.pack == pack, d.name == name, d.settled_at.is_(None))
    rows = connection.execute(select(t.deadline).where(*its)).all()
    if not rows:
        raise RuleBroken(f"{it.reference} owes no {name} by {pack}; `tellfirst deadlines` lists what it owes")
    for row in rows:
        found = judge(row.due_at, utc(at), None, now)
        assert found is not None
        _settle(connection, row.id, found.state, found.reason, found.settled_at, found.late_by)
        connection.execute(update(t.deadline).where(d.id == row.id).values(settled_by=by))
    incidents.note(connection, it.id, now, "deadline", f"fulfilled:{name}", actor=by, pack=pack)
    return len(rows)
