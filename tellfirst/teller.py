"""Is the teller itself on time? Asked of the database, and of Prefect only whether it is there."""

import logging
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Select, func, select
from sqlalchemy.exc import SQLAlchemyError

from tellfirst import conductor
from tellfirst.bootstrap import World
from tellfirst.domain.approval import ApprovalState
from tellfirst.domain.errors import TellFirstError
from tellfirst.domain.incident import Stage
from tellfirst.domain.lateness import Late, Lateness, Oldest, Seen, late
from tellfirst.domain.promise import PromiseState
from tellfirst.installation import POOL, answers, point_at_our_server, prefect_api
from tellfirst.store import approvals
from tellfirst.store import tables as t
from tellfirst.store.engine import reading
from tellfirst.store.ticks import last_tick

log = logging.getLogger(__name__)
SENTENCES = {
    Lateness.DATABASE_AWAY: "the database cannot be read; `tellfirst doctor` says why",
    Lateness.CLOCK_SILENT: "the clock has not ticked for three intervals; look at the worker and at Prefect's "
    "server, and let `tellfirst pump` send what waits meanwhile",
    Lateness.INCIDENTS_OVERDUE: "incidents are due and nobody has looked at them; `tellfirst incident list`",
    Lateness.PROMISES_PAST_DUE: "words promised to customers are past their time and neither kept nor recorded "
    "as broken",
    Lateness.APPROVALS_PAST_DUE: "questions stand past their deadline and the safe word has not left; "
    "`tellfirst approvals`",
    Lateness.FIRST_WORD_DECLINED: "customers are told nothing because a person said no; `tellfirst approvals`",
    Lateness.RECEIPTS_UNAPPLIED: "receipts of carriers wait; is the web app running?",
    Lateness.PREFECT_AWAY: "Prefect's server does not answer; nothing is woken",
    Lateness.WORKER_OFFLINE: "no worker of the pool has reported for half a minute; nothing is run",
}
"""What each reason means, and where to look."""


def look(here: World) -> tuple[Late, ...]:
    """Why the teller is late, the gravest first; empty when it is on time. Raises nothing: what cannot be asked is
    a reason."""
    try:
        with reading(here.engine) as connection:
            now = here.clock.now()
            seen = _seen(connection, now)
        wall = here.wall.now()
    except (SQLAlchemyError, TellFirstError) as failure:
        log.error("the dead-man check cannot read the database: %s", type(failure).__name__)
        return (Late(Lateness.DATABASE_AWAY),)
    return late(_with_prefect(here, seen), now, wall)


def _with_prefect(here: World, seen: Seen) -> Seen:
    there = answers(f"{prefect_api(here.settings)}/ready")
    return replace(seen, prefect_answers=there, worker_online=_worker_is_online(here) if there else None)


def _worker_is_online(here: World) -> bool:
    if point_at_our_server(here.settings):
        conductor.obey_environment()
    try:
        return conductor.worker_is_online(POOL)
    except Exception as failure:  # noqa: BLE001  # the edge: whatever Prefect's client raises, nobody is there
        log.warning("Prefect cannot say whether a worker is there: %s", type(failure).__name__)
        return False


def _seen(connection: Connection, now: datetime) -> Seen:
    i, p, r = t.incident.c, t.promise.c, t.receipt.c
    questions = [question for *_, question in approvals.waiting(connection)]
    return Seen(
        ticked_at=last_tick(connection),
        incidents_due=_oldest(
            connection,
            select(func.count(), func.min(i.next_due_at)).where(
                i.stage != Stage.CLOSED, i.next_due_at <= now
            ),
        ),
        promises_open=_oldest(
            connection,
            select(func.count(), func.min(p.due_at)).where(p.state == PromiseState.OPEN, p.due_at <= now),
        ),
        receipts=_oldest(
            connection, select(func.count(), func.min(r.received_at)).where(r.applied_at.is_(None))
        ),
        questions_open=_of([one.due_at for one in questions if one.state is ApprovalState.OPEN]),
        declined=_of([one.due_at for one in questions if one.state is ApprovalState.DECLINED]),
    )


def _oldest(connection: Connection, wanted: Select[tuple[int, datetime]]) -> Oldest:
    count, since = connection.execute(wanted).one()
    return Oldest(int(count), since)


def _of(moments: list[datetime]) -> Oldest:
    return Oldest(len(moments), min(moments, default=None))
