"""Playbooks that cannot be kept to: each key is well, and together they are not."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

from tellfirst.domain.errors import Mistake
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.quiet_hours import Instead, QuietHours
from tellfirst.domain.severity import RESTORE_WITHIN, Severity
from tellfirst.strict_yaml import File


def impossible(file: File, book: Playbook, *, by_hand: bool, templates: Path | None) -> Iterator[Mistake]:
    """What in one playbook contradicts itself or the restore targets, each with its line and cure.

    Without `templates` the folders of `wording` are not looked at.
    """
    yield from _alerts(file, book, by_hand=by_hand)
    yield from _rhythm(file, book)
    if book.quiet_hours is not None:
        yield from _nights(file, book, book.quiet_hours)
    if templates is not None:
        yield from _wording(file, book, templates)


def without_successor(
    files: Mapping[str, File], books: Mapping[str, Playbook], known: set[str]
) -> Iterator[Mistake]:
    """Announced work whose overrun would be nobody's: `known` are the names of all files, readable or not."""
    for name, book in books.items():
        if book.planned is None:
            continue
        becomes = book.planned.becomes
        if becomes not in known:
            others = sorted(one for one in books if books[one].planned is None)
            cure = f"write one of {', '.join(others)}" if others else "write the playbook of the outage first"
            yield files[name].mistake(
                f"`planned.becomes`: there is no playbook {becomes}", cure, "planned", "becomes"
            )
        elif becomes in books and books[becomes].planned is not None:
            yield files[name].mistake(
                f"`planned.becomes`: {becomes} is announced work itself, and this has passed its end",
                "name the playbook of the outage that it becomes",
                *("planned", "becomes"),
            )


def _alerts(file: File, book: Playbook, *, by_hand: bool) -> Iterator[Mistake]:
    if not book.alerts and not by_hand and book.planned is None:
        yield file.mistake(
            "`alerts` names none: nothing would ever open such an incident",
            "name its alerts, or write `by_hand: true` where only people open it",
            "alerts",
        )
    if book.alerts and by_hand:
        yield file.mistake(
            "`by_hand` says that only people open it, and `alerts` names some",
            "leave one of them out",
            "by_hand",
        )


def _rhythm(file: File, book: Playbook) -> Iterator[Mistake]:
    push, pull = book.next_update_every, book.pull_every
    target = RESTORE_WITHIN[Severity(book.severity)]
    if push > target:
        yield file.mistake(
            f"`words.next_update_every` is longer than the {_span(target)} in which {book.severity} is to be "
            "restored: customers would hear nothing before it should be over",
            f"speak at least every {_span(target)}, or choose a milder severity",
            *("words", "next_update_every"),
        )
    if pull is None:
        return
    where = ("words", "pull_every")
    if pull > push:
        yield file.mistake(
            "`words.pull_every` is longer than `next_update_every`: the page would be older than the texts",
            "make it shorter, or leave it out",
            *where,
        )
    if book.warn_before >= pull:
        yield file.mistake(
            "`words.pull_every` is not longer than `warn_before`: the page would be renewed without a pause",
            "make warn_before shorter than both rhythms",
            *where,
        )


def _nights(file: File, book: Playbook, hours: QuietHours) -> Iterator[Mistake]:
    """A word that waits for the morning may wait as long as the night is."""
    night = _length(hours)
    reached = [one for one in Severity if _may_be(one, book) and one not in hours.unless_severity]
    swallowed = [one for one in reached if night > RESTORE_WITHIN[one]]
    if swallowed:
        listed = ", ".join(swallowed)
        yield file.mistake(
            f"`quiet_hours` of {_span(night)} swallow the whole of {listed}: it is to be restored within "
            f"{_span(RESTORE_WITHIN[swallowed[-1]])}, and customers would hear of it in the morning",
            f"except them, with `unless: {{severity: [{listed}]}}`",
            "quiet_hours",
        )
    silent = [one for one in book.channels if one not in hours.channels]
    elsewhere = book.pull_every is not None or (silent and hours.instead is Instead.NEXT_CHANNEL)
    if reached and night > book.next_update_every and not silent and not elsewhere:
        yield file.mistake(
            f"`quiet_hours` of {_span(night)} swallow the rhythm of {_span(book.next_update_every)}, and nothing "
            "speaks instead",
            "add a channel that does not ring, or `words.pull_every` for the page",
            "quiet_hours",
        )


def _may_be(severity: Severity, book: Playbook) -> bool:
    return severity == book.severity or (book.severity_rises and severity < Severity(book.severity))


def _length(hours: QuietHours) -> timedelta:
    day = date(2026, 1, 1)
    spent = datetime.combine(day, hours.end) - datetime.combine(day, hours.start)
    return spent if spent > timedelta(0) else spent + timedelta(days=1)


def _wording(file: File, book: Playbook, templates: Path) -> Iterator[Mistake]:
    for occasion, folder in book.wording.items():
        where, texts = ("wording", occasion), templates / folder
        if not texts.is_dir():
            yield file.mistake(
                f"`wording.{occasion}`: there is no folder {texts.as_posix()}",
                f"write the texts there; {(templates / occasion).as_posix()} shows which",
                *where,
            )
            continue
        usual = sorted(path.name for path in (templates / occasion).glob("*.j2"))
        if missing := [name for name in usual if not (texts / name).is_file()]:
            yield file.mistake(
                f"`wording.{occasion}`: {texts.as_posix()} lacks {', '.join(missing)}",
                "write them: every channel and language must have its text",
                *where,
            )


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"
