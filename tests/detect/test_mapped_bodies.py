"""Bodies of monitors that are read by a file of paths; those of an optional folder beside the project are genuine."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hyderabad
import pytest

from tellfirst.detect.bodies import BodyMap, asks_for, decode, load_bodies, map_body
from tellfirst.detect.sources import load_sources
from tellfirst.domain.errors import Refused, SetupError
from tellfirst.domain.signal import Signal

BODIES = load_bodies(hyderabad.CONFIG / "bodies")
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
BESIDE = Path(__file__).resolve().parents[2].parent / "shared" / "data"
SAMPLES = Path(os.environ.get("TELLFIRST_SHARED", BESIDE)) / "detection-samples"
genuine = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the optional folder with bodies of monitors is not there (TELLFIRST_SHARED)"
)
UPTIME = BodyMap.model_validate(
    {
        "fingerprint": ["heartbeat.monitorID"],
        "starts_at": {"at": "heartbeat.time"},
        "state": {"at": "heartbeat.status", "firing": ["0"], "resolved": ["1"]},
        "labels": {"alertname": "=MonitorDown", "monitor": "monitor.name"},
    }
)
BEAT = {
    "heartbeat": {"monitorID": 3, "status": 0, "time": "2026-11-25T08:59:00+00:00"},
    "monitor": {"name": "shop"},
}


def _mapped(kind: str, name: str) -> list[Signal]:
    return map_body(decode((SAMPLES / name).read_bytes()), BODIES[kind], kind, NOW)


@genuine
@pytest.mark.parametrize(
    ("kind", "name", "fingerprint", "state", "starts_at", "labels"),
    [
        (
            "cloudwatch",
            "alerta_cloudwatch_notification.json",
            "1234567890|EU (Ireland)|bucketbytesAlarm",
            "firing",
            "2019-02-15T23:53:45.093+00:00",
            {"alertname": "bucketbytesAlarm", "BucketName": "try.alerta.io", "namespace": "AWS/S3"},
        ),
        (
            "cloudwatch",
            "aws/cloudwatch-alarm-sns-payload-single-metric.json",
            "123456789012|EXAMPLE|EXAMPLE",
            "firing",
            "2015-06-03T17:43:27.123+00:00",
            {"alertname": "EXAMPLE", "metric": "NetworkOut"},
        ),
        (
            "cloudwatch",
            "aws/cloudwatch-alarm-sns-payload-multiple-metrics.json",
            "EXAMPLE|EXAMPLE|EXAMPLE",
            "firing",
            "2015-06-03T17:43:27.123+00:00",
            {"alertname": "EXAMPLE"},
        ),
        (
            "pagerduty",
            "pagerduty_v3_0.json",
            "PGR0VU2",
            "firing",
            "2021-04-26T17:36:27.458+00:00",
            {"alertname": "API Service", "severity": "high"},
        ),
        (
            "grafana_legacy",
            "alerta_grafana_alert_alerting.json",
            "7",
            "firing",
            NOW.isoformat(),
            {"alertname": "Zeta CPU alert", "instance": "zeta.domain"},
        ),
        (
            "grafana_legacy",
            "alerta_grafana_alert_ok.json",
            "7",
            "resolved",
            NOW.isoformat(),
            {"alertname": "Zeta CPU alert"},
        ),
        (
            "pingdom",
            "alerta_pingdom_down.json",
            "803318",
            "firing",
            "2017-06-30T22:25:43+00:00",
            {"alertname": "Alerta API on OpenShift", "host": "api.alerta.io", "severity": "HIGH"},
        ),
    ],
)
def test_a_genuine_body_is_read(
    kind: str, name: str, fingerprint: str, state: str, starts_at: str, labels: dict[str, str]
) -> None:
    [signal] = _mapped(kind, name)
    assert (signal.fingerprint, signal.state, signal.starts_at) == (
        fingerprint,
        state,
        datetime.fromisoformat(starts_at),
    )
    assert labels.items() <= signal.labels.items()


@genuine
def test_a_subscription_is_not_confirmed_but_shown_with_what_to_do() -> None:
    body = decode((SAMPLES / "alerta_cloudwatch_subscription_confirmation.json").read_bytes())
    to_do = asks_for(body, BODIES["cloudwatch"])
    assert to_do is not None
    assert "SubscribeURL" in to_do
    assert body["Token"] not in to_do


@genuine
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("cloudwatch", "aws/sns-event.json"),
        ("grafana", "keep_grafana_ALERTS.json"),
        ("pingdom", "pagerduty_v3_0.json"),
    ],
)
def test_what_is_no_alert_of_the_source_is_refused(kind: str, name: str) -> None:
    with pytest.raises(Refused, match="mapping describes"):
        _mapped(kind, name)


def test_the_unified_alerts_of_grafana_are_read_one_by_one() -> None:
    alerts = json.loads(hyderabad.sample("018_grouped_firing_4alerts.json"))["alerts"]
    signals = map_body({"version": "1", "alerts": alerts}, BODIES["grafana"], "g", NOW)
    assert [one.labels["site_id"] for one in signals] == ["HYD0004", "HYD0005", "HYD0006", "HYD0007"]


def test_a_time_without_a_zone_is_refused_unless_the_mapping_names_it() -> None:
    naive = {**BEAT, "heartbeat": {**BEAT["heartbeat"], "time": "2026-11-25 08:59:00"}}
    with pytest.raises(Refused, match=r"heartbeat\.time has no zone"):
        map_body(naive, UPTIME, "u", NOW)
    zoned = UPTIME.model_copy(
        update={"starts_at": UPTIME.starts_at.model_copy(update={"zone": "Asia/Kolkata"})}
    )
    [signal] = map_body(naive, zoned, "u", NOW)
    assert signal.starts_at == datetime(2026, 11, 25, 3, 29, tzinfo=UTC)


def test_a_word_that_says_neither_is_passed_over() -> None:
    assert map_body({**BEAT, "heartbeat": {**BEAT["heartbeat"], "status": 2}}, UPTIME, "u", NOW) == []


HOSTILE: dict[str, Any] = {
    "null": None,
    "a list": [],
    "a text": "x",
    "half of it": {"heartbeat": {}},
    "a list for a number": {**BEAT, "heartbeat": {**BEAT["heartbeat"], "monitorID": []}},
    "an object for a time": {**BEAT, "heartbeat": {**BEAT["heartbeat"], "time": {}}},
    "a day": {**BEAT, "heartbeat": {**BEAT["heartbeat"], "time": "2026-11-25"}},
    "the last moment": {**BEAT, "heartbeat": {**BEAT["heartbeat"], "time": "9999-12-31T23:59:59-05:00"}},
    "NUL": {**BEAT, "monitor": {"name": "a\x00b"}},
    "half a sign": {**BEAT, "monitor": {"name": "\udc00"}},
    "a name without end": {**BEAT, "monitor": {"name": "x" * 3_000}},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_refused(name: str) -> None:
    with pytest.raises(Refused) as refused:
        map_body(HOSTILE[name], UPTIME, "u", NOW)
    assert refused.value.status == 422


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff", b"9" * 100_000])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(Refused, match="no JSON"):
        decode(body)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "sources:\n  noc:\n    kind: pagerdty\n    alerts: {}\n",
            r"sources.yaml:3: .*did you mean `pagerduty`",
        ),
        (
            "sources:\n  noc:\n    kind: cap\n    alerts: {}\n    poll: {url: 'http://x'}\n",
            r"sources.yaml:5: .*cannot be polled",
        ),
        (
            "sources:\n  am:\n    kind: alertmanager\n    alerts: {}\n    poll: {url: 'http://x'}\n",
            r"`targets` is missing",
        ),
        ("sources: {}\n", "no source is configured"),
        (
            "sources:\n  i:\n    kind: icinga\n    alerts: {}\n    poll: {url: 'http://a:b@x'}\n",
            r"sources.yaml:5: `sources.i.poll.url`",
        ),
        (
            "sources:\n  i:\n    kind: icinga\n    alerts: {}\n    poll: {url: 'http://x', evry: 5s}\n",
            r"did you mean `every`",
        ),
    ],
)
def test_a_mistake_in_a_named_source_is_found_before_anything_starts(
    tmp_path: Path, text: str, complaint: str
) -> None:
    (tmp_path / "sources.yaml").write_text(text)
    bodies = tmp_path / "bodies"
    bodies.mkdir()
    (bodies / "pagerduty.yaml").write_text((hyderabad.CONFIG / "bodies" / "pagerduty.yaml").read_text())
    with pytest.raises(SetupError, match=complaint):
        load_sources(tmp_path)
