"""Genuine histories from a folder beside the project: all are read, one in many is played.

The folder is optional: named by TELLFIRST_SHARED, or `shared/data` beside the project. All of them:
`tellfirst replay` (docs/replay.md).
"""

import os
from collections import Counter
from pathlib import Path

import pytest

from tellfirst.replay.comparing import Failed, compare
from tellfirst.replay.report import Report
from tellfirst.replay.shelf import Shelf, read_all
from tellfirst.replay.theatre import Theatre

BESIDE = Path(__file__).resolve().parents[2].parent / "shared" / "data"
FOLDER = Path(os.environ.get("TELLFIRST_SHARED", BESIDE)) / "incident-histories"
FILES = {"github-status.jsonl.gz": 399, "google-cloud.jsonl.gz": 162, "pge-outages.jsonl.gz": 4671}
ONE_IN = {"github": 40, "google-cloud": 40, "pge": 400, "sr.ht": 2, "statuspage": 1}

pytestmark = pytest.mark.skipif(
    not all((FOLDER / name).is_file() for name in FILES),
    reason="the optional folder with genuine incident histories is not there (TELLFIRST_SHARED)",
)


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return read_all([*(FOLDER / name for name in FILES), FOLDER / "sr.ht-cstate", FOLDER / "statuspage-json"])


def test_every_record_is_played_or_counted(shelf: Shelf) -> None:
    read = Counter(it.source for it in shelf.histories)
    for name, source in zip(FILES, ("github", "google-cloud", "pge"), strict=True):
        assert read[source] + shelf.skipped[name].total() == FILES[name]
        assert read[source] > 0.9 * FILES[name]


def test_what_companies_promise_is_read_as_others_counted_it(shelf: Shelf) -> None:
    """GitHub gives a time in about 2 of 100 updates, Google Cloud in nearly all."""
    share = {}
    for source in ("github", "google-cloud"):
        words = [word for it in shelf.histories if it.source == source for word in it.words]
        share[source] = sum(word.next_by is not None for word in words) / len(words)
    assert 0.01 < share["github"] < 0.04
    assert share["google-cloud"] > 0.99


def test_one_in_many_is_played_and_every_target_holds(shelf: Shelf, theatre: Theatre) -> None:
    report = Report("a sample", {})
    for source, step in ONE_IN.items():
        of_source = [it for it in shelf.histories if it.source == source]
        # The longest go on for weeks.
        chosen = sorted(of_source, key=lambda it: (it.resolved_at - it.onset, it.id))[step // 2 :: step]
        for it in chosen[: max(1, len(chosen) - 1)]:
            report.add(compare(theatre, it))
    assert [one for one in report.failed if isinstance(one, Failed)] == []
    assert report.misses() == []
