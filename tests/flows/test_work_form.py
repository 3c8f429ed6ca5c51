"""The form on which work is stated: what it takes, and what it refuses before anything is kept."""

from datetime import UTC, datetime
from typing import Any

import pytest
from prefect.flows import Flow
from pydantic import ValidationError

from flows.announce_work import announce_work
from tasks.work_form import WorkForm
from tellfirst.domain.facts import WorkReason
from tellfirst.domain.impact import Impact
from tellfirst.domain.work import Window, WorkSource

FILLED_IN: dict[str, Any] = {
    "number": "CHG-1",
    "elements": ["site:HYD0004"],
    "begins": "2026-12-02T10:30:00",
    "ends": "2026-12-04T10:30:00",
    "zone": "Asia/Kolkata",
    "impact": "degraded",
    "reason": "repair",
}


def test_times_are_by_the_clock_of_the_zone() -> None:
    stated = WorkForm(**FILLED_IN).stated()
    assert stated.window == Window(
        datetime(2026, 12, 2, 5, 0, tzinfo=UTC), datetime(2026, 12, 4, 5, 0, tzinfo=UTC)
    )
    assert (stated.objects, stated.impact, stated.source) == (
        ("site:HYD0004",),
        Impact.DEGRADED,
        WorkSource.FORM,
    )
    assert WorkReason.of(stated.reason) is WorkReason.REPAIR


def test_a_time_that_names_its_own_offset_is_taken_at_its_word() -> None:
    form = WorkForm(**{**FILLED_IN, "begins": "2026-12-02T10:30:00+00:00"})
    assert form.window().starts_at == datetime(2026, 12, 2, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"ends": "2026-12-02T10:30:00"}, "before it begins"),
        ({"zone": "IST"}, "write one like Asia/Kolkata"),
        ({"elements": []}, "at least 1 item"),
        ({"impact": "none"}, "'down', 'degraded' or 'at_risk'"),
        ({"number": ""}, "at least 1 character"),
    ],
)
def test_what_cannot_be_announced_is_refused_by_the_form(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        WorkForm(**{**FILLED_IN, **wrong})


def test_prefect_shows_every_field_with_its_title() -> None:
    assert isinstance(announce_work, Flow)
    form = announce_work.parameters.definitions["WorkForm"]
    assert {field["title"] for name, field in form["properties"].items() if "title" in field} >= {
        *("Number", "Elements", "Begins", "Ends", "Zone", "Playbook", "Provider")
    }
