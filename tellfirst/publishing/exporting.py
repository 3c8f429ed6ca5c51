"""The status as files: the same pages and feeds in every language, that any web server shows when we cannot.

FOLDER is a link to the newest copy. A copy is written whole beside it and then takes its place in one step, so that
nobody is ever shown a half of one (rename(2) replaces a link at once; it cannot replace a folder that is not empty).
"""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex

from sqlalchemy import Connection

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.occasion import Locale
from tellfirst.publishing import reading as books
from tellfirst.publishing import words
from tellfirst.publishing.addresses import InAFolder
from tellfirst.publishing.feeds.alerts import alert
from tellfirst.publishing.feeds.atom import AT_MOST, atom
from tellfirst.publishing.feeds.summary import summary
from tellfirst.publishing.feeds.works import calendar
from tellfirst.publishing.hearers import Memory
from tellfirst.publishing.moments import iso
from tellfirst.publishing.press import Press
from tellfirst.publishing.published import Board, Published, Story, Word

STYLE = "static/page.css"
_STYLE_FILE = Path(__file__).parents[1] / "web" / STYLE
STATE = "export.json"
"""What a copy was made of, and when."""
AT_LEAST_EVERY = timedelta(minutes=15)
"""A copy that does not change is made anew after this: its time says that somebody still looks."""
ITS_LANGUAGE = Locale.ENGLISH
"""Of the page that stands at the top."""


@dataclass(frozen=True, slots=True)
class Copy:
    """Everything that is copied, as it was read at once."""

    marker: str
    board: Board
    stories: tuple[Story, ...]
    news: list[tuple[Published, Word]]


def read(connection: Connection, now: datetime) -> Copy:
    """What a copy of now holds."""
    board = books.board(connection, now, Memory())
    stories = tuple(words.story(connection, one) for one in board.incidents)
    return Copy(books.marker(connection), board, stories, words.news(connection, board, AT_MOST))


def is_due(connection: Connection, folder: Path, now: datetime) -> bool:
    """Whether something has changed since the copy in `folder` was made, or it is old, or there is none."""
    try:
        made = json.loads((folder / STATE).read_text(encoding="utf-8"))
        age = now - datetime.fromisoformat(made["exported_at"])
        return bool(made["marker"] != books.marker(connection)) or not timedelta(0) <= age < AT_LEAST_EVERY
    except (OSError, ValueError, KeyError, TypeError):
        return True


def export(press: Press, copy: Copy, folder: Path) -> int:
    """Write the copy and let it take the place of the one in `folder`; how many files it has.

    Raises RuleBroken where something else stands at `folder`, and OSError where it cannot be written; what was there
    before is then still there.
    """
    _check(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = folder.parent / f".{folder.name}.{token_hex(6)}"
    try:
        count = 0
        for name, text in _files(press, copy):
            count += 1
            _write(made / name, text)
        _take_place(folder, made)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    _remove_others(folder, made)
    return count


def _files(press: Press, copy: Copy) -> Iterator[tuple[str, str]]:
    board, at = copy.board, copy.board.at
    yield STYLE, _STYLE_FILE.read_text(encoding="utf-8")
    yield "index.html", press.status(board, ITS_LANGUAGE, InAFolder(0), copied_at=at)
    for language in Locale:
        yield f"{language}/index.html", press.status(board, language, InAFolder(1), copied_at=at)
        yield f"{language}/feed.atom", atom(press, copy.news, language, board.changed_at)
        yield f"{language}/planned.ics", calendar(press, board, language)
        yield (
            f"{language}/status.json",
            summary(press, board, {s.about.id: s for s in copy.stories}, language),
        )
        for story in copy.stories:
            page = press.incident(story, at, language, InAFolder(2), copied_at=at)
            yield f"{language}/incident/{story.about.reference}.html", page
    for story in (one for one in copy.stories if one.to_all):
        yield f"cap/{story.about.reference}.xml", alert(press, story)
    yield (
        STATE,
        json.dumps({"exported_at": iso(at), "marker": copy.marker, "changed_at": iso(board.changed_at)}),
    )


def _check(folder: Path) -> None:
    if folder.is_symlink() or not folder.exists():
        return
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        return
    raise RuleBroken(f"{folder} is no copy of ours and not empty; name a folder that is not there yet")


def _write(path: Path, text: str) -> None:
    """For a web server under another account to read, whatever our own umask is."""
    for folder in reversed([one for one in path.parents if not one.exists()]):
        folder.mkdir()
        folder.chmod(0o755)
    path.write_text(text, encoding="utf-8", newline="")
    path.chmod(0o644)


def _take_place(folder: Path, made: Path) -> None:
    link = made.with_name(f"{made.name}.link")
    link.symlink_to(made.name, target_is_directory=True)
    os.replace(link, folder)


def _remove_others(folder: Path, made: Path) -> None:
    """Older copies, but for the last one: somebody may be reading it."""
    others = [one for one in folder.parent.glob(f".{folder.name}.*") if one.is_dir() and not one.is_symlink()]
    older = sorted((one for one in others if one != made), key=lambda one: one.stat().st_mtime)
    for one in older[:-1]:
        shutil.rmtree(one, ignore_errors=True)
