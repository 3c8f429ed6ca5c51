"""The bench of the replay: with and without genuine histories it says what it played."""

import json
from pathlib import Path

import pytest

from benchmarks import replay


def test_without_genuine_histories_it_plays_lifecycles_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(replay, "FOLDER", tmp_path / "nowhere")
    file = tmp_path / "replay.json"
    replay.bench(lifecycles=4, file=file)
    written = json.loads(file.read_text(encoding="utf-8"))
    rows = {row["name"]: row for row in written["rows"]}
    assert rows["simulated lifecycles a minute, 2 processes"]["target"] == ">= 2000"
    assert rows["… promises open 60 s past their time"]["met"] is True
    assert written["simulated"]["lifecycles"] == 4
    assert "only simulated lifecycles" in " ".join(capsys.readouterr().out.split())
