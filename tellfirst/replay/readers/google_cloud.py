"""Google Cloud's incidents.json: `begin` is when it really began, as found out later; updates newest first."""

from collections.abc import Iterator
from pathlib import Path

from tellfirst.replay.history import Grade, History, Oddity, OddRecord, Word, history
from tellfirst.replay.readers.records import Made, Record, made, moment, needed, records
from tellfirst.replay.saying_when import estimate, next_word_by

GRADES = {"high": Grade.MAJOR, "medium": Grade.MAJOR, "low": Grade.MINOR}
OVER = "AVAILABLE"


def read(path: Path) -> Iterator[Made]:
    for record in records(path):
        yield made(record, _history)


def _history(record: Record) -> History:
    begin, updates = moment(record.get("begin")), record["updates"]
    if begin is None:
        raise OddRecord(Oddity.NO_ONSET)
    if not updates:
        raise OddRecord(Oddity.NO_WORDS)
    oldest_first = tuple(reversed([_word(one) for one in updates]))
    over = [word.at for word in oldest_first if word.status == OVER]
    return history(
        record["id"],
        "google-cloud",
        record["external_desc"],
        GRADES.get(record.get("severity") or "low", Grade.MINOR),
        begin,
        tuple(word for word in oldest_first if word.status != OVER),
        over[0] if over else moment(record.get("end")),
    )


def _word(update: Record) -> Word:
    at, text = needed(update["when"]), update["text"]
    return Word(at, update["status"], text, next_word_by(text, at), estimate(text, at))
