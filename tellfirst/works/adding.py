"""Work that a person announces: from a command, from a form."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.impact import Impact
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.work import UNSAID, StatedWork, Window, WorkSource, WorkStatus
from tellfirst.works.circuits import elements_of
from tellfirst.works.statements import OWN, digest_of
from tellfirst.works.stating import Stated, state
from tellfirst.works.times import known_zone, written_time


def stated_by_a_person(
    number: str,
    starts_at: str,
    ends_at: str,
    objects: Sequence[str],
    *,
    zone: str = "",
    impact: Impact = Impact.DOWN,
    status: WorkStatus = WorkStatus.CONFIRMED,
    reason: str = "",
    provider: str = OWN,
    playbook: str = "",
    source: WorkSource = WorkSource.CLI,
) -> StatedWork:
    """The statement; times with an offset, or by the clock of `zone`. Raises RuleBroken with what is wrong."""
    if zone:
        known_zone(zone)
    return StatedWork(
        provider=provider,
        external_id=number.strip(),
        sequence=UNSAID,
        status=status,
        window=Window(written_time(starts_at, zone), written_time(ends_at, zone)),
        objects=tuple(dict.fromkeys(one.strip() for one in objects)),
        impact=impact,
        source=source,
        reason=reason,
        zone=zone,
        playbook=playbook,
    )


def add_work(
    connection: Connection, stated: StatedWork, actor: str, books: Mapping[str, Playbook], now: datetime
) -> Stated:
    """Keep what a person states. They can mend a typing mistake at once, so nothing of it is held for one.

    Raises RuleBroken, with nothing stored, for elements nobody knows and a playbook that is none of planned work.
    """
    known = elements_of(connection, stated.provider, stated.objects, stated.source)
    if unknown := [one for one in stated.objects if one not in known]:
        raise RuleBroken(
            f"nobody knows {', '.join(unknown[:5])}; name elements, or say which they are with `tellfirst work map`"
        )
    if stated.playbook and not (stated.playbook in books and books[stated.playbook].planned):
        planned = ", ".join(sorted(name for name, book in books.items() if book.planned)) or "none"
        raise RuleBroken(f"{stated.playbook} is no playbook of planned work; there are {planned}")
    if stated.window.ends_at <= now and stated.status is not WorkStatus.CANCELLED:
        raise RuleBroken("the work is over already; correct its times")
    return state(connection, stated, digest_of(repr(stated).encode()), actor, books, now)
