"""Which recorded clips make a call in a language that no voice reads."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
from kukatpally import FACTS

from tellfirst.carriers.twilio.clips import clip_names, clips_of, names_of
from tellfirst.carriers.twilio.speech import LONGEST_TWIML, played
from tellfirst.domain.facts import Action, Cause, FactRecord, ServiceKind, WorkReason
from tellfirst.domain.message import Reader
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.reading import Reading

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "voice-and-whatsapp.md"
READER = Reader("ur", "Asia/Karachi", "down")
TOMORROW = datetime(2026, 11, 23, 6, 5, tzinfo=UTC)
FULLEST = replace(
    FACTS,
    emergency_calls=True,
    estimate_at=TOMORROW,
    previous_estimate_at=datetime(2026, 11, 22, 4, 45, tzinfo=UTC),
    ended_at=datetime(2026, 11, 22, 19, 0, tzinfo=UTC),
    window_from=datetime(2026, 11, 22, 4, 30, tzinfo=UTC),
    window_until=TOMORROW,
    previous_from=datetime(2026, 11, 24, 4, 30, tzinfo=UTC),
    work_reason=WorkReason.REPAIR,
)
REFERENCE = ["reference", *(f"digit_{digit}" for digit in "20260007"), "closing"]


def clips(
    occasion: Occasion, facts: FactRecord = FULLEST, reader: Reader = READER, holding: bool = False
) -> list[str]:
    return names_of(Reading.of(occasion, holding, facts, reader))


def test_a_first_word_tells_all_but_free_words_and_its_times_on_the_readers_clock() -> None:
    assert clips(Occasion.FIRST_WORD) == [
        *("first_word", "service_mobile", "impact_down", "cause_fibre_cut", "action_repairing"),
        *("emergency_affected", "started", "hour_08", "minute_37"),
        *("estimate", "day_23", "month_11", "hour_11", "minute_05"),
        *("next_update", "hour_09", "minute_10", *REFERENCE),
    ]


def test_an_update_without_news_or_estimate_says_both() -> None:
    calm = replace(FULLEST, emergency_calls=False, estimate_at=None)
    assert clips(Occasion.UPDATE, calm, holding=True) == [
        *("update", "holding", "service_mobile", "impact_down", "cause_fibre_cut", "action_repairing"),
        *("no_estimate", "next_update", "hour_09", "minute_10", *REFERENCE),
    ]


def test_an_overrun_names_the_time_that_is_not_kept_before_the_new_one() -> None:
    names = clips(Occasion.OVERRUN)
    old, new = names.index("previous_estimate"), names.index("estimate")
    assert names[old + 1 : old + 3] == ["hour_09", "minute_45"]
    assert old < new
    assert "previous_estimate" not in clips(Occasion.OVERRUN, replace(FULLEST, previous_estimate_at=None))


def test_an_all_clear_says_since_when_it_is_over() -> None:
    assert clips(Occasion.RESTORED) == [
        *("restored", "service_mobile", "ended", "day_23", "month_11", "hour_00", "minute_00"),
        *("started", "hour_08", "minute_37", "emergency_working", *REFERENCE),
    ]


def test_who_was_told_wrongly_hears_so_and_no_promise() -> None:
    names = clips(Occasion.CORRECTION, reader=replace(READER, impact="ok"))
    assert names == ["correction_not_yours", "service_mobile", *REFERENCE]
    assert clips(Occasion.CORRECTION)[0] == "correction"


def test_moved_work_names_the_beginning_that_no_longer_stands_before_the_new_window() -> None:
    assert clips(Occasion.PLANNED) == [
        *("planned", "no_longer", "day_24", "month_11", "hour_09", "minute_30"),
        *("begins", "hour_09", "minute_30", "ends", "day_23", "month_11", "hour_11", "minute_05"),
        *("service_mobile", "impact_down", "reason_repair", "emergency_affected"),
        *("next_update", "hour_09", "minute_10", *REFERENCE),
    ]


def test_a_survey_is_one_question() -> None:
    assert clips(Occasion.SURVEY) == ["survey", *REFERENCE]


def test_each_of_several_services_is_named() -> None:
    reader = replace(READER, services=(ServiceKind.BROADBAND, ServiceKind.POWER))
    assert clips(Occasion.UPDATE, reader=reader)[1:3] == ["service_broadband", "service_power"]


def test_clips_lie_in_the_folder_of_their_language() -> None:
    reading = Reading.of(Occasion.SURVEY, False, FULLEST, READER)
    assert clips_of(reading, "https://clips.example/a/")[0] == "https://clips.example/a/ur/survey.mp3"


@pytest.mark.parametrize("occasion", list(Occasion))
def test_no_call_asks_for_a_clip_that_is_not_on_the_list(occasion: Occasion) -> None:
    known = set(clip_names())
    for cause, action, impact in product(Cause, Action, ("ok", "at_risk", "degraded", "down")):
        turn = replace(FULLEST, cause=cause, action=action)
        reader = replace(READER, impact=impact, services=tuple(ServiceKind))
        assert set(clips(occasion, turn, reader, holding=True)) <= known


def test_the_list_names_no_clip_twice_and_covers_every_minute_of_a_year() -> None:
    names = clip_names()
    assert len(names) == len(set(names))
    counted = {
        kind: sum(name.startswith(kind) for name in names) for kind in ("hour_", "minute_", "day_", "month_")
    }
    assert counted == {"hour_": 24, "minute_": 60, "day_": 31, "month_": 12}


def test_whoever_records_clips_is_told_of_every_one() -> None:
    page = HOW_TO.read_text(encoding="utf-8")
    numbered = ("day_", "month_", "hour_", "minute_", "digit_")
    for name in clip_names():
        kind = next((kind for kind in numbered if name.startswith(kind)), name)
        assert f"`{kind}" in page, name


@pytest.mark.parametrize("occasion", list(Occasion))
def test_the_longest_call_fits_into_one_request(occasion: Occasion) -> None:
    far = {
        name: datetime(2026, 11, 24, 6, 5, tzinfo=UTC)
        for name in ("started_at", "estimate_at", "previous_estimate_at", "next_update_at", "ended_at")
    }
    reading = Reading.of(
        occasion, True, replace(FULLEST, **far), replace(READER, services=tuple(ServiceKind))
    )
    folder = "https://a-rather-long-name-of-a-bucket.example.com/notices"
    twiml = played(clips_of(reading, folder))
    assert len(twiml) <= LONGEST_TWIML
    assert twiml.count("<Play>") >= len(names_of(reading))
