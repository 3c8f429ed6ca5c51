"""The work gate: may this work take place as planned? Each reason against it has a name and a cure.

Asked by people before they announce work, and by the pipelines that would otherwise just begin it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.impact import Impact
from tellfirst.domain.lead import LeadRule, first_start, lead_of
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.quiet_hours import quiet_until
from tellfirst.works.impact import CollisionKind, WorkImpact, impact_of
from tellfirst.works.plans import Plan


class GateReason(StrEnum):
    """Why work may not take place as planned."""

    UNKNOWN_CIRCUIT = "unknown_circuit"
    NO_PLAYBOOK = "no_playbook"
    HAS_ENDED = "has_ended"
    ALREADY_BEGUN = "already_begun"
    LEAD_MISSED = "lead_missed"
    LEAD_FALLS_INTO_THE_NIGHT = "lead_falls_into_the_night"
    OUTAGE_BY_OVERLAP = "outage_by_overlap"
    ALREADY_BROKEN = "already_broken"
    NOBODY_HIT = "nobody_hit"
    """Said, and no reason to stop: nobody loses anything."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `reason` None: it holds. `blocks`: the gate is shut because of it."""

    about: str
    says: str
    reason: GateReason | None = None
    cure: str = ""
    blocks: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """All that was looked at, the good and the bad, in order."""

    plan: Plan
    impact: WorkImpact
    findings: tuple[Finding, ...]

    @property
    def is_open(self) -> bool:
        return not any(one.blocks for one in self.findings)


def judge(
    connection: Connection,
    plan: Plan,
    book: Playbook | None,
    policies: Sequence[LeadRule],
    now: datetime,
    zone: str = "UTC",
    together: Sequence[Plan] = (),
) -> Judged:
    """Look at work that would be announced at `now`. `policies` are the leads of the packs that are on.

    `zone` is where its customers live, for the playbook's days and nights; the work's own goes before;
    `together` are the works that are planned with it. Raises RuleBroken for a network that goes round in a circle.
    """
    zone = plan.zone or zone
    impact = impact_of(connection, plan, now, book.tell_from if book else Impact.DEGRADED, together)
    findings = [*_known(plan, book, now)]
    rules: list[LeadRule] = list(policies)
    if book and book.planned:
        rules.insert(0, lead_of(f"playbook {book.name}", book.planned.lead, zone))
    if impact.customer_count or plan.unknown:
        findings += [_lead(rule, plan, book, now, zone) for rule in rules]
    else:
        findings.append(
            Finding(
                "customers",
                "nobody loses anything; no lead is owed",
                GateReason.NOBODY_HIT,
                "look at its elements if you expected otherwise",
            )
        )
    return Judged(plan, impact, (*findings, *_collisions(impact, zone)))


def _known(plan: Plan, book: Playbook | None, now: datetime) -> list[Finding]:
    findings = []
    if plan.has_ended:
        findings.append(
            _shut("status", "it is cancelled or completed", GateReason.HAS_ENDED, "announce it anew")
        )
    elif plan.window.starts_at <= now:
        cure = "open an incident for what it breaks, or move it"
        findings.append(_shut("window", "it has begun already", GateReason.ALREADY_BEGUN, cure))
    if plan.unknown:
        named = ", ".join(plan.unknown[:5])
        cure = "say which elements they are with `tellfirst work map`"
        says = f"{len(plan.unknown)} circuits are unknown: {named}"
        findings.append(_shut("circuits", says, GateReason.UNKNOWN_CIRCUIT, cure))
    if book is None or book.planned is None:
        cure = "add one with a section `planned`, or name it in the column `playbook` where there are several"
        findings.append(_shut("playbook", "no playbook is for it", GateReason.NO_PLAYBOOK, cure))
    return findings


def _lead(rule: LeadRule, plan: Plan, book: Playbook | None, now: datetime, zone: str) -> Finding:
    about = f"lead of {rule.name}"
    by = rule.tell_by(plan.window)
    if by is None:
        return Finding(about, "none is owed for work as short as this")
    says = f"{rule.words}: customers are to be told by {_face(by, zone)}"
    if by < now:
        return _shut(
            about, f"{says}, which has passed", GateReason.LEAD_MISSED, _later(rule, plan, now, zone)
        )
    morning = quiet_until(book.quiet_hours, zone, now) if book and book.quiet_hours else None
    if morning and by < morning:
        says += f", and texts wait for the end of the night at {_face(morning, zone)}"
        return _shut(about, says, GateReason.LEAD_FALLS_INTO_THE_NIGHT, _later(rule, plan, morning, zone))
    return Finding(about, says)


def _later(rule: LeadRule, plan: Plan, told_at: datetime, zone: str) -> str:
    try:
        start = first_start(rule, plan.window, told_at, zone)
    except RuleBroken as broken:
        return str(broken)
    return f"move it to {_face(start, zone)} or later, or treat it as an outage if it cannot wait"


def _collisions(impact: WorkImpact, zone: str) -> list[Finding]:
    findings = []
    for one in impact.collisions:
        where = f"{one.element_count} elements ({', '.join(one.elements)})"
        when = f"{_face(one.since, zone)} to {_face(one.until, zone)}"
        if one.kind is CollisionKind.OUTAGE_BY_OVERLAP:
            says = f"together with {one.beside} it leaves {where} {one.worst.word} from {when}"
            grave = one.worst >= Impact.DEGRADED
            cure = f"move it out of that time, or agree with whoever does {one.beside}"
            reason = GateReason.OUTAGE_BY_OVERLAP
        else:
            says = f"{where} have failed already ({one.beside})"
            grave, reason = True, GateReason.ALREADY_BROKEN
            cure = f"wait until {one.beside} is restored, or make the repair part of it"
        findings.append(Finding(f"beside {one.beside}", says, reason, cure, blocks=grave))
    return findings


def _shut(about: str, says: str, reason: GateReason, cure: str) -> Finding:
    return Finding(about, says, reason, cure, blocks=True)


def _face(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%a %d %b %Y %H:%M %Z}"
