"""The bench of storms draws what it says, and counts what it breaks."""

import json
from pathlib import Path

from benchmarks.storm import bench, draw


def test_a_storm_is_the_same_for_the_same_seed_and_holds_lost_and_false_alerts() -> None:
    storm = draw(3, 400)
    assert (storm.alerts, storm.broken) == (draw(3, 400).alerts, draw(3, 400).broken)
    down = frozenset().union(*storm.broken.values())
    assert 0.8 * 400 <= len(storm.alerts) <= 400
    assert storm.false
    assert not storm.false & down
    assert set(storm.alerts) - storm.false < down


def test_a_small_storm_is_measured_and_written(tmp_path: Path) -> None:
    file = tmp_path / "storm.json"
    bench(alerts=400, seed=3, database=("sqlite",), json=file)
    rows = {row["name"]: row for row in json.loads(file.read_text())["rows"]}
    assert rows["sqlite: precision"]["value"] >= 0.9
    assert rows["sqlite: recall"]["value"] >= 0.8
    assert rows["sqlite: incidents opened"]["value"] < rows["alerts"]["value"] / 2
