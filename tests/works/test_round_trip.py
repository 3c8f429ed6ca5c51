"""What we write for business customers, our own reader and a second one read back the same."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellfirst.carriers.webhook.calendar import PlannedWork, WorkImpact, WorkStatus, calendar_text
from tellfirst.domain.work import StatedWork
from tellfirst.works.maintenance_notes import IMPACTS, STATUSES, read_notes

START = datetime(2026, 12, 1, 20, tzinfo=UTC)
WORK = PlannedWork(
    provider="asha.example",
    account="C000123",
    work="INC-2026-0009",
    objects=("mobile", "broadband"),
    impact=WorkImpact.OUTAGE,
    status=WorkStatus.CONFIRMED,
    starts_at=START,
    ends_at=START + timedelta(hours=2),
    stated_at=START - timedelta(days=10),
    sequence=1,
    summary="Work on a mast",
    organizer_mail="noc@asha.example",
    organizer_name="Asha Telecom",
)
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), min_size=1, max_size=80
)
WORKS = st.builds(
    PlannedWork,
    provider=st.just("asha.example"),
    account=TEXTS,
    work=TEXTS,
    objects=st.lists(TEXTS, min_size=1, max_size=5, unique=True).map(tuple),
    impact=st.sampled_from(WorkImpact),
    status=st.sampled_from(WorkStatus),
    starts_at=st.just(START),
    ends_at=st.integers(1, 10_000).map(lambda minutes: START + timedelta(minutes=minutes)),
    stated_at=st.just(START - timedelta(days=10)),
    sequence=st.integers(0, 999),
    summary=TEXTS,
    organizer_mail=st.just("noc@asha.example"),
    organizer_name=st.just("Asha Telecom"),
    description=st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=200),
)


def read_back(work: PlannedWork) -> StatedWork:
    [one] = read_notes(calendar_text(work).encode(), "ours.ics").statements
    return one.stated


def is_the_same(work: PlannedWork, stated: StatedWork) -> bool:
    return (
        stated.external_id == work.work
        and stated.account == work.account
        and stated.objects == work.objects
        and stated.impact is IMPACTS[work.impact]
        and stated.status is STATUSES[work.status]
        and (stated.window.starts_at, stated.window.ends_at) == (work.starts_at, work.ends_at)
        and stated.stamp == work.stated_at
    )


@given(WORKS)
def test_our_own_reader_reads_what_we_write(work: PlannedWork) -> None:
    stated = read_back(work)
    assert is_the_same(work, stated)
    assert (stated.provider, stated.sequence) == (work.provider, work.sequence)


@pytest.mark.parametrize("status", WorkStatus)
@pytest.mark.parametrize("impact", WorkImpact)
def test_a_second_reader_reads_the_same(status: WorkStatus, impact: WorkImpact) -> None:
    pytest.importorskip("circuit_maintenance_parser", reason="the extra circuits is not installed")
    from tellfirst.works.circuit_mails import read_calendar

    work = replace(WORK, status=status, impact=impact)
    [one] = read_calendar(calendar_text(work).encode(), "ours.ics").statements
    assert is_the_same(work, one.stated)
    assert one.stated.sequence == work.sequence


def test_a_later_word_about_the_work_is_the_newer_of_the_two_to_a_reader() -> None:
    moved = replace(
        WORK, sequence=2, starts_at=START + timedelta(hours=1), stated_at=START - timedelta(days=1)
    )
    first, second = read_back(WORK), read_back(moved)
    assert first.external_id == second.external_id
    assert second.sequence > first.sequence
