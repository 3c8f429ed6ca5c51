"""The facts of a notice as CAP and as a calendar entry: which of our words is which of theirs."""

from tellfirst.carriers.webhook.calendar import PlannedWork, WorkImpact, WorkStatus, calendar_text
from tellfirst.carriers.webhook.cap import (
    Alert,
    Certainty,
    MessageType,
    Severity,
    Urgency,
    Words,
    alert_xml,
    cap_time,
)
from tellfirst.carriers.webhook.told import Told
from tellfirst.domain.facts import Cause
from tellfirst.domain.impact import Impact
from tellfirst.domain.message import Message
from tellfirst.domain.occasion import Occasion

SEVERITY = {
    Impact.DOWN: Severity.SEVERE,
    Impact.DEGRADED: Severity.MODERATE,
    Impact.AT_RISK: Severity.MINOR,
    Impact.OK: Severity.UNKNOWN,
}
"""Extreme is for danger to life; no fact of ours says that."""
WORK_IMPACT = {
    Impact.DOWN: WorkImpact.OUTAGE,
    Impact.DEGRADED: WorkImpact.DEGRADED,
    Impact.AT_RISK: WorkImpact.REDUCED_REDUNDANCY,
    Impact.OK: WorkImpact.NO_IMPACT,
}
EVENT = {
    Impact.DOWN: "service outage",
    Impact.DEGRADED: "service degradation",
    Impact.AT_RISK: "service at risk",
    Impact.OK: "service not affected",
}
"""CAP's event is read by machines, so it is English in every language."""


def cap_of(told: Told, message: Message, sender: str) -> str:
    """The alert in the words of the message; empty for a survey, which alerts nobody.

    Without knowledge of what came before, an Update would reference nothing, which CAP does not allow; it is
    then an Alert of its own, tied to the others by `incidents`.
    """
    facts = told.facts
    if told.occasion is Occasion.SURVEY:
        return ""
    references = tuple((_identifier(told, one.sequence), one.stated_at) for one in told.earlier)
    is_past = told.is_over
    expires = facts.next_update_at
    alert = Alert(
        identifier=_identifier(told, facts.sequence),
        sender=sender,
        sender_name=facts.company,
        sent=facts.stated_at,
        kind=_kind(told) if references else MessageType.ALERT,
        restriction=f"For customers of {facts.company} whom {facts.reference} affects",
        incident=facts.reference,
        urgency=_urgency(told),
        severity=SEVERITY[told.impact],
        certainty=_certainty(told),
        words=(
            Words(
                language=told.locale,
                event=f"{' and '.join(told.services)} {EVENT[told.impact]}",
                area=facts.place,
                headline=message.subject,
                description=message.text,
            ),
        ),
        references=references,
        all_clear=is_past,
        onset=None if told.was_never_hit else facts.started_at,
        expires=expires if expires and expires > facts.stated_at and not is_past else None,
        web=facts.page,
        contact=facts.contact,
        parameters=tuple(_parameters(told)),
    )
    return alert_xml(alert)


def calendar_of(told: Told, message: Message, sender: str, account: str) -> str:
    """The calendar entry of planned work whose end is known; empty for everything else."""
    facts = told.facts
    ends_at = facts.ended_at or facts.estimate_at or facts.window_until
    if facts.cause is not Cause.PLANNED_WORK or told.occasion is Occasion.SURVEY:
        return ""
    starts_at = facts.window_from or facts.started_at
    if ends_at is None or ends_at <= starts_at:
        return ""
    work = PlannedWork(
        provider=sender.partition("@")[2],
        account=account,
        work=facts.reference,
        objects=tuple(told.services),
        impact=WORK_IMPACT[told.impact],
        status=_status(told),
        starts_at=starts_at,
        ends_at=ends_at,
        stated_at=facts.stated_at,
        sequence=facts.sequence,
        summary=message.subject or f"{facts.reference}: {facts.place}",
        organizer_mail=sender,
        organizer_name=facts.company,
        description=message.text,
    )
    return calendar_text(work)


def _identifier(told: Told, sequence: int) -> str:
    return f"{told.facts.reference}.{sequence}"


def _kind(told: Told) -> MessageType:
    return MessageType.CANCEL if told.was_never_hit else MessageType.UPDATE


def _urgency(told: Told) -> Urgency:
    if told.is_over:
        return Urgency.PAST
    return Urgency.EXPECTED if told.facts.started_at > told.facts.stated_at else Urgency.IMMEDIATE


def _certainty(told: Told) -> Certainty:
    if told.impact is Impact.AT_RISK:
        return Certainty.POSSIBLE
    return Certainty.LIKELY if told.facts.started_at > told.facts.stated_at else Certainty.OBSERVED


def _status(told: Told) -> WorkStatus:
    if told.was_never_hit:
        return WorkStatus.CANCELLED
    if told.is_over:
        return WorkStatus.COMPLETED
    is_ahead = told.facts.started_at > told.facts.stated_at
    return WorkStatus.CONFIRMED if is_ahead else WorkStatus.IN_PROCESS


def _parameters(told: Told) -> list[tuple[str, str]]:
    """Facts CAP has no element for, under the names they have in our JSON."""
    facts = told.facts
    moments = {"next_update_at": facts.next_update_at, "estimate_at": facts.estimate_at}
    return [
        ("cause", facts.cause),
        ("action", facts.action),
        ("impact", told.impact.word),
        ("emergency_calls", str(facts.emergency_calls).lower()),
        *((name, cap_time(moment)) for name, moment in moments.items() if moment),
    ]
