"""Alertmanager's bodies: every recorded one is read; a wrong one is refused as a whole, with the reason."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hyderabad
import pytest

from tellfirst.detect.alertmanager import ALERT_LIMIT, parse
from tellfirst.domain.errors import Refused
from tellfirst.domain.signal import SignalState

RECORDED = sorted(
    path.name for path in Path(hyderabad.__file__).parent.glob("samples/alertmanager/[0-9]*.json")
)
GOOD = hyderabad.sample("003_grouped_firing_1alerts.json")


def _changed(**values: Any) -> bytes:
    return json.dumps(json.loads(GOOD) | values).encode()


def _with_alert(**values: Any) -> bytes:
    [alert] = json.loads(GOOD)["alerts"]
    return _changed(alerts=[alert | values])


def _with_label(value: Any) -> bytes:
    [alert] = json.loads(GOOD)["alerts"]
    return _with_alert(labels=alert["labels"] | {"area": value})


def _without(*names: str) -> bytes:
    tree = json.loads(GOOD)
    for name in names:
        (tree if name in tree else tree["alerts"][0]).pop(name)
    return json.dumps(tree).encode()


def test_there_are_recorded_bodies_to_read() -> None:
    assert len(RECORDED) == 21


@pytest.mark.parametrize("name", RECORDED)
def test_every_recorded_body_is_read_alert_by_alert(name: str) -> None:
    recorded = json.loads(hyderabad.sample(name))["alerts"]
    signals = parse(hyderabad.sample(name))
    assert [(one.fingerprint, one.state, one.labels) for one in signals] == [
        (alert["fingerprint"], alert["status"], alert["labels"]) for alert in recorded
    ]
    assert all(
        one.starts_at == datetime.fromisoformat(alert["startsAt"])
        for one, alert in zip(signals, recorded, strict=True)
    )
    assert all((one.ends_at is None) is (one.state is SignalState.FIRING) for one in signals)


def test_a_firing_alert_has_no_end_although_its_body_says_year_one() -> None:
    [signal] = parse(GOOD)
    assert json.loads(GOOD)["alerts"][0]["endsAt"] == "0001-01-01T00:00:00Z"
    assert signal.ends_at is None


def test_a_firing_alert_has_no_end_even_if_a_time_is_given() -> None:
    [signal] = parse(_with_alert(endsAt="2026-11-22T03:41:00Z"))
    assert signal.ends_at is None


def test_a_resolved_alert_ends_when_its_body_says() -> None:
    [signal] = parse(hyderabad.sample("010_everything_resolved_1alerts.json"))
    assert signal.ends_at == datetime(2026, 11, 22, 3, 38, 8, 803_000, tzinfo=UTC)


def test_a_resolved_alert_without_an_end_is_resolved_all_the_same() -> None:
    [signal] = parse(_with_alert(status="resolved"))
    assert (signal.state, signal.ends_at) == (SignalState.RESOLVED, None)


def test_a_time_in_another_zone_is_the_same_instant() -> None:
    [signal] = parse(_with_alert(startsAt="2026-11-22T09:07:28.803+05:30"))
    assert signal.starts_at == datetime(2026, 11, 22, 3, 37, 28, 803_000, tzinfo=UTC)
    assert signal.starts_at.tzinfo is UTC


def test_what_a_later_alertmanager_may_add_is_no_reason_to_refuse() -> None:
    assert parse(_changed(mood="hopeful")) == parse(GOOD)


def test_a_body_with_as_many_alerts_as_are_allowed_is_read() -> None:
    assert len(parse(_changed(alerts=json.loads(GOOD)["alerts"] * ALERT_LIMIT))) == ALERT_LIMIT


REFUSED: list[tuple[str, Callable[[], bytes], str]] = [
    ("nothing", lambda: b"", "the body"),
    ("an empty list", lambda: b"[]", "the body"),
    ("an empty object", lambda: b"{}", "version"),
    ("null", lambda: b"null", "the body"),
    ("a number", lambda: b"4", "the body"),
    ("half a body", lambda: GOOD[: len(GOOD) // 2], "the body"),
    ("a body and more", lambda: GOOD + GOOD, "the body"),
    ("not UTF-8", lambda: GOOD.replace(b"Kukatpally", b"\xff\xfe"), "the body"),
    ("UTF-16", lambda: GOOD.decode().encode("utf-16"), "the body"),
    ("half a surrogate pair", lambda: GOOD.replace(b"Kukatpally", rb"\ud800"), "the body"),
    ("a depth bomb", lambda: b"[" * 10_000 + b"]" * 10_000, "the body"),
    ("a depth bomb nobody reads", lambda: GOOD.replace(b'"http://vm:29093"', b"[" * 10_000), "the body"),
    ("version 3", lambda: _changed(version="3"), "version"),
    ("version 4 as a number", lambda: _changed(version=4), "version"),
    ("a version said twice", lambda: GOOD.rstrip()[:-1] + b',"version":"3"}', "version"),
    ("no alerts", lambda: _changed(alerts=[]), "alerts"),
    ("alerts that are no list", lambda: _changed(alerts={}), "alerts"),
    ("no list of alerts", lambda: _without("alerts"), "alerts"),
    ("an alert that is no object", lambda: _changed(alerts=["firing"]), "alerts.0"),
    (
        "too many alerts",
        lambda: _changed(alerts=json.loads(GOOD)["alerts"] * (ALERT_LIMIT + 1)),
        "alerts",
    ),
    ("NaN for a count", lambda: GOOD.replace(b'"truncatedAlerts":0', b'"truncatedAlerts":NaN'), "truncated"),
    ("a negative count", lambda: _changed(truncatedAlerts=-1), "truncatedAlerts"),
    ("NaN for a time", lambda: GOOD.replace(b'"2026-11-22T03:37:28.803Z"', b"NaN"), "alerts.0.startsAt"),
    ("a time that is a number", lambda: _with_alert(startsAt=1_700_000_000), "alerts.0.startsAt"),
    ("a naive time", lambda: _with_alert(startsAt="2026-11-22T03:37:28.803"), "alerts.0.startsAt"),
    ("a day without a time", lambda: _with_alert(startsAt="2026-11-22"), "alerts.0.startsAt"),
    ("a time before all UTC", lambda: _with_alert(startsAt="0001-01-01T00:00:00+05:30"), "alerts.0.startsAt"),
    ("an end after all UTC", lambda: _with_alert(endsAt="9999-12-31T23:59:59-05:00"), "alerts.0.endsAt"),
    ("no start", lambda: _without("startsAt"), "alerts.0.startsAt"),
    ("no fingerprint", lambda: _without("fingerprint"), "alerts.0.fingerprint"),
    ("an empty fingerprint", lambda: _with_alert(fingerprint=""), "alerts.0.fingerprint"),
    ("a fingerprint without end", lambda: _with_alert(fingerprint="f" * 65), "alerts.0.fingerprint"),
    ("a fingerprint that is a number", lambda: _with_alert(fingerprint=7), "alerts.0.fingerprint"),
    ("a state nobody knows", lambda: _with_alert(status="suppressed"), "alerts.0.status"),
    ("labels that are a list", lambda: _with_alert(labels=[]), "alerts.0.labels"),
    ("a label that is a number", lambda: _with_label(4), "alerts.0.labels.area"),
    ("a label that is null", lambda: _with_label(None), "alerts.0.labels.area"),
    ("a label no database can keep", lambda: _with_label("a\x00b"), "alerts.0.labels"),
]


@pytest.mark.parametrize(("body", "where"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_wrong_body_is_refused_as_a_whole_and_the_wrong_field_is_named(
    body: Callable[[], bytes], where: str
) -> None:
    with pytest.raises(Refused, match=f"^not an Alertmanager version 4 body: {where}") as refused:
        parse(body())
    assert (refused.value.reason, refused.value.status) == ("wrong_shape", 422)


def test_one_wrong_alert_among_good_ones_takes_them_all_down() -> None:
    [good] = json.loads(GOOD)["alerts"]
    with pytest.raises(Refused, match=r"alerts\.1\.status"):
        parse(_changed(alerts=[good, good | {"status": "?"}, good]))


def test_a_refusal_does_not_repeat_what_was_sent() -> None:
    with pytest.raises(Refused) as refused:
        parse(_with_alert(status="secret words"))
    assert "secret" not in str(refused.value)
