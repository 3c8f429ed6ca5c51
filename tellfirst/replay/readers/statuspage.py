"""One incident as Statuspage's JSON gives it: updates newest first, each with when it was made and when it shows.

A page may date an update back (`display_at` long before `created_at`): customers could not read it before it was
made, so `created_at` is when it was said.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from tellfirst.replay.history import Grade, History, Oddity, OddRecord, Word, history
from tellfirst.replay.readers.records import Made, Record, made, moment, needed
from tellfirst.replay.saying_when import estimate, next_word_by

GRADES = {"critical": Grade.MAJOR, "major": Grade.MAJOR, "minor": Grade.MINOR, "none": Grade.NOTICE}
OVER = ("resolved", "postmortem")


def read(path: Path) -> Iterator[Made]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        found = None
    yield made(found if isinstance(found, dict) else None, _history)


def _history(record: Record) -> History:
    if record.get("scheduled_for"):
        raise OddRecord(Oddity.PLANNED)
    updates = sorted(record["incident_updates"], key=lambda one: needed(one["created_at"]))
    if not updates:
        raise OddRecord(Oddity.NO_WORDS)
    words = tuple(_word(one) for one in updates if one["status"] not in OVER)
    ends = [one for one in updates if one["status"] == "resolved"]
    shown_end = moment(ends[0].get("display_at")) if ends else None
    if record.get("backfilled") or (shown_end and words and words[0].at > shown_end):
        raise OddRecord(Oddity.WRITTEN_AFTERWARDS)
    return history(
        record["id"],
        "statuspage",
        record["name"],
        GRADES.get(record.get("impact") or "none", Grade.NOTICE),
        None,
        words,
        needed(ends[0]["created_at"]) if ends else None,
    )


def _word(update: Record) -> Word:
    at, text = needed(update["created_at"]), update["body"] or ""
    return Word(at, update["status"], text, next_word_by(text, at), estimate(text, at))
