"""Each configured source has a door of its own name; whatever comes there, it is judged or refused, never a fault."""

import json
from pathlib import Path
from typing import Any

import front
import hyderabad
import pytest
from front import TestClient
from hyderabad import FIRST, rows

from tellfirst.bootstrap import World
from tellfirst.detect.sources import load_sources
from tellfirst.store import tables as t
from tellfirst.store.engine import reading

TOKEN = {"Authorization": f"Bearer {front.TOKEN}"}
KINDS = ("alertmanager", "icinga", "cap", "cloudwatch", "pagerduty", "grafana", "grafana_legacy", "pingdom")
ICINGA = (Path(hyderabad.__file__).parent / "samples" / "icinga" / "events-first12.ndjson").read_bytes()
SUBSCRIPTION = {"Type": "SubscriptionConfirmation", "Token": "secret", "SubscribeURL": "http://127.0.0.1:9/"}


@pytest.fixture
def named(world: World, doors: TestClient, tmp_path: Path) -> TestClient:
    """A source of every kind, named like it with `my-` in front."""
    config = tmp_path / "sources-of-every-kind"
    config.mkdir()
    (config / "bodies").symlink_to(hyderabad.CONFIG / "bodies")
    lines = ["sources:"]
    for kind in KINDS:
        lines += [
            f"  my-{kind.replace('_', '-')}:",
            f"    kind: {kind}",
            '    alerts: {"*": {element: "site:HYD0004", cause: "area:Hyderabad-Miyapur"}}',
        ]
    (config / "sources.yaml").write_text("\n".join(lines) + "\n")
    world.__dict__["sources"] = load_sources(config)
    return doors


def test_a_source_speaks_at_the_door_of_its_name(world: World, named: TestClient) -> None:
    answer = named.post("/signals/my-icinga", content=ICINGA, headers=TOKEN)
    assert (answer.status_code, answer.json()["opened"]) == (202, [FIRST])
    with reading(world.engine) as connection:
        assert {source for (source,) in rows(connection, t.signal, "source")} == {"my-icinga"}
        assert rows(connection, t.source_standing, "source", "fault") == [("my-icinga", None)]


def test_a_source_that_is_not_configured_has_no_door(named: TestClient) -> None:
    answer = named.post("/signals/alertmanager", content=ICINGA, headers=TOKEN)
    assert (answer.status_code, answer.json()["title"]) == (404, "unknown_source")


def test_a_subscription_is_answered_with_what_to_do_and_not_followed(world: World, named: TestClient) -> None:
    answer = named.post("/signals/my-cloudwatch", json=SUBSCRIPTION, headers=TOKEN)
    assert answer.status_code == 202
    assert "SubscribeURL" in answer.json()["to_do"]
    with reading(world.engine) as connection:
        [(to_do,)] = rows(connection, t.source_standing, "to_do")
    assert "secret" not in to_do
    assert rows_of(world) == []


def rows_of(world: World) -> list[Any]:
    with reading(world.engine) as connection:
        return rows(connection, t.signal, "id")


def test_alerts_that_were_cut_off_and_cannot_be_asked_for_are_counted(named: TestClient) -> None:
    body = json.loads(hyderabad.sample("018_grouped_firing_4alerts.json")) | {"truncatedAlerts": 4}
    answer = named.post("/signals/my-alertmanager", json=body, headers=TOKEN)
    assert answer.json()["missing"] == 4


HOSTILE = {
    "nothing": b"",
    "null": b"null",
    "a number": b"5",
    "a list": b"[]",
    "an object": b"{}",
    "a deep list": b"[" * 100_000,
    "a deep object": b'{"a":' * 50_000,
    "not UTF-8": b"\xff\xfe\xfa",
    "UTF-16": "{}".encode("utf-16"),
    "NUL": b"\x00" * 100,
    "an endless number": b"9" * 100_000,
    "NaN": b"NaN",
    "an entity bomb": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "deep XML": b"<a>" * 100_000,
    "a form": b"state=alerting&ruleId=7",
    "lists everywhere": b'{"alerts":[[]],"event":[],"Message":[],"state":[],"ruleId":[],"check_id":[],"type":[]}',
    "objects everywhere": b'{"alerts":{},"event":{"data":{}},"Message":{},"state":{},"type":{}}',
    "JSON in JSON that is none": b'{"Type":"Notification","Message":"{"}',
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_refused_at_every_door_and_leaves_nothing(
    world: World, named: TestClient, kind: str, name: str
) -> None:
    door = f"/signals/my-{kind.replace('_', '-')}"
    answer = named.post(door, content=HOSTILE[name], headers=TOKEN)
    assert answer.status_code == 422, answer.text
    assert len(answer.text) < 1_000
    assert rows_of(world) == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_door_opens_without_the_token(named: TestClient, kind: str) -> None:
    assert named.post(f"/signals/my-{kind.replace('_', '-')}", content=b"{}").status_code == 401
