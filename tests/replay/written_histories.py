"""Histories written by hand: the shapes that real files have, with nobody's content in them."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tellfirst.domain.facts import ServiceKind
from tellfirst.replay.history import Grade, History, Word, history

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(minutes: float) -> datetime:
    return T0 + minutes * MINUTE


def outage(
    *words: Word, ends: float = 90, grade: Grade = Grade.MAJOR, onset: datetime | None = T0, **known: Any
) -> History:
    """One that began at T0 and was over `ends` minutes later."""
    usual = {"id": "1", "source": "sample", "title": "A sample", "service": ServiceKind.ONLINE}
    return history(
        **{**usual, **known}, grade=grade, onset=onset, words=words, resolved_at=at(ends)
    )  # fmt: skip


def lines(path: Path, *records: dict[str, Any] | str) -> Path:
    """A file of JSON lines, gzipped as the name says."""
    text = "".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in records)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def iso(minutes: float) -> str:
    return at(minutes).isoformat()


def github(number: int = 1, **known: Any) -> dict[str, Any]:
    usual = {
        "id": str(number),
        "title": "Incident with Something",
        "status_sequence": ["Investigating", "Update", "Resolved"],
        "impact": "major",
        "impact_window": None,
        "updates": [
            {"at": iso(0), "status": "Investigating", "message": "We are investigating."},
            {"at": iso(20), "status": "Update", "message": "Next update in 30 minutes."},
            {"at": iso(70), "status": "Resolved", "message": "This incident has been resolved."},
        ],
    }
    return {**usual, **known}


def google(number: int = 1, **known: Any) -> dict[str, Any]:
    usual = {
        "id": f"g{number}",
        "begin": iso(0),
        "end": iso(100),
        "external_desc": "Something is slow",
        "severity": "medium",
        "updates": [
            {"when": iso(110), "status": "AVAILABLE", "text": "The issue has been resolved."},
            {
                "when": iso(30),
                "status": "SERVICE_DISRUPTION",
                "text": "We will provide an update by Monday, 2026-03-02 02:10 US/Pacific with current details.",
            },
        ],
    }
    return {**usual, **known}


def pacific(moment: datetime) -> int:
    """As the utility writes it in winter: eight hours behind, called UTC, in milliseconds."""
    return int((moment - timedelta(hours=8)).timestamp() * 1000)


def state(
    seen: float,
    written: float,
    due: float | None = None,
    crew: str = "T-Man Enroute",
    cause: str | None = None,
) -> dict[str, Any]:
    return {
        "seen": int(at(seen).timestamp()),
        "last_update_local_ms": pacific(at(written)),
        "etor_local_ms": None if due is None else pacific(at(due)),
        "crew": crew,
        "cause": cause,
        "customers": 3,
    }


def utility(number: int = 1, *states: dict[str, Any], last: float = 130) -> dict[str, Any]:
    return {
        "outage": number,
        "city": "Somewhere",
        "outage_start_local_ms": pacific(T0),
        "first_seen": int(at(25).timestamp()),
        "last_seen": int(at(last).timestamp()),
        "states": list(states) or [state(25, 10, 60), state(55, 10, 60, "T-Man On Site"), state(85, 80, 200)],
    }


CSTATE = """---
title: {title}
date: 2026-03-02 09:00:00
resolved: true
resolvedWhen: 2026-03-02 11:00:00
severity: down
section: issue
---

**Service restored**:
All is well.
{{{{< track "2026-03-02 11:00:00" >}}}}

**Investigating**:
A server is gone; service is expected to be restored within two hours.
{{{{< track "2026-03-02 09:00:00" >}}}}
"""


def statuspage(**known: Any) -> dict[str, Any]:
    usual = {
        "id": "s1",
        "name": "Delays",
        "impact": "critical",
        "backfilled": False,
        "incident_updates": [
            {"status": "resolved", "body": "Done.", "created_at": iso(60), "display_at": iso(60)},
            {"status": "identified", "body": "Found.", "created_at": iso(5), "display_at": iso(5)},
        ],
    }
    return {**usual, **known}
