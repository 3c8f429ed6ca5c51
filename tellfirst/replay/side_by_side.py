"""One incident as a timetable: what the company said and what we would have said, moment by moment."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tellfirst.replay.books import Ledger, Told
from tellfirst.replay.history import History, Word

TEXT = 70


def timetable(it: History, books: Ledger) -> list[dict[str, Any]]:
    """Rows in the order of time; `company` and `tellfirst` say who spoke."""
    moments = sorted([*_of_company(it), *_of_ours(books)], key=lambda row: (row[0], row[1]))
    return [
        {
            "at": f"{at:%Y-%m-%d %H:%M:%S}",
            "company": company,
            "tellfirst": ours,
            "next word by": _face(next_by),
            "estimate": _face(due),
        }
        for at, _, company, ours, next_by, due in moments
    ]


Row = tuple[datetime, int, str, str, datetime | None, datetime | None]


def _of_company(it: History) -> Iterator[Row]:
    if it.onset_known:
        yield it.onset, 0, "(it began)", "", None, None
    for word in it.words:
        yield word.at, 1, _said(word), "", word.next_by, word.estimate_at
    yield it.resolved_at, 1, "it is over", "", None, None


def _of_ours(books: Ledger) -> Iterator[Row]:
    for told in books.told:
        yield told.at, 2, "", _told(told), told.next_by, told.estimate_at


def _said(word: Word) -> str:
    text = " ".join(word.text.split())
    short = text if len(text) <= TEXT else text[: TEXT - 1] + "…"
    return f"{word.status}: {short}" if short else word.status


def _told(told: Told) -> str:
    return "holding word" if told.holding else told.occasion.value.replace("_", " ")


def _face(moment: datetime | None) -> str:
    return f"{moment:%d %H:%M}" if moment else ""
