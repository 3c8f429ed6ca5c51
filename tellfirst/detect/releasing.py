"""A held incident goes on when a person has mended what it waited for."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from tellfirst.domain.approval import ApprovalState
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.playbook import Playbook
from tellfirst.store import approvals, incidents, playbook_copy
from tellfirst.store.incidents import Incident
from tellfirst.store.tables import signal


def release(
    connection: Connection, reference: str, books: Mapping[str, Playbook], now: datetime, actor: str
) -> None:
    """Let the incident be weighed and matched again; one without a playbook takes the one that fits by now.

    A declined audience is asked about again. Raises RuleBroken when it is not held. What still is not mended holds
    it again.
    """
    it = incidents.by_reference(connection, reference)
    if it.held is None and _asked_again(connection, it):
        incidents.change(connection, it, next_due_at=now)
        incidents.note(connection, it.id, now, "approval", "asked_again", actor=actor)
        return
    if it.held is None:
        raise RuleBroken(f"{reference} is not held; it goes on by itself")
    values: dict[str, Any] = {"held": None, "next_due_at": now}
    if it.playbook is None and (book := _fitting(connection, it.id, books)):
        values |= {"playbook": playbook_copy.to_json(book), "severity": book.severity}
    incidents.change(connection, it, **values)
    incidents.note(connection, it.id, now, "released", str(it.held), actor=actor)


def _asked_again(connection: Connection, it: Incident) -> bool:
    last = approvals.latest(connection, it.id)
    if not it.approval_needed or last is None or last.state is not ApprovalState.DECLINED:
        return False
    approvals.keep(connection, last, replace(last, state=ApprovalState.OUTDATED))
    return True


def _fitting(connection: Connection, incident_id: int, books: Mapping[str, Playbook]) -> Playbook | None:
    alerts = {
        labels.get("alertname")
        for labels in connection.scalars(select(signal.c.labels).where(signal.c.incident_id == incident_id))
    }
    return next((book for book in books.values() if alerts & set(book.alerts)), None)
