"""Every statement of work is kept once, and what it brings is decided: new, moved, cancelled, stale, held.

Whoever announces work reads `work` rows: those that are certain, not held, and have no incident yet have not been
told. The verdict says at once which of them a statement has touched.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from tellfirst.domain.playbook import Playbook
from tellfirst.domain.same_work import is_newer, is_older
from tellfirst.domain.work import ENDED, UNSAID, StatedWork, WorkHeld, WorkStatus, WorkVerdict
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.works import booking
from tellfirst.works.known import KnownWork, by_id, identify, last_stamp, objects_of

AGAIN = "~"
"""`X~2` is work that began again, under the number X, after X had ended."""
ANNOUNCED = frozenset({WorkStatus.CONFIRMED, WorkStatus.IN_PROCESS})
RANK = {status: rank for rank, status in enumerate(WorkStatus)} | {WorkStatus.COMPLETED: 4}


@dataclass(frozen=True, slots=True)
class Stated:
    """`held`: why a person must look, also at work that customers know of. `perhaps`: the work it may be."""

    work_id: int
    verdict: WorkVerdict
    held: WorkHeld | None = None
    perhaps: int | None = None


def state(
    connection: Connection,
    stated: StatedWork,
    digest: str,
    actor: str,
    books: Mapping[str, Playbook],
    now: datetime,
) -> Stated:
    """Keep a statement and apply it, in the caller's transaction.

    `digest` is the same when the same words come again (`works.statements.digest_of`); `books` are the playbooks.
    """
    # Two notices of one provider at once wait for each other here; the first ones of all meet at a unique key.
    w = t.work.c
    connection.execute(select(w.id).where(w.provider == stated.provider).with_for_update())
    if (before := booking.stated_before(connection, digest)) is not None:
        return _repeat(connection, by_id(connection, before), stated, books)
    identified = identify(connection, stated)
    if identified.known is None:
        found = _open(connection, stated, identified.perhaps, books, now)
    elif _begins_again(connection, identified.known, stated):
        found = _open(connection, stated, None, books, now, after=identified.known)
    else:
        found = _follow(connection, identified.known, stated, books, now)
    booking.keep(connection, found.work_id, stated, digest, found.verdict, actor, now)
    _note(connection, found, stated, actor, now)
    return found


def _open(
    connection: Connection,
    stated: StatedWork,
    perhaps: int | None,
    books: Mapping[str, Playbook],
    now: datetime,
    after: KnownWork | None = None,
) -> Stated:
    book = book_for(stated, books)
    number = booking.next_number(connection, after, AGAIN) if after else stated.external_id
    work_id = booking.open_work(connection, stated, number, book, now)
    held = _why_held(connection, work_id, stated, book, perhaps, now)
    booking.hold(connection, work_id, held)
    if held:
        return Stated(work_id, WorkVerdict.HELD, held, perhaps)
    certain = stated.status in ANNOUNCED
    return Stated(work_id, WorkVerdict.NEW if certain else WorkVerdict.NOTED)


def _why_held(
    connection: Connection,
    work_id: int,
    stated: StatedWork,
    book: str,
    perhaps: int | None,
    now: datetime,
) -> WorkHeld | None:
    if perhaps is not None:
        return WorkHeld.PERHAPS_THE_SAME
    # An outage must not open by itself because an old notice was found.
    if stated.status in ENDED or stated.window.ends_at <= now:
        return WorkHeld.NEVER_ANNOUNCED
    if not book:
        return WorkHeld.NO_PLAYBOOK
    return WorkHeld.UNKNOWN_CIRCUIT if booking.has_unknown(connection, work_id) else None


def _follow(
    connection: Connection, known: KnownWork, stated: StatedWork, books: Mapping[str, Playbook], now: datetime
) -> Stated:
    stamp = last_stamp(connection, known.id)
    newer = is_newer(stated.sequence, stated.stamp, known.sequence, stamp)
    older = is_older(stated.sequence, stated.stamp, known.sequence, stamp)
    status = _next_status(known, stated, newer=newer)
    if older or status is None:
        return Stated(known.id, WorkVerdict.STALE, known.held)
    before = objects_of(connection, known.id)
    window = known.window if status is WorkStatus.CANCELLED else stated.window
    booking.apply(connection, known, stated, status, window, now)
    after = objects_of(connection, known.id)
    verdict = _verdict(known, status, moved=window != known.window, touched=after != before)
    held = _still_held(connection, known, stated, status, books)
    booking.hold(connection, known.id, held)
    untold = held and known.incident_id is None and verdict not in _QUIET
    return Stated(known.id, WorkVerdict.HELD if untold else verdict, held)


def _repeat(
    connection: Connection, known: KnownWork, stated: StatedWork, books: Mapping[str, Playbook]
) -> Stated:
    """The very same words: they let go what waited for a playbook that is there by now, and nothing else."""
    if known.held is not WorkHeld.NO_PLAYBOOK or known.has_ended:
        return Stated(known.id, WorkVerdict.REPEATED, known.held)
    held = _still_held(connection, known, stated, known.status, books)
    booking.hold(connection, known.id, held)
    freed = WorkVerdict.NEW if known.status in ANNOUNCED else WorkVerdict.NOTED
    return Stated(known.id, WorkVerdict.REPEATED if held else freed, held)


_QUIET = frozenset({WorkVerdict.CANCELLED, WorkVerdict.COMPLETED, WorkVerdict.REPEATED, WorkVerdict.NOTED})


def _next_status(known: KnownWork, stated: StatedWork, *, newer: bool) -> WorkStatus | None:
    """None: what has ended goes on, and nothing says that this is the newer word."""
    if not stated.status_is_said or stated.status is known.status:
        return known.status
    if newer or RANK[stated.status] > RANK[known.status]:
        return stated.status
    return None if known.has_ended else known.status


def _verdict(known: KnownWork, status: WorkStatus, *, moved: bool, touched: bool) -> WorkVerdict:
    if status is not known.status:
        if status is WorkStatus.CANCELLED:
            return WorkVerdict.CANCELLED
        if status is WorkStatus.COMPLETED:
            return WorkVerdict.COMPLETED
        if status in ANNOUNCED and known.status is WorkStatus.TENTATIVE:
            return WorkVerdict.NEW if known.incident_id is None else WorkVerdict.CHANGED
        if status is WorkStatus.IN_PROCESS:
            return WorkVerdict.STARTED
    if status in ENDED:
        return WorkVerdict.REPEATED
    if not (moved or touched or status is not known.status):
        return WorkVerdict.REPEATED
    if status is WorkStatus.TENTATIVE and known.incident_id is None:
        return WorkVerdict.NOTED
    return WorkVerdict.MOVED if moved else WorkVerdict.CHANGED


def _still_held(
    connection: Connection,
    known: KnownWork,
    stated: StatedWork,
    status: WorkStatus,
    books: Mapping[str, Playbook],
) -> WorkHeld | None:
    if status is WorkStatus.CANCELLED and known.held is not WorkHeld.NEVER_ANNOUNCED:
        return None
    if known.held in {WorkHeld.PERHAPS_THE_SAME, WorkHeld.NEVER_ANNOUNCED}:
        return known.held
    if known.incident_id is None and not (known.playbook or book_for(stated, books)):
        return WorkHeld.NO_PLAYBOOK
    if not known.playbook:
        booking.follow_book(connection, known.id, book_for(stated, books))
    return WorkHeld.UNKNOWN_CIRCUIT if booking.has_unknown(connection, known.id) else None


def _begins_again(connection: Connection, known: KnownWork, stated: StatedWork) -> bool:
    """What was over is announced anew, by a word that says that it is the newer."""
    if not known.has_ended or stated.status in ENDED or not stated.status_is_said:
        return False
    return is_newer(stated.sequence, stated.stamp, known.sequence, last_stamp(connection, known.id))


def book_for(stated: StatedWork, books: Mapping[str, Playbook]) -> str:
    """The playbook that is named, or the one there is for planned work; '' when that leaves none or several."""
    planned = sorted(name for name, book in books.items() if book.planned)
    if stated.playbook:
        return stated.playbook if stated.playbook in planned else ""
    if "planned_work" in planned:
        return "planned_work"
    return planned[0] if len(planned) == 1 else ""


def _note(connection: Connection, found: Stated, stated: StatedWork, actor: str, now: datetime) -> None:
    incident = connection.execute(select(t.work.c.incident_id).where(t.work.c.id == found.work_id)).scalar()
    if incident is None:
        return
    sequence = None if stated.sequence == UNSAID else stated.sequence
    incidents.note(
        connection, incident, now, "work", found.verdict, actor=actor, work=found.work_id, sequence=sequence
    )
