"""Announced work whose end has passed becomes an outage by itself: same incident, same reference, fresh clocks.

Why it stays the same incident: docs/decisions/0021-work-that-becomes-an-outage.md.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from tellfirst.delivery import stopping
from tellfirst.domain.audience import Whom
from tellfirst.domain.errors import LostRace
from tellfirst.domain.incident import Kind
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.playbook import Playbook
from tellfirst.notices.speaking import Spoken, Voice, speak
from tellfirst.store import incidents, playbook_copy
from tellfirst.store.announced import announced

REASON = "announced_end_has_passed"


def become_outage(
    connection: Connection, reference: str, books: Mapping[str, Playbook], voice: Voice
) -> Spoken | None:
    """Turn the incident into an outage and tell whoever waits, with the rhythm of its new playbook.

    Its clocks begin at the announced end, which the incident keeps as `ends_at`. None when nobody waits or sending
    is stopped; the word promised last goes on being owed. Raises LostRace when its end has not passed.
    """
    it = incidents.by_reference(connection, reference)
    work = announced(connection, it, voice.now)
    if work is None or not work.becomes_outage(voice.now):
        raise LostRace(f"{reference} is no announced work whose end has passed")
    incidents.change(
        connection,
        it,
        kind=Kind.OUTAGE,
        ends_at=work.window.ends_at,
        # What was announced is not an estimate any more, and whom it hits is weighed by the new playbook.
        estimate_at=None,
        footprint_changed=True,
        next_due_at=voice.now,
        **_playbook(it.playbook, books),
    )
    book = incidents.by_reference(connection, reference).playbook
    incidents.note(
        connection,
        it.id,
        voice.now,
        "became_outage",
        REASON,
        ends_at=work.window.ends_at.isoformat(),
        playbook=book.name if book else "",
    )
    if stopping.nothing_new(connection, it.id, voice.now):
        return None
    return speak(connection, reference, Occasion.UPDATE, Whom.WAITING, REASON, voice)


def _playbook(book: Playbook | None, books: Mapping[str, Playbook]) -> dict[str, Any]:
    """The copy that takes over. Where the named one is gone, what was planned for the work goes on being the plan."""
    wanted = book.planned.becomes if book and book.planned else ""
    if wanted not in books:
        return {}
    return {"playbook": playbook_copy.to_json(books[wanted]), "severity": books[wanted].severity}
