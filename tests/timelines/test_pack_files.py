"""Packs are read strictly, and a draft is on only when somebody says by name that it may be."""

import shutil
from pathlib import Path

import hyderabad
import pytest

from tellfirst.domain.errors import SetupError
from tellfirst.domain.pack import HOUSE_DEFAULT, SOUND, Status
from tellfirst.timelines.dues import due, written
from tellfirst.timelines.packs import load_policy

FILE = """\
title: A rule
jurisdiction: XX
sector: telecom
source: the gazette
verified_on: 2026-11-22
status: verified
triggers:
  - name: large
    forecast: true
    quality: P
    when:
      - {metric: customers, op: at_least, value: 100}
clocks:
  - {name: alert, audience: regulator, anchor: detected, due: 2h, quality: P}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    (folder / "packs").mkdir(parents=True)
    for name in ("calendars.yaml", "packs.yaml", f"packs/{HOUSE_DEFAULT}.yaml"):
        shutil.copy(hyderabad.CONFIG / name, folder / name)
    return folder


def _complaint(config: Path) -> str:
    with pytest.raises(SetupError) as found:
        load_policy(config)
    return str(found.value)


def test_every_row_of_the_table_is_shipped_and_only_the_house_default_is_on() -> None:
    policy = load_policy(hyderabad.CONFIG)
    assert len(policy.known) == 21
    assert list(policy.packs) == [HOUSE_DEFAULT]


def test_whatever_was_not_seen_in_the_primary_text_makes_a_draft() -> None:
    for one in load_policy(hyderabad.CONFIG).known.values():
        qualities = {part.quality for part in (*one.triggers, *one.clocks, *one.planned, *one.compensation)}
        assert one.status is Status.DRAFT or qualities <= SOUND, one.id


@pytest.mark.parametrize("key", ["source", "verified_on", "status"])
def test_a_pack_without_its_source_date_or_status_is_refused(config: Path, key: str) -> None:
    lines = [line for line in FILE.splitlines() if not line.startswith(key)]
    (config / "packs" / "xx-rule.yaml").write_text("\n".join(lines))
    assert f"xx-rule.yaml:1: `{key}` is missing (add it)" in _complaint(config)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("quality: P}", "quality: S}", 14, "this number is only `S` (check it in the primary text"),
        ("due: 2h", "due: soon", 14, "like 30m, 2h, 4 working hours"),
        ("value: 100", "value: many", 12, "write a number, or a share like 5%"),
        ("op: at_least", "op: one_of", 12, "customers is compared with at_least or more_than"),
        ("anchor: detected, due: 2h", "anchor: told, repeat: {every: 2h}", 14, "say with `stop_at`"),
        ("due: 2h, ", "", 14, "write `due` for what is owed once"),
        ("due: 2h", "due: 2h, calendar: indai", 14, "there is no calendar indai (did you mean india?)"),
        ("forecast: true", "forcast: true", 9, "did you mean `forecast`?"),
        ("sector: telecom", "sector: telco", 3, "sector"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_cure(
    config: Path, old: str, new: str, line: int, words: str
) -> None:
    (config / "packs" / "xx-rule.yaml").write_text(FILE.replace(old, new, 1))
    complaint = _complaint(config)
    assert f"xx-rule.yaml:{line}:" in complaint
    assert words in complaint


def test_two_clocks_for_the_same_are_refused(config: Path) -> None:
    (config / "packs" / "xx-rule.yaml").write_text(FILE + FILE.splitlines()[-1] + "\n")
    assert "there are two clocks alert for regulator from detected" in _complaint(config)


def test_a_draft_is_on_only_with_the_name_of_whoever_accepts_it(config: Path) -> None:
    (config / "packs" / "xx-rule.yaml").write_text(FILE.replace("status: verified", "status: draft"))
    enabled = config / "packs.yaml"
    for entry in ("{pack: xx-rule}", "{pack: xx-rule, accept_draft: true}"):
        enabled.write_text(f"enabled:\n  - {entry}\n")
        assert "packs.yaml:2: xx-rule is a draft" in _complaint(config)
    enabled.write_text("enabled:\n  - {pack: xx-rule, accept_draft: true, accepted_by: Asha Rao}\n")
    policy = load_policy(config)
    assert (list(policy.packs), policy.accepted) == (["xx-rule"], {"xx-rule": "Asha Rao"})


def test_a_pack_that_there_is_not_is_refused_with_the_nearest(config: Path) -> None:
    (config / "packs.yaml").write_text("enabled:\n  - pack: house-defalt\n")
    assert "there is no pack house-defalt (did you mean house-default?)" in _complaint(config)


@pytest.mark.parametrize(
    "text",
    ["30m", "36h", "10d", "90s", "4 working hours", "1 working day", "2 calendar days", "end of next day"],
)
def test_a_time_that_is_owed_is_written_as_it_was_read(text: str) -> None:
    assert written(due(text)) == text
