"""Planned work as a calendar entry: what networks' own tools expect of it."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from icalendar import Calendar
from webhook_house import FACTS, SENDER, at, facts_text

from tellfirst.carriers.webhook.calendar import PlannedWork, WorkImpact, WorkStatus, calendar_text
from tellfirst.carriers.webhook.renderings import calendar_of
from tellfirst.carriers.webhook.told import Told
from tellfirst.domain.facts import Cause, FactRecord
from tellfirst.domain.message import Message

SHARED = Path(os.environ.get("TELLFIRST_SHARED") or Path(__file__).resolve().parents[3] / "shared" / "data")
SAMPLES = SHARED / "planned-maintenance" / "ical"
REQUIRED = {
    "DTSTART",
    "DTEND",
    "DTSTAMP",
    "UID",
    "SUMMARY",
    "ORGANIZER",
    "SEQUENCE",
    "X-MAINTNOTE-PROVIDER",
    "X-MAINTNOTE-ACCOUNT",
    "X-MAINTNOTE-MAINTENANCE-ID",
    "X-MAINTNOTE-OBJECT-ID",
    "X-MAINTNOTE-IMPACT",
}
WORK = PlannedWork(
    provider="deccan.example",
    account="customer.example",
    work="INC-2026-0009",
    objects=("mobile", "broadband"),
    impact=WorkImpact.OUTAGE,
    status=WorkStatus.CONFIRMED,
    starts_at=at(20),
    ends_at=at(22),
    stated_at=at(9, 15),
    sequence=3,
    summary="Work on a mast; mobile, broadband\nmay fail",
    organizer_mail=SENDER,
    organizer_name='Deccan "Mobile", operations',
    description="గచ్చిబౌలి " * 30,
)
PLANNED = replace(FACTS, cause=Cause.PLANNED_WORK, started_at=at(20), estimate_at=at(22))


def entry(text: str):
    [found] = Calendar.from_ical(text).walk("VEVENT")
    return found


def calendar(facts: FactRecord, **own: object) -> str:
    told = Told.of(json.loads(facts_text(facts, **own)))
    return calendar_of(told, Message("Work on a mast.", "Planned work"), SENDER, "customer.example")


def test_everything_the_practice_requires_is_written_and_read_back() -> None:
    found = entry(calendar_text(WORK))
    assert set(found) >= REQUIRED
    assert found.decoded("DTSTART") == at(20)
    assert found.decoded("DTEND") == at(22)
    assert (found["UID"], found["SEQUENCE"]) == ("INC-2026-0009@deccan.example", 3)
    assert found["SUMMARY"] == WORK.summary
    assert found["DESCRIPTION"] == WORK.description
    assert found["ORGANIZER"] == f"mailto:{SENDER}"
    assert [str(one) for one in found["X-MAINTNOTE-OBJECT-ID"]] == ["mobile", "broadband"]
    assert (found["X-MAINTNOTE-IMPACT"], found["X-MAINTNOTE-STATUS"]) == ("OUTAGE", "CONFIRMED")


def test_lines_are_folded_as_rfc_5545_has_it_and_nobody_is_invited() -> None:
    text = calendar_text(WORK)
    assert "METHOD" not in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")


def test_a_later_word_has_the_same_uid_and_a_higher_sequence() -> None:
    first, second = entry(calendar_text(WORK)), entry(calendar_text(replace(WORK, sequence=4)))
    assert first["UID"] == second["UID"]
    assert second["SEQUENCE"] > first["SEQUENCE"]


@pytest.mark.parametrize(
    ("status", "plain", "method"),
    [
        (WorkStatus.TENTATIVE, "TENTATIVE", None),
        (WorkStatus.CONFIRMED, "CONFIRMED", None),
        (WorkStatus.IN_PROCESS, "CONFIRMED", None),
        (WorkStatus.COMPLETED, "CONFIRMED", None),
        (WorkStatus.CANCELLED, "CANCELLED", "CANCEL"),
    ],
)
def test_calendars_that_know_nothing_of_maintenance_notes_learn_that_work_does_not_take_place(
    status: WorkStatus, plain: str, method: str | None
) -> None:
    text = calendar_text(replace(WORK, status=status))
    assert entry(text)["STATUS"] == plain
    assert Calendar.from_ical(text).get("METHOD") == method


@pytest.mark.parametrize(
    "wrong", [{"account": ""}, {"objects": ()}, {"objects": ("",)}, {"work": ""}, {"ends_at": at(20)}]
)
def test_a_note_the_practice_forbids_cannot_be_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"note|work"):
        replace(WORK, **wrong)


@pytest.mark.parametrize(
    ("facts", "own", "status", "impact"),
    [
        (PLANNED, {"occasion": "first_word"}, "CONFIRMED", "OUTAGE"),
        (replace(PLANNED, stated_at=at(20, 30)), {"impact": "degraded"}, "IN-PROCESS", "DEGRADED"),
        (
            replace(PLANNED, stated_at=at(23), ended_at=at(22, 40)),
            {"occasion": "restored"},
            "COMPLETED",
            "OUTAGE",
        ),
        (PLANNED, {"occasion": "correction", "impact": "ok"}, "CANCELLED", "NO-IMPACT"),
        (PLANNED, {"impact": "at_risk"}, "CONFIRMED", "REDUCED-REDUNDANCY"),
    ],
)
def test_facts_of_planned_work_become_a_note(
    facts: FactRecord, own: dict[str, object], status: str, impact: str
) -> None:
    found = entry(calendar(facts, **own))
    assert (found["X-MAINTNOTE-STATUS"], found["X-MAINTNOTE-IMPACT"]) == (status, impact)
    assert found["X-MAINTNOTE-ACCOUNT"] == "customer.example"


def test_what_is_not_planned_or_has_no_end_is_no_note() -> None:
    assert calendar(FACTS) == ""
    assert calendar(replace(PLANNED, estimate_at=None)) == ""
    assert calendar(PLANNED, occasion="survey") == ""


def samples(pattern: str) -> list[Path]:
    if not SAMPLES.exists():
        pytest.skip("networks' own maintenance notes are not beside this checkout (../shared/data)")
    return sorted(
        path for path in SAMPLES.glob(pattern) if path.suffix != ".json" and "result" not in path.name
    )


def test_genuine_notes_of_networks_have_the_same_properties_as_ours() -> None:
    genuine = samples("ical[0-9]")
    assert genuine
    ours = set(entry(calendar_text(WORK)))
    for path in genuine:
        found = set(entry(path.read_text()))
        assert {name for name in found if name.startswith("X-MAINTNOTE")} <= ours, path.name
        # Some networks leave one of these out, though the practice asks for them.
        assert found >= REQUIRED - {"SEQUENCE", "ORGANIZER", "X-MAINTNOTE-OBJECT-ID"}, path.name


def test_each_note_that_lacks_something_lacks_what_ours_always_has() -> None:
    lacking = samples("ical_no_*")
    assert lacking
    for path in lacking:
        assert REQUIRED - set(entry(path.read_text())), path.name


def test_cancelled_work_is_cancelled_in_the_calendar_under_the_window_that_was_announced() -> None:
    facts = replace(PLANNED, estimate_at=None, window_from=at(20), window_until=at(22))
    cancelled = entry(calendar(facts, occasion="cancelled", impact="ok"))
    assert str(cancelled["X-MAINTNOTE-STATUS"]) == "CANCELLED"
    assert (cancelled["DTSTART"].dt, cancelled["DTEND"].dt) == (at(20), at(22))
