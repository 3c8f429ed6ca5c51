"""The ten things that real monitors were seen to do, each with the bodies they sent (samples/alertmanager).

1 to 4, 7 and 9 are told in full in test_genuine_bodies.py; here each stands once, under its number.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import hyderabad
import pytest
from hyderabad import BOOK, FIRST, MINUTE, T0, causes, incident, post, rows
from monitors import Monitor, monitor
from sqlalchemy import Engine
from watched import Watched

from tellfirst.detect.causes import clear_cause
from tellfirst.detect.weighing import weigh
from tellfirst.domain.confirmation import Answer
from tellfirst.domain.incident import Stage
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Occasion
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

KUKATPALLY_DOWN, KUKATPALLY_BACK = "003_grouped_firing_1alerts.json", "012_grouped_resolved_1alerts.json"
MIYAPUR_DOWN, MIYAPUR_PARTLY_BACK = "018_grouped_firing_4alerts.json", "024_grouped_firing_4alerts.json"
QUIET = BOOK.quiet_for


@pytest.fixture
def asked() -> Iterator[Monitor]:
    with monitor() as it:
        yield it


@pytest.fixture
def watched(small_city: Engine, asked: Monitor) -> Watched:
    """One customer on each site, and everybody of Kukatpally and Miyapur told of what the bodies say."""
    with writing(small_city) as connection:
        for number, site in enumerate(hyderabad.SITES, start=1):
            hyderabad.add_customer(connection, number, site)
    return Watched(small_city, asked)


def _alerts(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(hyderabad.sample(name))["alerts"]
    return found


def _instance(alert: dict[str, Any]) -> str:
    return str(alert["labels"]["instance"])


def _told(watched: Watched, name: str) -> list[dict[str, Any]]:
    """The body is heard, and whom it hurts is told at T0; the alerts of it."""
    watched.hears(name, T0)
    with writing(watched.engine) as connection:
        weigh(connection, FIRST, T0)
        hyderabad.mark_shared_contact_points(connection)
        hyderabad.match(connection, FIRST, T0)
        hyderabad.tell(connection)
    alerts = _alerts(name)
    watched.monitor.lists(*alerts)
    watched.monitor.knows(*((_instance(one), False) for one in alerts))
    return alerts


def _occasions(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return [occasion for (occasion,) in rows(connection, t.notice, "occasion")]


def test_hazard_1_a_firing_body_holds_resolved_alerts_each_is_judged_alone(small_city: Engine) -> None:
    with writing(small_city) as connection:
        post(connection, MIYAPUR_DOWN)
        post(connection, MIYAPUR_PARTLY_BACK, T0 + MINUTE)
        firing = {site for site, (_, fires) in causes(connection).items() if fires}
    assert firing == {"site:HYD0005", "site:HYD0006", "site:HYD0007"}


def test_hazard_2_absence_from_the_next_body_is_no_resolve(small_city: Engine) -> None:
    with writing(small_city) as connection:
        post(connection, MIYAPUR_DOWN)
        post(connection, hyderabad.body(*_alerts(MIYAPUR_DOWN)[1:]), T0 + MINUTE)
        assert all(fires for _, fires in causes(connection).values())


def test_hazard_3_the_year_one_is_no_end(small_city: Engine) -> None:
    with writing(small_city) as connection:
        post(connection, MIYAPUR_DOWN)
        assert rows(connection, t.signal, "ends_at") == [(None,)] * 4


def test_hazard_4_a_repeat_opens_nothing_and_says_nothing_again(small_city: Engine) -> None:
    with writing(small_city) as connection:
        post(connection, KUKATPALLY_DOWN)
        again = post(connection, KUKATPALLY_DOWN, T0 + 25 * MINUTE)
    assert (again.judgements, again.opened, again.moved) == ({"repeated": 1}, (), ())


def test_hazard_5_a_silenced_area_that_recovers_without_a_webhook_still_gets_its_all_clear(
    watched: Watched, asked: Monitor
) -> None:
    alerts = _told(watched, MIYAPUR_DOWN)
    asked.lists(*alerts, suppressed=True)
    still = watched.asks(T0 + MINUTE)
    assert (still.judgements, still.moved) == ({"repeated": 4}, ())
    # It recovers: the alerts are listed no more, no webhook comes, and Prometheus finds the sites well.
    asked.lists()
    asked.knows(*((_instance(one), True) for one in alerts))
    gone = watched.asks(T0 + 2 * MINUTE)
    assert (gone.judgements, gone.moved) == ({"cleared_a_cause": 4}, (FIRST,))
    assert {answer for answer, _ in watched.answers().values()} == {Answer.CONFIRMED_GONE}
    now = T0 + 2 * MINUTE + QUIET
    due = watched.needs(now)
    assert isinstance(due, Take)
    assert (due.occasion, due.reason) == (Occasion.RESTORED, "quiet_long_enough")
    with writing(watched.engine) as connection:
        hyderabad.speak_next(connection, due, now)
        assert incident(connection).stage is Stage.VERIFIED
    assert _occasions(watched.engine) == ["first_word", "restored"]


def test_hazard_5_an_alert_silenced_from_the_start_opens_nothing_until_the_silence_ends(
    watched: Watched, asked: Monitor
) -> None:
    alerts = _alerts(MIYAPUR_DOWN)
    asked.knows(*((_instance(one), False) for one in alerts))
    asked.lists(*alerts, suppressed=True)
    assert watched.asks(T0).judgements == {"suppressed_by_its_source": 4}
    asked.lists(*alerts)
    assert watched.asks(T0 + MINUTE).opened == (FIRST,)


def test_hazard_6_a_target_that_vanished_is_no_all_clear_but_a_doubt_that_waits_for_a_person(
    watched: Watched, asked: Monitor
) -> None:
    _told(watched, KUKATPALLY_DOWN)
    # Taken out of discovery: it resolves, is listed no more, and Prometheus does not know it.
    asked.lists()
    asked.knows(("127.0.0.1:29499", True))
    taken = watched.hears(KUKATPALLY_BACK, T0 + MINUTE)
    assert taken.judgements == {"resolved_as_its_target_vanished": 1}
    assert watched.answers() == {"site:HYD0000": (Answer.VANISHED, None)}
    assert watched.log("doubt") == ["vanished"]
    # Holding words go on, the all-clear does not come, however long it is quiet.
    with writing(watched.engine) as connection:
        promised = rows(connection, t.promise, "due_at")[-1][0]
    at = promised - BOOK.warn_before
    assert at >= T0 + MINUTE + QUIET
    due = watched.needs(at)
    assert isinstance(due, Take)
    assert (due.occasion, due.reason) == (Occasion.UPDATE, "promised_word_nearly_due")
    watched.asks(T0 + 17 * MINUTE)
    assert watched.answers() == {"site:HYD0000": (Answer.VANISHED, "vanished")}
    assert watched.log("doubt") == ["vanished", "waits_for_a_person"]
    # A person who has looked settles it.
    with writing(watched.engine) as connection:
        clear_cause(connection, 1, "site:HYD0000", at, reason="engineer_says_so", actor="asha")
    due = watched.needs(at)
    assert isinstance(due, Take)
    assert due.occasion is Occasion.RESTORED


def test_hazard_6_a_source_that_comes_to_know_the_target_again_settles_the_doubt(
    watched: Watched, asked: Monitor
) -> None:
    [alert] = _told(watched, KUKATPALLY_DOWN)
    asked.lists()
    asked.knows()
    watched.hears(KUKATPALLY_BACK, T0 + MINUTE)
    asked.knows((_instance(alert), True))
    assert watched.asks(T0 + 3 * MINUTE).moved == (FIRST,)
    assert watched.answers() == {"site:HYD0000": (Answer.CONFIRMED_GONE, None)}
    due = watched.needs(T0 + MINUTE + QUIET)
    assert isinstance(due, Take)
    assert due.occasion is Occasion.RESTORED


def test_hazard_6_a_resolve_that_the_source_denies_reopens_the_cause(
    watched: Watched, asked: Monitor
) -> None:
    [alert] = _told(watched, KUKATPALLY_DOWN)
    asked.lists()
    asked.knows((_instance(alert), False))
    watched.hears(KUKATPALLY_BACK, T0 + MINUTE)
    with reading(watched.engine) as connection:
        assert causes(connection) == {"site:HYD0000": (1, True)}
        assert incident(connection).stage is not Stage.RESTORED


def test_hazard_6_a_source_that_is_silent_is_not_believed_and_a_person_is_asked_for_after_a_bounded_time(
    watched: Watched, asked: Monitor
) -> None:
    _told(watched, KUKATPALLY_DOWN)
    asked.falls_silent()
    assert watched.hears(KUKATPALLY_BACK, T0 + MINUTE).judgements == {"cleared_a_cause": 1}
    assert watched.answers() == {"site:HYD0000": (Answer.SOURCE_SILENT, None)}
    due = watched.needs(T0 + MINUTE + QUIET)
    assert not (isinstance(due, Take) and due.occasion is Occasion.RESTORED)
    watched.asks(T0 + 16 * MINUTE)
    assert watched.answers() == {"site:HYD0000": (Answer.SOURCE_SILENT, "source_silent")}
    with reading(watched.engine) as connection:
        assert rows(connection, t.source_standing, "source", "fault") == [("alertmanager", "http_503")]


def test_hazard_7_a_body_that_is_tried_again_byte_for_byte_changes_nothing(small_city: Engine) -> None:
    with writing(small_city) as connection:
        for _ in range(6):
            post(connection, MIYAPUR_PARTLY_BACK)
        assert len(rows(connection, t.signal, "id")) == 4


def test_hazard_7_a_resolve_that_was_never_accepted_is_found_by_asking(
    watched: Watched, asked: Monitor
) -> None:
    [alert] = _told(watched, KUKATPALLY_DOWN)
    asked.lists()
    asked.knows((_instance(alert), True))
    assert watched.asks(T0 + 5 * MINUTE).judgements == {"cleared_a_cause": 1}
    # The webhook that comes after all is the same episode.
    assert watched.hears(KUKATPALLY_BACK, T0 + 6 * MINUTE).judgements == {"repeated": 1}


def test_hazard_8_a_body_that_was_cut_off_is_completed_at_once(watched: Watched, asked: Monitor) -> None:
    alerts = _alerts(MIYAPUR_DOWN)
    cut = json.loads(hyderabad.sample(MIYAPUR_DOWN)) | {"alerts": alerts[:2], "truncatedAlerts": 2}
    asked.lists(*alerts)
    asked.knows(*((_instance(one), False) for one in alerts))
    taken = watched.hears(json.dumps(cut).encode(), T0)
    assert taken.opened == (FIRST,)
    with reading(watched.engine) as connection:
        assert set(causes(connection)) == {"site:HYD0004", "site:HYD0005", "site:HYD0006", "site:HYD0007"}


def test_hazard_9_the_same_alert_through_several_receivers_is_one(small_city: Engine) -> None:
    with writing(small_city) as connection:
        for name in ("002_capped_firing_1alerts.json", "002_everything_firing_1alerts.json", KUKATPALLY_DOWN):
            post(connection, name)
        assert rows(connection, t.signal, "seen_count") == [(3,)]
        assert len(rows(connection, t.incident, "id")) == 1


def test_hazard_10_how_alerts_are_grouped_changes_nothing(small_city: Engine) -> None:
    """`group_by: []` inherits its parent's grouping: neither group nor receiver says what belongs together."""
    together = [*_alerts(KUKATPALLY_DOWN), *_alerts(MIYAPUR_DOWN)]
    with writing(small_city) as connection:
        post(connection, hyderabad.body(*together))
        keys = [key for (key,) in rows(connection, t.incident, "cause_key")]
        assert keys == ["area:Hyderabad-Kukatpally", "area:Hyderabad-Miyapur"]
        for one in together:
            assert post(connection, hyderabad.body(one), T0 + timedelta(seconds=9)).judgements == {
                "repeated": 1
            }


def test_what_api_v2_really_lists_is_read(watched: Watched, asked: Monitor) -> None:
    asked.answers["/api/v2/alerts"] = (200, hyderabad.sample("api_01_one_cell_down_am_v2_alerts.json"))
    asked.knows(("127.0.0.1:29400", False))
    assert watched.asks(T0).opened == (FIRST,)
    # The webhook of the same outage is the same episode.
    assert watched.hears(KUKATPALLY_DOWN, T0 + MINUTE).judgements == {"repeated": 1}
    asked.answers["/api/v2/alerts"] = (
        200,
        hyderabad.sample("api_02_cell_resolved_portal_down_am_v2_alerts.json"),
    )
    asked.knows(("127.0.0.1:29400", True))
    assert watched.asks(T0 + 2 * MINUTE).moved == (FIRST,)
    with reading(watched.engine) as connection:
        assert causes(connection) == {"site:HYD0000": (1, False)}
