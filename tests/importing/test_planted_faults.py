"""A file of 20 000 customers with a thousand faults: every one is found at its line, and nothing else."""

from pathlib import Path

from filing import Bring, rejects, stored
from sqlalchemy import Engine

from benchmarks.planting import FAULTS, plant
from tellfirst.store import tables as t


def test_every_planted_fault_is_found_at_its_line_and_nothing_else(
    engine: Engine, bring: Bring, tmp_path: Path
) -> None:
    planted = plant(tmp_path / "planted.csv", seed=3, row_count=20_000, fault_count=1_000)
    assert {rule for _, _, rule in FAULTS} == {rule for _, _, rule in planted.faults}
    report = bring(engine, "customers", planted.path.read_bytes())
    assert set(rejects(engine)) == planted.faults
    assert (report.row_count, report.new_count, report.rejected_count) == (20_000, 19_000, 1_000)
    lines = planted.path.read_text(encoding="utf-8").splitlines(keepends=True)
    assert len(stored(engine, t.customer, "reference")) == planted.sound_count
    texts = stored(engine, t.import_reject, "line", "rule", "text")
    for line, rule, text in texts:
        if rule in {"unknown_word", "unknown_zone", "display_name", "short_number", "out_of_range"}:
            assert text in lines[line - 1], f"line {line} is not where {rule} is"
