"""Monitors post alerts: with the token they are stored and judged, without it nothing happens at all."""

import asyncio
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import front
import hyderabad
import pytest
from front import TestClient
from hyderabad import FIRST, T0, rows
from prefect.settings import PREFECT_API_URL, temporary_settings

from tellfirst.bootstrap import World
from tellfirst.detect.alertmanager import ALERT_LIMIT
from tellfirst.store import tables as t
from tellfirst.store.engine import reading
from tellfirst.web.app import create_app
from tellfirst.web.door import BODY_LIMIT

DOOR = "/signals/alertmanager"
TOKEN = {"Authorization": f"Bearer {front.TOKEN}"}
RECORDED = sorted((hyderabad.CONFIG / "scenarios" / "tower_outage").glob("*.json"))
MIYAPUR = (hyderabad.CONFIG / "scenarios" / "tower_outage" / "008_grouped_firing_4alerts.json").read_bytes()


def test_with_the_token_alerts_are_stored_judged_and_answered(world: World, doors: TestClient) -> None:
    answer = doors.post(DOOR, content=MIYAPUR, headers=TOKEN)
    assert (answer.status_code, answer.json()) == (
        202,
        {
            "judgements": {"opened_an_incident": 1, "joined_an_incident": 3},
            "opened": [FIRST],
            "moved": [],
        },
    )
    with reading(world.engine) as connection:
        assert rows(connection, t.signal, "state", "incident_id") == [("firing", 1)] * 4
        assert rows(connection, t.incident, "reference", "next_due_at") == [(FIRST, T0)]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_what_monitors_really_send_is_taken_alert_by_alert(
    world: World, doors: TestClient, path: Path
) -> None:
    answer = doors.post(DOOR, content=path.read_bytes(), headers=TOKEN)
    sent = len(json.loads(path.read_bytes())["alerts"])
    assert answer.status_code == 202
    assert sum(answer.json()["judgements"].values()) == sent == front.counts(world.engine)["signal"]


def test_the_same_body_again_opens_nothing_again(world: World, doors: TestClient) -> None:
    doors.post(DOOR, content=MIYAPUR, headers=TOKEN)
    before = front.counts(world.engine)
    answer = doors.post(DOOR, content=MIYAPUR, headers=TOKEN)
    assert answer.json() == {"judgements": {"repeated": 4}, "opened": [], "moved": []}
    assert front.counts(world.engine) == before


def test_without_prefect_alerts_are_kept_and_the_incident_stays_due(
    world: World, doors: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with temporary_settings({PREFECT_API_URL: f"http://127.0.0.1:{front.NOBODY_LISTENS}/api"}):
        answer = doors.post(DOOR, content=MIYAPUR, headers=TOKEN)
    assert answer.status_code == 202
    assert [record.getMessage() for record in caplog.records if record.name == "tellfirst.waking"] == [
        f"{FIRST} could not be woken now, the clock will: ConnectError"
    ]
    with reading(world.engine) as connection:
        assert rows(connection, t.incident, "next_due_at", "flow_run_id") == [(T0, None)]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Bearer {front.TOKEN}x"},
        {"Authorization": f"Bearer {front.TOKEN.upper()}"},
        {"Authorization": front.TOKEN},
        {"Authorization": f"Basic {front.TOKEN}"},
        {"Authorization": b"Bearer \xff\xfe"},
        {"X-Token": front.TOKEN},
    ],
    ids=str,
)
def test_without_the_token_nobody_is_heard(
    world: World, doors: TestClient, headers: dict[str, str | bytes]
) -> None:
    before = front.counts(world.engine)
    answer = doors.post(DOOR, content=MIYAPUR, headers=headers)
    assert (answer.status_code, answer.json()["title"]) == (401, "bad_token")
    assert front.TOKEN not in answer.text
    assert front.counts(world.engine) == before


def test_a_stranger_is_sent_away_before_the_body_is_read(doors: TestClient) -> None:
    assert doors.post(DOOR, content=b"x" * (BODY_LIMIT + 1)).status_code == 401


def test_a_body_of_just_the_limit_is_read(doors: TestClient) -> None:
    assert doors.post(DOOR, content=MIYAPUR.ljust(BODY_LIMIT), headers=TOKEN).status_code == 202


def test_a_body_announced_above_the_limit_is_not_even_read(world: World) -> None:
    status, read = _post(world, _parts(0), {b"content-length": str(BODY_LIMIT + 1).encode()})
    assert (status, read) == (413, 0)


def test_a_body_without_an_end_is_read_up_to_the_limit_and_no_further(world: World) -> None:
    part = 64 * 1024
    status, read = _post(world, _parts(part), {b"transfer-encoding": b"chunked"})
    assert status == 413
    assert read <= BODY_LIMIT + 2 * part


def test_an_announcement_that_lies_does_not_widen_the_door(world: World) -> None:
    status, _ = _post(world, _parts(64 * 1024), {b"content-length": b"10"})
    assert status == 413


def _parts(size: int) -> Iterator[bytes]:
    while True:
        yield b" " * size


def _post(world: World, parts: Iterator[bytes], headers: dict[bytes, bytes]) -> tuple[int, int]:
    """The status, and the bytes that were taken from `parts`, of a client that sends as long as it is heard."""
    sent: list[Any] = []
    taken = 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        await asyncio.sleep(0)
        part = next(parts)
        taken += len(part)
        return {"type": "http.request", "body": part, "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    token = {b"authorization": TOKEN["Authorization"].encode()}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "https",
        "path": DOOR,
        "raw_path": DOOR.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [*token.items(), *headers.items()],
    }
    asyncio.run(create_app(world)(scope, receive, send))
    return sent[0]["status"], taken


def _changed(**values: Any) -> bytes:
    return json.dumps(json.loads(MIYAPUR) | values).encode()


def _with_alert(**values: Any) -> bytes:
    first, *others = json.loads(MIYAPUR)["alerts"]
    return _changed(alerts=[*others, first | values])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (_changed(version="3"), "version"),
        (_changed(alerts="all"), "alerts"),
        (_with_alert(startsAt="yesterday"), "alerts.3.startsAt"),
        (_with_alert(status="over"), "alerts.3.status"),
        (_with_alert(labels={"site_id": 4}), "alerts.3.labels.site_id"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_shape_is_refused_with_the_name_of_the_field(
    world: World, doors: TestClient, body: bytes, field: str
) -> None:
    before = front.counts(world.engine)
    answer = doors.post(DOOR, content=body, headers=TOKEN)
    assert (answer.status_code, answer.json()["title"]) == (422, "wrong_shape")
    assert f"body: {field}:" in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert front.counts(world.engine) == before


HOSTILE: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "blanks": lambda: b" \n\t ",
    "an empty list": lambda: b"[]",
    "an empty object": lambda: b"{}",
    "null": lambda: b"null",
    "a number": lambda: b"5",
    "a text": lambda: b'"firing"',
    "half a body": lambda: MIYAPUR[: len(MIYAPUR) // 2],
    "a list without an end": lambda: b"[" * 10_000,
    "a deep list": lambda: b"[" * 10_000 + b"]" * 10_000,
    "deep labels": lambda: _with_alert(labels="DEEP").replace(
        b'"DEEP"', b'{"a":' * 10_000 + b"1" + b"}" * 10_000
    ),
    "NaN for a version": lambda: MIYAPUR.replace(b'"version":"4"', b'"version":NaN'),
    "an endless number": lambda: MIYAPUR.replace(b'"version":"4"', b'"version":' + b"9" * 100_000),
    "not UTF-8": lambda: MIYAPUR.replace(b"Miyapur", b"\xff\xfe\xfa"),
    "UTF-16": lambda: MIYAPUR.decode().encode("utf-16"),
    "half a surrogate pair": lambda: MIYAPUR.replace(b"Miyapur", rb"\udc00"),
    "NUL": lambda: MIYAPUR.replace(b"Miyapur", rb"\u0000"),
    "a doubled key": lambda: MIYAPUR.rstrip()[:-1] + b',"alerts":[]}',
    "more alerts than allowed": lambda: _changed(
        alerts=json.loads(MIYAPUR)["alerts"][:1] * (ALERT_LIMIT + 1)
    ),
    "a form": lambda: b"status=firing&alerts=4",
    "XML": lambda: b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bodies_are_refused_and_leave_nothing(world: World, doors: TestClient, name: str) -> None:
    before = front.counts(world.engine)
    answer = doors.post(DOOR, content=HOSTILE[name](), headers=TOKEN)
    assert answer.status_code in (413, 422), answer.text
    assert len(answer.text) < 1_000
    assert front.counts(world.engine) == before


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "gzip, gzip"])
def test_a_compressed_body_is_not_unpacked(world: World, doors: TestClient, coding: str) -> None:
    bomb = gzip.compress(b" " * (8 * BODY_LIMIT) + MIYAPUR)
    before = front.counts(world.engine)
    answer = doors.post(DOOR, content=bomb, headers=TOKEN | {"Content-Encoding": coding})
    assert answer.status_code == 422
    assert front.counts(world.engine) == before


def test_a_refusal_repeats_nothing_of_what_was_sent(doors: TestClient) -> None:
    answer = doors.post(DOOR, content=_with_alert(status="+919876500031"), headers=TOKEN)
    assert answer.status_code == 422
    assert "+919876500031" not in answer.text
