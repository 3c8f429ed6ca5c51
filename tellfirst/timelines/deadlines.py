"""The ledger of deadlines: laid from policy at every change; judging.py holds them against what has happened.

Laying twice changes nothing. When a deadline is laid says nothing about it: it is counted from facts in the books.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from tellfirst.domain.deadline import (
    KNOWLEDGE,
    Anchor,
    DeadlineName,
    DeadlineReason,
    DeadlineState,
    Hearer,
)
from tellfirst.domain.due import DeadlineRule, Place, due_at, dues
from tellfirst.domain.incident import Stage
from tellfirst.domain.laying import Key, Laid, Laying, Wanted, same_rhythm
from tellfirst.domain.laying import lay as difference
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident
from tellfirst.timelines.applying import Applied, Standing, apply
from tellfirst.timelines.happened import Happened, happened, with_contacts
from tellfirst.timelines.judging import judge_all
from tellfirst.timelines.packs import Policy
from tellfirst.timelines.playbook_deadlines import with_playbook


def lay(connection: Connection, reference: str, policy: Policy, now: datetime) -> None:
    """Lay what one incident owes, by the packs that bind it now."""
    it = incidents.by_reference(connection, reference)
    _lay(connection, it, policy, happened(connection, [it.id])[it.id], now)


def keep(connection: Connection, policy: Policy, now: datetime) -> int:
    """Lay and judge everything that still runs. How many deadlines were found missed."""
    running = _running(connection)
    facts = happened(connection, [row.id for row in running])
    for row in running:
        if _changed(row, policy, facts[row.id], now):
            _lay(connection, incidents.by_reference(connection, row.reference), policy, facts[row.id], now)
    return judge_all(connection, now)


def _running(connection: Connection) -> Sequence[Row[Any]]:
    i, s = t.incident.c, t.incident_scope.c
    asked = select(i.id, i.reference, i.version, s.digest, s.again_at)
    its = asked.outerjoin(t.incident_scope, s.incident_id == i.id).where(i.stage != Stage.CLOSED)
    return connection.execute(its.order_by(i.id)).all()


def _changed(row: Row[Any], policy: Policy, facts: Happened, now: datetime) -> bool:
    """Or time itself may have: the next word of a rhythm, a duration that makes a pack bind."""
    if row.digest != _digest(row.version, policy, facts):
        return True
    return row.again_at is not None and row.again_at <= now


def _digest(version: int, policy: Policy, facts: Happened) -> str:
    return sha256(f"{version} {policy.version} {facts.digest()}".encode()).hexdigest()[:16]


def _lay(connection: Connection, it: Incident, policy: Policy, facts: Happened, now: datetime) -> None:
    facts = with_contacts(connection, it.id, facts)
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
    marks = [one.due_at for one in wanted if one.key.name is DeadlineName.UPDATE and one.due_at > now]
    again_at = min([*marks, *([applied.again_at] if applied.again_at else [])], default=None)
    s = t.incident_scope
    values = {"digest": _digest(it.version, policy, facts), "again_at": again_at}
    connection.execute(update(s).where(s.c.incident_id == it.id).values(**values))


def _rules(standing: Standing, it: Incident) -> Iterable[DeadlineRule]:
    rules = [one.rules[it.severity] for one in standing.pack.clocks if it.severity in one.rules]
    return with_playbook(rules, standing.pack.id, it.playbook)


def _wanted(
    standing: Standing, rule: DeadlineRule, facts: Happened, place: Place, laid: list[Laid], now: datetime
) -> Iterator[Wanted]:
    key = Key(standing.pack.id, rule.name, rule.hearer, rule.anchor)
    if rule.anchor is Anchor.REPORTED:
        for contact in facts.contacts.values():
            if rule.name is not DeadlineName.ANSWER and not contact.reports:
                continue
            due = due_at(rule, {Anchor.REPORTED: contact.received_at}, place)
            assert due is not None
            about = replace(key, subject=contact.id)
            yield Wanted(about, contact.received_at, contact.received_at, due, due - contact.received_at)
        return
    anchors = _counted_from(standing, facts.anchors)
    # Of a contact there are as many rows as contacts, and none of them repeats.
    its = [one for one in laid if not one.key.subject and replace(one.key, number=1) == key]
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
