"""The evidence is what the carriers saw, word for word, out of the books alone."""

import csv
import json
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, update
from stage import Stage

from tellfirst.cli import evidence as command
from tellfirst.domain.facts import Cause
from tellfirst.domain.message import PERSONAL_LINK
from tellfirst.review import evidence
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

STARTS_AT = datetime(2026, 11, 22, 5, 13, tzinfo=UTC)
FIRST = "INC-2026-0001"


def _told(stage: Stage) -> None:
    stage.go_to("05:13:20")
    stage.monitor("002_grouped_firing_1alerts.json")
    stage.go_to("05:30")
    stage.engineer(FIRST, cause=Cause.POWER_FAILURE, estimate=timedelta(minutes=50))
    stage.go_to("05:56")


@pytest.fixture
def stage(engine: Engine) -> Stage:
    return Stage(engine, STARTS_AT)


@pytest.fixture
def small(sqlite_engine: Engine) -> Stage:
    return Stage(sqlite_engine, STARTS_AT)


def test_every_message_a_carrier_took_can_be_said_again_word_for_word(stage: Stage) -> None:
    _told(stage)
    # Customers change after they were told; the evidence is of what they read then.
    with writing(stage.engine) as connection:
        connection.execute(update(t.audience).values(language="ms", impact=1, zone="Europe/London"))
        words = {one.text: one.words for one in evidence.texts(connection, FIRST)}
        rows = list(evidence.deliveries(connection, FIRST, evidence.texts(connection, FIRST)))
    sent = [one for carrier in stage.carriers.values() for one in carrier.sent]
    assert len(sent) > 30
    left = [row for row in rows if row["text"] and row["taken at"]]
    assert sorted(words[row["text"]] for row in left) == sorted(
        re.sub(r"http://\S+/p/\S+", PERSONAL_LINK, one.text) for one in sent
    )
    assert {row["language"] for row in left} == {"en", "te", "ms", "ur"}
    assert all(row["template version"] for row in left)


def test_whoever_was_not_told_stands_there_with_the_reason(small: Stage) -> None:
    _told(small)
    with reading(small.engine) as connection:
        rows = list(evidence.deliveries(connection, FIRST, []))
        missed = {row["customer"]: row["why not"] for row in evidence.not_told(connection, FIRST)}
        heard = {row["customer"] for row in rows if row["told"]}
        covered = {row["customer"] for row in rows if row["told by the message to"]}
        everybody = {row["customer"] for row in rows}
    assert missed
    assert not set(missed) & heard
    assert everybody <= heard | covered | set(missed)
    assert all(missed.values())


def test_a_text_from_before_texts_were_kept_is_said_to_be_missing_and_not_guessed(small: Stage) -> None:
    _told(small)
    with writing(small.engine) as connection:
        connection.execute(delete(t.text_source))
        assert evidence.texts(connection, FIRST) == []
        assert [one["texts_kept"] for one in evidence.notices(connection, FIRST)] == [False] * 3
        assert all(row["text"] == "" for row in evidence.deliveries(connection, FIRST, []))


def test_the_folder_holds_all_of_it_and_a_manifest_of_hashes_and_no_contact_point(
    small: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _told(small)
    small.text("+919999999999", "Is there a problem?")
    monkeypatch.setattr(command, "world", lambda: small.world)
    small.world.__dict__.update(engine=small.engine, clock=small.clock)
    command.evidence(FIRST, to=tmp_path)
    assert "written to" in capsys.readouterr().out
    folder = tmp_path / FIRST
    manifest = json.loads((folder / "manifest.json").read_text())
    files = {path.name for path in folder.iterdir()} - {"manifest.json"}
    assert set(manifest["files"]) == files >= {"deliveries.csv", "texts.json", "promise.csv", "receipt.csv"}
    for name, digest in manifest["files"].items():
        assert sha256((folder / name).read_bytes()).hexdigest() == digest
    with (folder / "deliveries.csv").open(newline="") as file:
        told = [row for row in csv.DictReader(file) if row["told"] == "True"]
    assert len(told) == small.messages_count() - _lost(small)
    everything = "".join((folder / name).read_text() for name in files)
    for one in small.carriers["sms"].sent:  # type: ignore[index]
        assert one.to not in everything


def _lost(stage: Stage) -> int:
    """Taken by a carrier, and then not delivered."""
    d = t.delivery.c
    with reading(stage.engine) as connection:
        rows = connection.execute(t.delivery.select().where(d.handed_over_at.is_not(None))).all()
    return sum(row.state == "undelivered" for row in rows)
