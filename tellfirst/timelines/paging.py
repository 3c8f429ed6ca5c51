"""What the control room reads when it is paged about a silent incident, and the entry in the incident's log."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from tellfirst.domain.approval import ApprovalState
from tellfirst.store import approvals, incidents
from tellfirst.store.incidents import Incident

NO_FIRST_WORD = "no_first_word"


@dataclass(frozen=True, slots=True)
class Paged:
    """What the control room reads."""

    sentence: str


def page(connection: Connection, reference: str, reason: str, now: datetime) -> Paged:
    """Note in the incident's log that the control room was paged, and why. Raises NotFound."""
    it = incidents.by_reference(connection, reference)
    waits = _waits_for(connection, it)
    incidents.note(connection, it.id, now, "paged", reason, waits_for=waits)
    minutes = int((now - it.opened_at).total_seconds() // 60)
    return Paged(f"open for {minutes} minutes and nobody has been told; it {waits}")


def _waits_for(connection: Connection, it: Incident) -> str:
    if it.held:
        return f"is held: {it.held}"
    question = approvals.latest(connection, it.id)
    if it.approval_needed and question and question.state in (ApprovalState.OPEN, ApprovalState.DECLINED):
        return f"waits for approval ({question.state})"
    return f"stands at {it.stage}"
