"""GitHub's incidents as github.com/mrshu/github-statuses keeps them: every update with its time and text."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from tellfirst.replay.history import Grade, History, Oddity, OddRecord, Word, history
from tellfirst.replay.readers.records import Made, Record, made, moment, needed, records
from tellfirst.replay.saying_when import estimate, next_word_by

GRADES = {"critical": Grade.MAJOR, "major": Grade.MAJOR, "minor": Grade.MINOR, "none": Grade.NOTICE}
BELIEVED = timedelta(days=1)
"""A beginning that a post-mortem names is taken when it lies this close before the first word."""


def read(path: Path) -> Iterator[Made]:
    for record in records(path):
        yield made(record, _history)


def _history(record: Record) -> History:
    if record.get("impact") == "maintenance":
        raise OddRecord(Oddity.PLANNED)
    updates = record["updates"]
    if not updates:
        raise OddRecord(Oddity.NO_WORDS)
    words = tuple(_word(one) for one in updates if one["status"] != "Resolved")
    ends = [needed(one["at"]) for one in updates if one["status"] == "Resolved"]
    if not words:
        raise OddRecord(Oddity.WRITTEN_AFTERWARDS)
    window = record.get("impact_window") or {}
    named = moment(window.get("start_at"))
    onset = named if named and named <= words[0].at <= named + BELIEVED else None
    return history(
        str(record["id"]),
        "github",
        record["title"],
        GRADES.get(record.get("impact") or "none", Grade.NOTICE),
        onset,
        words,
        ends[0] if ends else None,
    )


def _word(update: Record) -> Word:
    at, text = needed(update["at"]), update["message"] or ""
    return Word(at, update["status"], text, next_word_by(text, at), estimate(text, at))
