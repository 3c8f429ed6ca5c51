"""What an incident is judged by: computed from the books alone, at any time, as often as wanted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, select

from tellfirst.delivery.reaching import told_twice_count
from tellfirst.domain.errors import NotFound
from tellfirst.domain.promise import PromiseKind
from tellfirst.review.answers import Answers, answers
from tellfirst.review.frames import Frames, read_frames
from tellfirst.review.gaps import Findings, Gap, gaps, unknown_elements
from tellfirst.review.ledger import PromiseCounts, Promised, counted, ledger
from tellfirst.review.members import members
from tellfirst.review.reach import Reach, reach_by
from tellfirst.review.telling import Contacts, Telling, contacts, telling
from tellfirst.review.timetable import Notice, Silence, silence, timetable
from tellfirst.store import incidents
from tellfirst.store.tables import incident


@dataclass(frozen=True, slots=True)
class Measures:
    """Counts, times and spans; no customer is in it. Times are aware UTC, `zone` is where customers live."""

    reference: str
    measured_at: datetime
    zone: str
    telling: Telling
    contacts: Contacts
    words: PromiseCounts
    estimates: PromiseCounts
    promises: tuple[Promised, ...]
    silence: Silence
    notices: tuple[Notice, ...]
    by_channel: tuple[Reach, ...]
    by_language: tuple[Reach, ...]
    sent_again_count: int
    survey: Answers
    gaps: tuple[Gap, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values for the database; `from_json` gives the same measures back."""
        values: dict[str, Any] = TypeAdapter(Measures).dump_python(self, mode="json")
        return values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Measures":
        return TypeAdapter(cls).validate_python(values)


def measure(connection: Connection, incident_id: int, now: datetime) -> Measures:
    """The measures of an incident as its books stand at `now`. Raises NotFound when there is none."""
    reference = connection.scalar(select(incident.c.reference).where(incident.c.id == incident_id))
    if reference is None:
        raise NotFound(f"there is no incident number {incident_id}; `tellfirst incident list` shows all")
    it = incidents.by_reference(connection, reference)
    frames = read_frames(connection, it)
    table = members(frames)
    promises = ledger(connection, it.id)
    notices = timetable(connection, it.id, frames.deliveries, promises)
    by_channel = reach_by(frames.deliveries, "channel")
    zone = _zone(frames)
    found = Findings(
        telling=telling(table, it.opened_at, it.started_at),
        contacts=contacts(frames, table),
        promises=promises,
        silence=silence(notices, it, now),
        reach=by_channel,
        sent_again_count=int(frames.deliveries["resend_count"].sum()),
        told_twice_count=told_twice_count(connection, it.id),
        unknown_elements=unknown_elements(connection, it.id),
    )
    return Measures(
        reference=it.reference,
        measured_at=now,
        zone=zone,
        telling=found.telling,
        contacts=found.contacts,
        words=counted(promises, PromiseKind.NEXT_UPDATE),
        estimates=counted(promises, PromiseKind.RESTORATION),
        promises=promises,
        silence=found.silence,
        notices=notices,
        by_channel=by_channel,
        by_language=reach_by(frames.deliveries, "language"),
        sent_again_count=found.sent_again_count,
        survey=answers(frames),
        gaps=gaps(found, zone, it.opened_at),
    )


def _zone(frames: Frames) -> str:
    """Where most of the audience lives."""
    zones = frames.audience["zone"].value_counts()
    return "UTC" if zones.empty else str(zones.index[0])
