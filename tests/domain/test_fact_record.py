"""The fact record: the same after a stay in the database, and without a time that has no zone."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.facts import TIMES, Action, Cause, FactRecord, ServiceKind, WorkReason

NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
FULL = FactRecord(
    reference="INC-2026-0007",
    sequence=3,
    company="Asha Telecom",
    service=ServiceKind.MOBILE,
    place="Gachibowli",
    started_at=NOON,
    cause=Cause.FIBRE_CUT,
    action=Action.CREW_ON_SITE,
    emergency_calls=True,
    contact="+914055500000",
    page="https://status.example.org/INC-2026-0007",
    stated_at=NOON + timedelta(minutes=1),
    next_update_at=NOON + timedelta(minutes=31),
    estimate_at=NOON + timedelta(hours=2),
    previous_estimate_at=NOON + timedelta(hours=1),
    ended_at=NOON + timedelta(hours=3),
    notes=(("en", "A crew is on site."), ("ur", "عملہ موقع پر ہے")),
    window_from=NOON,
    window_until=NOON + timedelta(hours=8),
    previous_from=NOON - timedelta(days=1),
    previous_until=NOON - timedelta(hours=16),
    work_reason=WorkReason.REPAIR,
)
BARE = replace(
    FULL,
    **dict.fromkeys(("next_update_at", "estimate_at", "previous_estimate_at", "ended_at", "work_reason")),
    **dict.fromkeys(("window_from", "window_until", "previous_from", "previous_until")),
    notes=(),
)


def _stored(record: FactRecord) -> FactRecord:
    return FactRecord.from_json(json.loads(json.dumps(record.to_json())))


@pytest.mark.parametrize("record", [FULL, BARE])
def test_a_record_comes_back_from_the_database_as_it_went_in(record: FactRecord) -> None:
    assert _stored(record) == record


@given(
    service=st.sampled_from(ServiceKind),
    cause=st.sampled_from(Cause),
    action=st.sampled_from(Action),
    text=st.text(),
    moment=st.datetimes(
        min_value=datetime(1970, 1, 1),
        max_value=datetime(2100, 1, 1),
        timezones=st.sampled_from([UTC, ZoneInfo("Asia/Kathmandu"), timezone(timedelta(hours=14))]),
    ),
)
def test_any_record_comes_back_equal_and_with_its_words_as_words(
    service: ServiceKind, cause: Cause, action: Action, text: str, moment: datetime
) -> None:
    record = replace(
        FULL,
        service=service,
        cause=cause,
        action=action,
        place=text,
        estimate_at=moment,
        notes=(("te", text),),
    )
    stored = _stored(record)
    assert stored == record
    assert (type(stored.service), type(stored.cause), type(stored.action)) == (ServiceKind, Cause, Action)
    assert stored.estimate_at is not None
    assert stored.estimate_at.tzinfo is UTC


@pytest.mark.parametrize("name", TIMES)
def test_a_time_without_a_zone_is_refused_wherever_it_stands(name: str) -> None:
    naive = datetime(2026, 11, 22, 12, 0)
    with pytest.raises(RuleBroken, match="has no zone"):
        replace(FULL, **{name: naive})
    with pytest.raises(RuleBroken, match="has no zone"):
        FactRecord.from_json({**FULL.to_json(), name: naive.isoformat()})


def test_every_time_of_the_record_is_checked() -> None:
    assert {field.name for field in fields(FactRecord) if "datetime" in str(field.type)} == set(TIMES)


def test_a_time_from_another_zone_is_kept_as_the_same_instant_in_utc() -> None:
    local = datetime(2026, 11, 22, 17, 45, tzinfo=ZoneInfo("Asia/Kathmandu"))
    record = replace(FULL, estimate_at=local)
    assert record.estimate_at == local
    assert record.to_json()["estimate_at"] == "2026-11-22T12:00:00+00:00"


def test_a_record_of_an_earlier_version_with_a_field_no_longer_known_can_still_be_read() -> None:
    assert FactRecord.from_json({**FULL.to_json(), "mood": "hopeful"}) == FULL


def test_a_word_no_language_has_is_refused() -> None:
    with pytest.raises(ValueError, match="gremlins"):
        FactRecord.from_json({**FULL.to_json(), "cause": "gremlins"})


def test_a_record_from_before_announced_work_can_be_read() -> None:
    of_the_work = {"window_from", "window_until", "previous_from", "previous_until", "work_reason"}
    stored = {name: value for name, value in BARE.to_json().items() if name not in of_the_work}
    assert FactRecord.from_json(json.loads(json.dumps(stored))) == BARE


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ("repair", WorkReason.REPAIR),
        (" Improvement ", WorkReason.IMPROVEMENT),
        ("swap of line card 7/0", WorkReason.MAINTENANCE),
        ("", WorkReason.MAINTENANCE),
    ],
)
def test_a_providers_own_sentence_is_maintenance_to_customers(stated: str, reason: WorkReason) -> None:
    assert WorkReason.of(stated) is reason
