"""Outages of a utility, from repeated looks at its public map: each look is one state of one outage.

`..._local_ms` is what the clocks in California showed, written as if it were UTC; `seen` is true UTC in seconds.
The map never says "restored": an outage is over when a look no longer finds it, so its last look stands for the end.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tellfirst.domain.facts import Action, Cause, ServiceKind
from tellfirst.replay.history import Grade, History, Oddity, OddRecord, Word, history
from tellfirst.replay.readers.records import Made, Record, made, records

PACIFIC = ZoneInfo("America/Los_Angeles")
CREWS = {
    "T-Man Enroute": Action.CREW_ON_THE_WAY,
    "Crew Enroute": Action.CREW_ON_THE_WAY,
    "T-Man On Site": Action.CREW_ON_SITE,
    "Crew On Site": Action.REPAIRING,
}
CAUSES = {
    **dict.fromkeys(("STORM", "LGHTNING"), Cause.WEATHER),
    **dict.fromkeys(
        (
            *("DAMGE UG CABLE", "BRKN POLE", "BRKN POLE EQUIPMNT", "BRKN UG EQUIPMNT", "REPLCE SRVC"),
            *("CAR POLE", "REPAIR WIRE DWN", "REPLCE TXFMR", "POLE FIRE", "NG CONNECTION", "TREE CONTACT"),
        ),
        Cause.EQUIPMENT_FAULT,
    ),
}
PLANNED = "PLNND SHUTDOWN"


def read(path: Path) -> Iterator[Made]:
    seen: set[str] = set()
    for record in records(path):
        found = made(record, _history)
        if isinstance(found, History):
            if found.id in seen:
                found = Oddity.SAME_ID
            else:
                seen.add(found.id)
        yield found


def _history(record: Record) -> History:
    states = record["states"]
    if any(state["cause"] == PLANNED for state in states):
        raise OddRecord(Oddity.PLANNED)
    if record.get("outage_start_local_ms") is None:
        raise OddRecord(Oddity.NO_ONSET)
    return history(
        str(record["outage"]),
        "pge",
        f"Power outage in {record['city']}",
        # Whoever has no power has none, however few they are.
        Grade.MAJOR,
        local(record["outage_start_local_ms"]),
        tuple(_words(states)),
        datetime.fromtimestamp(record["last_seen"], UTC),
        service=ServiceKind.POWER,
    )


def _words(states: list[Record]) -> Iterator[Word]:
    """A state is said when the utility wrote it, but not before the look that did not show it yet, and not after the
    first one that does."""
    seen_before: datetime | None = None
    written_before: int | None = None
    for state in states:
        seen = datetime.fromtimestamp(state["seen"], UTC)
        written = state["last_update_local_ms"]
        # Where only the crew has moved, nobody wrote down when.
        at = seen if written is None or written == written_before else min(local(written), seen)
        due = state["etor_local_ms"]
        yield Word(
            max(at, seen_before) if seen_before else at,
            state["crew"],
            estimate_at=local(due) if due is not None else None,
            cause=CAUSES.get(state["cause"]),
            action=CREWS.get(state["crew"], Action.INVESTIGATING),
        )
        seen_before, written_before = seen, written


def local(milliseconds: int) -> datetime:
    """What a clock on a wall in California showed, as the moment it was; of a doubled hour the first."""
    face = datetime.fromtimestamp(milliseconds / 1000, UTC).replace(tzinfo=PACIFIC)
    return face.astimezone(UTC)
