"""Google Cloud's incidents.json: `begin` is when it really began, as found out later; updates newest first."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from tellfirst.replay.history import Grade, History, Oddity, OddRecord, Word, history
from tellfirst.replay.readers.records import Made, Record, made, moment, needed, records
from tellfirst.replay.saying_when import estimate, next_word_by

GRADES = {"high": Grade.MAJOR, "medium": Grade.MAJOR, "low": Grade.MINOR}
OVER = "AVAILABLE"
A_REPORT_AFTER = timedelta(days=1)


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
    live = tuple(word for word in oldest_first if word.status != OVER)
    over = next((word.at for word in oldest_first if word.status == OVER), None)
    return history(
        record["id"],
        "google-cloud",
        record["external_desc"],
        GRADES.get(record.get("severity") or "low", Grade.MINOR),
        begin,
        live,
        _said_to_be_over(over, moment(record.get("end")), live),
    )


def _said_to_be_over(over: datetime | None, end: datetime | None, live: tuple[Word, ...]) -> datetime | None:
    """The first word that it is over; a report of days later is none, and the last word before it stands for one."""
    if over is None or end is None:
        return over or end
    last = max([end, *(word.at for word in live)])
    return last if over > last + A_REPORT_AFTER else over


def _word(update: Record) -> Word:
    at, text = needed(update["when"]), update["text"]
    return Word(at, update["status"], text, next_word_by(text, at), estimate(text, at))
