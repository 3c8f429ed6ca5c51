"""What real monitors do, with the bodies they sent, byte for byte (samples/alertmanager/SOURCES.md)."""

import json
from datetime import timedelta
from random import Random
from typing import Any

import hyderabad
import pytest
from hyderabad import FIRST, MINUTE, SECOND, T0, post, rows, sample
from sqlalchemy import Connection, Engine

from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

KUKATPALLY_DOWN = "003_grouped_firing_1alerts.json"
KUKATPALLY_BACK = "012_grouped_resolved_1alerts.json"
MIYAPUR_DOWN = "018_grouped_firing_4alerts.json"
MIYAPUR_PARTLY_BACK = "024_grouped_firing_4alerts.json"
RECORDED = [
    "002_capped_firing_1alerts.json",
    "002_everything_firing_1alerts.json",
    KUKATPALLY_DOWN,
    "004_ungrouped_firing_1alerts.json",
    "005_everything_firing_1alerts.json",
    "006_grouped_firing_1alerts.json",
    "007_everything_firing_1alerts.json",
    "008_capped_firing_1alerts.json",
    "009_grouped_firing_1alerts.json",
    "010_everything_resolved_1alerts.json",
    "012_capped_resolved_1alerts.json",
    KUKATPALLY_BACK,
    "013_grouped_resolved_1alerts.json",
    "015_everything_resolved_1alerts.json",
    "015_ungrouped_resolved_1alerts.json",
    "016_everything_firing_4alerts.json",
    "017_grouped_firing_1alerts.json",
    MIYAPUR_DOWN,
    "019_everything_firing_1alerts.json",
    "024_everything_firing_4alerts.json",
    MIYAPUR_PARTLY_BACK,
]


def _alerts(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(sample(name))["alerts"]
    return found


def _open(connection: Connection) -> set[str]:
    return {element for element, (_, fires) in hyderabad.causes(connection).items() if fires}


def _picture(connection: Connection) -> list[Any]:
    """Everything a body may change but how often it was seen."""
    signals = rows(connection, t.signal, "fingerprint", "starts_at", "state", "judgement", "incident_id")
    entries = rows(connection, t.incident_entry, "incident_id", "topic", "reason", "details")
    standing = rows(connection, t.incident, "reference", "stage", "held", "version", "footprint_changed")
    return [signals, entries, standing, hyderabad.causes(connection)]


def test_hazard_1_a_firing_body_with_a_resolved_alert_is_judged_alert_by_alert(small_city: Engine) -> None:
    with writing(small_city) as connection:
        post(connection, MIYAPUR_DOWN)
        taken = post(connection, MIYAPUR_PARTLY_BACK, T0 + MINUTE)
        assert taken.judgements == {"cleared_a_cause": 1, "repeated": 3}
        assert (taken.opened, taken.moved) == ((), (FIRST,))
        assert hyderabad.causes(connection) == {
            "site:HYD0004": (1, False),
            "site:HYD0005": (1, True),
            "site:HYD0006": (1, True),
            "site:HYD0007": (1, True),
        }


def test_hazard_2_absence_from_the_next_body_is_no_resolve_and_presence_is_nothing_new(
    small_city: Engine,
) -> None:
    resolved, *still_firing = _alerts(MIYAPUR_PARTLY_BACK)
    assert resolved["status"] == "resolved"
    dropped = hyderabad.body(*still_firing)
    with writing(small_city) as connection:
        post(connection, MIYAPUR_DOWN)
        before = _picture(connection)
        assert post(connection, dropped, T0 + MINUTE).judgements == {"repeated": 3}
        assert _picture(connection) == before
        assert "site:HYD0004" in _open(connection)


def test_hazard_3_the_year_one_in_which_a_firing_alert_ends_is_not_an_end(small_city: Engine) -> None:
    assert {alert["endsAt"] for alert in _alerts(MIYAPUR_DOWN)} == {"0001-01-01T00:00:00Z"}
    with writing(small_city) as connection:
        post(connection, MIYAPUR_DOWN)
        assert rows(connection, t.signal, "ends_at") == [(None,)] * 4
        assert rows(connection, t.incident_element, "until_at") == [(None,)] * 4


def test_hazard_4_a_repeat_opens_nothing_adds_no_cause_and_wakes_nobody(small_city: Engine) -> None:
    with writing(small_city) as connection:
        post(connection, KUKATPALLY_DOWN)
        before = _picture(connection)
        again = post(connection, "009_grouped_firing_1alerts.json", T0 + 25 * timedelta(seconds=1))
        assert again.judgements == {"repeated": 1}
        assert (again.opened, again.moved) == ((), ())
        assert _picture(connection) == before
        assert rows(connection, t.signal, "seen_count") == [(2,)]


def test_hazard_7_a_body_tried_again_changes_nothing(small_city: Engine) -> None:
    """Alertmanager retries with identical bytes, here after we had stored the first try but not answered."""
    with writing(small_city) as connection:
        post(connection, MIYAPUR_DOWN)
        post(connection, MIYAPUR_PARTLY_BACK, T0 + MINUTE)
        before = _picture(connection)
        for retry in range(1, 4):
            taken = post(connection, MIYAPUR_PARTLY_BACK, T0 + (1 + retry) * MINUTE)
            assert taken.judgements == {"repeated": 4}
            assert taken.moved == ()
        assert _picture(connection) == before


def test_hazard_7_a_resolve_that_never_came_is_made_good_by_the_next_episode(small_city: Engine) -> None:
    [first] = _alerts(KUKATPALLY_DOWN)
    later = first | {"startsAt": "2026-11-22T03:45:00Z"}
    with writing(small_city) as connection:
        post(connection, KUKATPALLY_DOWN)
        taken = post(connection, hyderabad.body(later), T0 + 7 * MINUTE)
        assert (taken.judgements, taken.opened) == ({"joined_an_incident": 1}, ())
        assert hyderabad.causes(connection) == {"site:HYD0000": (1, True)}
        over = later | {"status": "resolved", "endsAt": "2026-11-22T03:50:00Z"}
        post(connection, hyderabad.body(over), T0 + 12 * MINUTE)
        assert hyderabad.causes(connection) == {"site:HYD0000": (1, False)}


def test_hazard_7_the_lost_resolve_arriving_after_the_next_episode_clears_nothing(small_city: Engine) -> None:
    [first] = _alerts(KUKATPALLY_DOWN)
    later = first | {"startsAt": "2026-11-22T03:45:00Z"}
    with writing(small_city) as connection:
        post(connection, KUKATPALLY_DOWN)
        post(connection, hyderabad.body(later), T0 + 7 * MINUTE)
        taken = post(connection, KUKATPALLY_BACK, T0 + 8 * MINUTE)
        assert taken.judgements == {"stale_repeat_of_a_resolved_episode": 1}
        assert hyderabad.causes(connection) == {"site:HYD0000": (1, True)}


def test_hazard_7_the_next_body_may_carry_the_lost_resolve_and_a_new_outage(small_city: Engine) -> None:
    [back] = _alerts(KUKATPALLY_BACK)
    with writing(small_city) as connection:
        post(connection, KUKATPALLY_DOWN)
        both = hyderabad.body(back, hyderabad.alert("HYD0001", starts_at=T0 + MINUTE))
        taken = post(connection, both, T0 + 2 * MINUTE)
        assert taken.judgements == {"cleared_a_cause": 1, "joined_an_incident": 1}
        assert hyderabad.causes(connection) == {"site:HYD0000": (1, False), "site:HYD0001": (1, True)}


def test_hazard_9_the_same_alert_through_several_receivers_counts_once(small_city: Engine) -> None:
    names = ["002_capped_firing_1alerts.json", "002_everything_firing_1alerts.json", KUKATPALLY_DOWN]
    bodies = [json.loads(sample(name)) for name in names]
    assert len({one["receiver"] for one in bodies}) == len({one["groupKey"] for one in bodies}) == 3
    with writing(small_city) as connection:
        taken = [post(connection, name) for name in names]
        assert [one.opened for one in taken] == [(FIRST,), (), ()]
        assert rows(connection, t.signal, "seen_count") == [(3,)]
        assert rows(connection, t.incident, "reference", "cause_key") == [
            (FIRST, "area:Hyderabad-Kukatpally")
        ]
        assert hyderabad.causes(connection) == {"site:HYD0000": (1, True)}


def test_the_whole_capture_in_its_order_makes_two_incidents_with_the_right_causes(engine: Engine) -> None:
    with writing(engine) as connection:
        hyderabad.build(connection)
        for number, name in enumerate(RECORDED):
            post(connection, name, T0 + number * timedelta(seconds=2))
        assert rows(connection, t.incident, "reference", "place") == [
            (FIRST, "Kukatpally"),
            (SECOND, "Miyapur"),
        ]
        assert hyderabad.causes(connection) == {
            "site:HYD0000": (1, False),
            "site:HYD0004": (2, False),
            "site:HYD0005": (2, True),
            "site:HYD0006": (2, True),
            "site:HYD0007": (2, True),
        }


@pytest.mark.parametrize("seed", range(12))
def test_in_whatever_order_the_capture_comes_what_fires_is_open_and_what_was_resolved_is_not(
    sqlite_engine: Engine, seed: int
) -> None:
    shuffled = [*RECORDED, *RECORDED[::2]]
    Random(seed).shuffle(shuffled)
    with writing(sqlite_engine) as connection:
        hyderabad.build(connection)
        for name in shuffled:
            post(connection, name)
    with reading(sqlite_engine) as connection:
        assert _open(connection) == {"site:HYD0005", "site:HYD0006", "site:HYD0007"}
        keys = [key for (key,) in rows(connection, t.incident, "cause_key")]
        assert len(keys) == len(set(keys)) <= 2


def test_warnings_from_a_probe_are_kept_and_open_nothing(small_city: Engine) -> None:
    with writing(small_city) as connection:
        firing = post(connection, "004_ungrouped_firing_1alerts.json")
        resolved = post(connection, "013_grouped_resolved_1alerts.json", T0 + MINUTE)
        assert firing.judgements == resolved.judgements == {"unmapped": 1}
        assert rows(connection, t.signal, "state", "judgement", "incident_id") == [
            ("firing", "unmapped", None),
            ("resolved", "unmapped", None),
        ]
        assert rows(connection, t.incident, "id") == []
