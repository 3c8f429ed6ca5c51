"""Genuine notices of networks, beside this checkout, and what they are known to say."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from tellfirst.domain.work import UNSAID, StatedWork, WorkStatus
from tellfirst.works.maintenance_notes import IMPACTS, STATUSES

SHARED = Path(os.environ.get("TELLFIRST_SHARED") or Path(__file__).resolve().parents[3] / "shared" / "data")
NOTICES = SHARED / "planned-maintenance"
CALENDARS = ("arelion", "gtt", "ical", "ntt")
NO_NOTICES = {"equinix2.eml", "zayo_bad_html.html", "zayo_missing_maintenance_id.html"}
"""A bare subject, and two that are broken on purpose."""


@dataclass(frozen=True)
class Genuine:
    """A notice: what to read, and what a list of works it is known to state (each perhaps only in part)."""

    name: str
    provider: str
    raw: bytes
    stated: list[dict[str, Any]]


def needed() -> Path:
    if not NOTICES.exists():
        pytest.skip("networks' own notices are not beside this checkout (../shared/data)")
    return NOTICES


def notes(*, faulty: bool = False) -> Iterator[Genuine]:
    """Every calendar with X-MAINTNOTE."""
    for folder in CALENDARS:
        for path in sorted((needed() / folder).iterdir()):
            raw = path.read_bytes()
            if path.suffix or b"X-MAINTNOTE" not in raw or ("_no_" in path.name) is not faulty:
                continue
            yield Genuine(path.name, folder, raw, _known(path))


def mails() -> Iterator[Genuine]:
    """Every notice in a network's own words; those of which only the parts are kept are put together again."""
    for folder in sorted(one for one in needed().iterdir() if one.is_dir()):
        if folder.name in {"ical", "date", "email"}:
            continue
        for path in sorted(folder.iterdir()):
            if "result" in path.name or path.suffix not in {".eml", ".html"} or path.name in NO_NOTICES:
                continue
            raw = path.read_bytes() if path.suffix == ".eml" else _mail(folder, path)
            yield Genuine(path.name, folder.name, raw, _known(path))


def agrees(stated: StatedWork, known: dict[str, Any]) -> list[str]:
    """In what a work differs from what it is known to be."""
    found: dict[str, Any] = {
        "start": int(stated.window.starts_at.timestamp()),
        "end": int(stated.window.ends_at.timestamp()),
        "status": stated.status,
        "circuits": {one: stated.impact_on(one) for one in stated.objects},
    }
    wanted: dict[str, Any] = {key: known[key] for key in ("start", "end") if key in known}
    if "status" in known:
        unsaid = known["status"] == "NO-CHANGE"
        wanted["status"] = WorkStatus.CONFIRMED if unsaid else STATUSES[known["status"]]
    if "circuits" in known:
        wanted["circuits"] = {
            one["circuit_id"].strip(): IMPACTS[one.get("impact", "OUTAGE")] for one in known["circuits"]
        }
    return [f"{key}: {found[key]} for {value}" for key, value in wanted.items() if found[key] != value]


def sequence_of(known: dict[str, Any]) -> int:
    return int(known.get("sequence", UNSAID))


def _known(path: Path) -> list[dict[str, Any]]:
    for ending in ("result_combined", "result", "html_parser_result", "result1"):
        result = path.with_name(f"{path.stem}_{ending}.json")
        if result.exists():
            read = json.loads(result.read_text())
            return read if isinstance(read, list) else [read]
    return []


def _mail(folder: Path, body: Path) -> bytes:
    mail = EmailMessage()
    names = (f"{body.stem}_email_subject", "subject_work_planned", f"{folder.name}_subject_1.txt")
    subject = next((folder / name for name in names if (folder / name).exists()), None)
    mail["Subject"] = " ".join(subject.read_text().split()) if subject else "Maintenance"
    mail["From"] = f"noc@{folder.name}.example"
    mail["Date"] = format_datetime(datetime(2021, 2, 1, 10, tzinfo=UTC))
    mail.set_content(body.read_bytes(), "text", "html", cte="base64")
    return mail.as_bytes()
