"""cState's issue files (sr.ht): Markdown with a head in YAML; each paragraph ends with its time, newest first.

Times have no zone; sr.ht's status page is kept in UTC.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from tellfirst.replay.history import Grade, History, Oddity, OddRecord, Word, history
from tellfirst.replay.readers.records import Made, Record, made
from tellfirst.replay.saying_when import estimate, next_word_by

GRADES = {"down": Grade.MAJOR, "disrupted": Grade.MINOR, "notice": Grade.NOTICE}
A_DAY = timedelta(days=1)
_TRACK = re.compile(r'\{\{<\s*track\s+"([^"]+)"\s*>\}\}')
_PLANNED = re.compile(r"\b(?:planned|scheduled)\b", re.IGNORECASE)
_OVER = re.compile(r"\b(?:restored|resolved|complete|addressed)\b", re.IGNORECASE)


def read(path: Path) -> Iterator[Made]:
    yield made(_parts(path.read_text(encoding="utf-8")), lambda record: _history(path.stem, record))


def _parts(text: str) -> Record | None:
    """The head of the file, with the rest under `body`."""
    pieces = text.split("---", 2)
    if len(pieces) != 3:
        return None
    try:
        head = YAML(typ="safe").load(pieces[1])
    except YAMLError:
        return None
    return {**head, "body": pieces[2]} if isinstance(head, dict) else None


def _history(name: str, record: Record) -> History:
    title = record["title"]
    if _PLANNED.search(re.sub(r"\bun(?:planned|scheduled)\b", "", title, flags=re.IGNORECASE)):
        raise OddRecord(Oddity.PLANNED)
    words = tuple(reversed(list(_words(record["body"]))))
    if not words:
        raise OddRecord(Oddity.NO_WORDS)
    resolved_at = _utc(record.get("resolvedWhen"))
    if resolved_at is not None:
        words = tuple(word for word in words if word.at < resolved_at or not _OVER.search(word.text))
    # Its `date` is set by hand, mostly to that of the first paragraph: no beginning anybody measured, but a paragraph
    # of another week was copied from an older file.
    dated = _utc(record.get("date"))
    if dated is not None and words[0].at < dated - A_DAY:
        raise OddRecord(Oddity.WORD_BEFORE_ONSET)
    return history(name, "sr.ht", title, GRADES[record["severity"]], None, words, resolved_at)


def _words(body: str) -> Iterator[Word]:
    pieces = _TRACK.split(body)
    for text, said in zip(pieces[::2], pieces[1::2], strict=False):
        at = datetime.fromisoformat(said).replace(tzinfo=UTC)
        clean = " ".join(text.replace("*", "").split())
        yield Word(at, clean.partition(":")[0][:40], clean, next_word_by(clean, at), estimate(clean, at))


def _utc(value: object) -> datetime | None:
    """A time of the head, which YAML reads as one."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else None
