"""What an alert means for our network, by config/sources.yaml, and what that file may not say."""

from datetime import UTC, datetime
from pathlib import Path

import hyderabad
import pytest

from tellfirst.detect.sources import load_sources
from tellfirst.domain.errors import SetupError
from tellfirst.domain.impact import Impact
from tellfirst.domain.signal import Judgement, Meaning, Signal, SignalState

SITE = {
    "alertname": "CellSiteDown",
    "severity": "critical",
    "area": "Hyderabad-Miyapur",
    "site_id": "HYD0004",
}
FILE = """\
alertmanager:
  acts_on_severity: [critical]
  alerts:
    CellSiteDown:
      element: "site:{site_id}"
      cause: "area:{area}"
      impact: degraded
"""


def _signal(labels: dict[str, str]) -> Signal:
    return Signal("alertmanager", "f", datetime(2026, 11, 22, tzinfo=UTC), SignalState.FIRING, None, labels)


def _without(label: str) -> dict[str, str]:
    return {name: value for name, value in SITE.items() if name != label}


def _load(folder: Path, text: str) -> object:
    (folder / "sources.yaml").write_text(text)
    return load_sources(folder)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (SITE, Meaning("area:Hyderabad-Miyapur", "site:HYD0004", Impact.DOWN)),
        (
            _without("site_id") | {"alertname": "AreaMajorOutage"},
            Meaning("area:Hyderabad-Miyapur", None, Impact.DOWN),
        ),
        (SITE | {"severity": "warning"}, Judgement.BELOW_THRESHOLD),
        (_without("severity"), Judgement.BELOW_THRESHOLD),
        (SITE | {"alertname": "ProbeFailed"}, Judgement.UNMAPPED),
        (_without("alertname"), Judgement.UNMAPPED),
        (_without("site_id"), Judgement.UNMAPPED),
        (_without("area"), Judgement.UNMAPPED),
        ({}, Judgement.UNMAPPED),
    ],
)
def test_an_alert_means_what_the_file_says_or_is_only_kept(
    labels: dict[str, str], expected: Meaning | Judgement
) -> None:
    assert hyderabad.SOURCES.meaning(_signal(labels)) == expected


def test_the_impact_is_the_one_the_file_gives(tmp_path: Path) -> None:
    _load(tmp_path, FILE)
    meaning = load_sources(tmp_path).meaning(_signal(SITE))
    assert isinstance(meaning, Meaning)
    assert meaning.impact is Impact.DEGRADED


def test_a_label_that_looks_like_a_place_for_a_label_stays_as_it_came() -> None:
    meaning = hyderabad.SOURCES.meaning(_signal(SITE | {"area": "{severity}{0.__class__}"}))
    assert isinstance(meaning, Meaning)
    assert meaning.cause_key == "area:{severity}{0.__class__}"


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("element:", "elment:", r"sources.yaml:5: unknown key .*elment.* \(did you mean `element`\?\)"),
        ("acts_on_severity: [critical]", "acts_on_severity: []", r"sources.yaml:2: .*acts_on_severity"),
        ("impact: degraded", "impact: broken", r"sources.yaml:7: .*impact"),
        (
            '      cause: "area:{area}"\n',
            "",
            r"sources.yaml:4: `alertmanager.alerts.CellSiteDown.cause` is missing",
        ),
        ("site:{site_id}", "site:{site_id", r"sources.yaml:5: .*element`.*\{label\}"),
        ("area:{area}", "area:{area!r}", r"sources.yaml:6: .*cause`.*\{label\}"),
        ("area:{area}", "area:{}", r"sources.yaml:6: .*cause`.*\{label\}"),
        (
            "alertmanager:",
            "alertmanger:",
            r"sources.yaml:1: unknown key .* \(did you mean `alertmanager`\?\)",
        ),
    ],
)
def test_a_mistake_in_the_file_is_found_before_anything_starts(
    tmp_path: Path, before: str, after: str, complaint: str
) -> None:
    assert before in FILE
    with pytest.raises(SetupError, match=complaint):
        _load(tmp_path, FILE.replace(before, after))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"sources\.yaml: is missing"):
        load_sources(tmp_path)
