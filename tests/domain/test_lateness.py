"""When the teller itself is late: each reason by itself, and none before its time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tellfirst.domain.lateness import (
    CLOCK_SILENT_AFTER,
    OVERDUE_AFTER,
    PROMISE_OPEN_AFTER,
    QUESTION_STANDS_AFTER,
    RECEIPT_WAITS_AFTER,
    Late,
    Lateness,
    Oldest,
    Seen,
    late,
)

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
WALL = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
"""Another clock altogether: a scenario's stands still while the machine's goes on."""
SECOND = timedelta(seconds=1)
WELL = Seen(ticked_at=WALL - CLOCK_SILENT_AFTER, prefect_answers=True, worker_online=True)


def found(**facts: Any) -> list[Lateness]:
    return [one.reason for one in late(replace(WELL, **facts), NOW, WALL)]


def test_a_teller_on_time_has_no_reason() -> None:
    assert found() == []


@pytest.mark.parametrize("ticked_at", [None, WALL - CLOCK_SILENT_AFTER - SECOND])
def test_a_clock_that_missed_three_ticks_is_silent(ticked_at: datetime | None) -> None:
    assert found(ticked_at=ticked_at) == [Lateness.CLOCK_SILENT]


@pytest.mark.parametrize(
    ("kind", "patience", "clock", "reason"),
    [
        ("incidents_due", OVERDUE_AFTER, NOW, Lateness.INCIDENTS_OVERDUE),
        ("promises_open", PROMISE_OPEN_AFTER, NOW, Lateness.PROMISES_PAST_DUE),
        ("questions_open", QUESTION_STANDS_AFTER, NOW, Lateness.APPROVALS_PAST_DUE),
        ("declined", timedelta(0), NOW, Lateness.FIRST_WORD_DECLINED),
        ("receipts", RECEIPT_WAITS_AFTER, WALL, Lateness.RECEIPTS_UNAPPLIED),
    ],
)
def test_what_waits_is_late_after_its_patience_by_its_own_clock(
    kind: str, patience: timedelta, clock: datetime, reason: Lateness
) -> None:
    since = clock - patience - SECOND
    assert found(**{kind: Oldest(3, clock - patience)}) == []
    assert found(**{kind: Oldest(3, since)}) == [reason]
    assert late(replace(WELL, **{kind: Oldest(3, since)}), NOW, WALL) == (Late(reason, 3, since),)


def test_a_prefect_that_is_away_is_one_reason_and_its_worker_no_second() -> None:
    assert found(prefect_answers=False, worker_online=None) == [Lateness.PREFECT_AWAY]
    assert found(worker_online=False) == [Lateness.WORKER_OFFLINE]
    assert found(prefect_answers=None, worker_online=None) == []
