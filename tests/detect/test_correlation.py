"""From signals to incidents: one per cause, whatever comes, in whatever order, however often."""

from datetime import timedelta

import hyderabad
import pytest
from hyderabad import (
    BOOK,
    FIRST,
    KUKATPALLY,
    MINUTE,
    MIYAPUR,
    SECOND,
    T0,
    alert,
    body,
    causes,
    incident,
    post,
    rows,
)
from sqlalchemy import Engine

from tellfirst.audience.matching import match
from tellfirst.detect import alertmanager
from tellfirst.detect.causes import clear_cause
from tellfirst.detect.correlation import take_signals
from tellfirst.detect.sources import AlertMeaning, Source, Sources
from tellfirst.detect.weighing import weigh
from tellfirst.domain.errors import LostRace
from tellfirst.domain.incident import Held, Stage
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

MIYAPUR_SITES = ("HYD0004", "HYD0005", "HYD0006", "HYD0007")


@pytest.fixture
def city(sqlite_engine: Engine) -> Engine:
    """One customer on each site."""
    with writing(sqlite_engine) as connection:
        hyderabad.build(connection)
        for number, site in enumerate(hyderabad.SITES, start=1):
            hyderabad.add_customer(connection, number, site)
    return sqlite_engine


def _area_alert(state: str = "firing", area: str = MIYAPUR) -> dict[str, object]:
    return alert("", state, alertname="AreaMajorOutage", area=area, fingerprint=f"area of {area}")


def test_four_sites_of_one_area_are_one_incident_with_four_causes(city: Engine) -> None:
    with writing(city) as connection:
        taken = post(connection, body(*(alert(site) for site in MIYAPUR_SITES)))
        assert taken.judgements == {"opened_an_incident": 1, "joined_an_incident": 3}
        assert (taken.opened, taken.moved) == ((FIRST,), ())
        assert causes(connection) == {f"site:{site}": (1, True) for site in MIYAPUR_SITES}


def test_sites_of_two_areas_in_one_body_are_two_incidents(city: Engine) -> None:
    with writing(city) as connection:
        taken = post(connection, body(alert("HYD0000"), alert("HYD0004")))
        assert taken.opened == (FIRST, SECOND)
        assert causes(connection) == {"site:HYD0000": (1, True), "site:HYD0004": (2, True)}


def test_an_incident_begins_when_the_alert_did_and_is_due_at_once(city: Engine) -> None:
    with writing(city) as connection:
        post(connection, body(alert("HYD0004", starts_at=T0 - 5 * MINUTE)))
        it = incident(connection)
        assert (it.started_at, it.opened_at, it.next_due_at) == (T0 - 5 * MINUTE, T0, T0)
        assert (it.stage, it.held, it.playbook) == (Stage.OPENED, None, BOOK)
        assert (it.place, it.name, it.cause_key) == ("Miyapur", f"{FIRST} Miyapur", f"area:{MIYAPUR}")
        assert rows(connection, t.incident_element, "since_at") == [(T0 - 5 * MINUTE,)]


def test_an_area_alert_alone_is_held_and_goes_on_when_a_site_joins(city: Engine) -> None:
    with writing(city) as connection:
        assert post(connection, body(_area_alert())).opened == (FIRST,)
        assert causes(connection) == {}
        assert weigh(connection, FIRST, T0) is Held.SCOPE_WITHOUT_ELEMENTS
        assert incident(connection).held is Held.SCOPE_WITHOUT_ELEMENTS
        joined = post(connection, body(alert("HYD0004")), T0 + MINUTE)
        assert (joined.judgements, joined.moved) == ({"joined_an_incident": 1}, (FIRST,))
        assert (incident(connection).held, incident(connection).next_due_at) == (None, T0 + MINUTE)
        assert weigh(connection, FIRST, T0 + MINUTE) is None
        assert incident(connection).stage is Stage.DETECTED


def test_an_area_alert_confirms_a_running_incident_and_hits_nobody_by_itself(city: Engine) -> None:
    with writing(city) as connection:
        post(connection, body(alert("HYD0004")))
        taken = post(connection, body(_area_alert()), T0 + MINUTE)
        assert (taken.judgements, taken.moved) == ({"corroborated_an_incident": 1}, (FIRST,))
        assert causes(connection) == {"site:HYD0004": (1, True)}
        assert post(connection, body(_area_alert("resolved")), T0 + 2 * MINUTE).judgements == {
            "corroborated_an_incident": 1
        }
        assert causes(connection) == {"site:HYD0004": (1, True)}


def test_an_unknown_site_is_held_visibly_and_changes_nothing_else(city: Engine) -> None:
    with writing(city) as connection:
        post(connection, body(alert("HYD0004"), alert("NOWHERE", area="Atlantis")))
        assert weigh(connection, SECOND, T0) is Held.UNKNOWN_ELEMENT
        held = incident(connection, SECOND)
        assert (held.stage, held.held, held.place) == (Stage.OPENED, Held.UNKNOWN_ELEMENT, "Atlantis")
        assert causes(connection) == {"site:HYD0004": (1, True), "site:NOWHERE": (2, True)}
        weighed = rows(connection, t.incident_entry, "incident_id", "topic", "reason", "details")[-1]
        assert weighed == (2, "detect", "unknown_element", {"cause_count": 1, "known_count": 0})
        assert (weigh(connection, FIRST, T0), incident(connection).stage) == (None, Stage.DETECTED)


def test_an_unknown_site_beside_a_known_one_does_not_keep_customers_waiting(city: Engine) -> None:
    with writing(city) as connection:
        post(connection, body(alert("NOWHERE", area=MIYAPUR), alert("HYD0004")))
        assert weigh(connection, FIRST, T0) is None
        assert match(connection, FIRST, T0).audience_count == 1


def test_an_alert_no_playbook_claims_is_held_for_a_person(city: Engine) -> None:
    with writing(city) as connection:
        signals = alertmanager.parse(body(alert("HYD0004")))
        take_signals(connection, signals, hyderabad.SOURCES, {}, T0)
        assert weigh(connection, FIRST, T0) is Held.NO_PLAYBOOK
        assert (incident(connection).stage, incident(connection).playbook) == (Stage.OPENED, None)


@pytest.mark.parametrize(
    ("labels", "judgement"),
    [
        ({"severity": "warning"}, "below_the_severity_acted_on"),
        ({"severity": ""}, "below_the_severity_acted_on"),
        ({"alertname": "DiskFull"}, "unmapped"),
        ({"alertname": ""}, "unmapped"),
    ],
)
def test_what_is_not_acted_on_is_kept_without_an_incident(
    city: Engine, labels: dict[str, str], judgement: str
) -> None:
    with writing(city) as connection:
        for state in ("firing", "resolved"):
            taken = post(connection, body(alert("HYD0004", state, **labels)))
            assert (taken.judgements, taken.opened, taken.moved) == ({judgement: 1}, (), ())
        assert rows(connection, t.signal, "state", "judgement", "incident_id") == [
            ("firing", judgement, None),
            ("resolved", judgement, None),
        ]
        assert rows(connection, t.incident, "id") == []


def test_an_alert_that_goes_on_firing_after_the_configuration_was_mended_opens_its_incident(
    city: Engine,
) -> None:
    fires = alertmanager.parse(body(alert("HYD0004")))
    knows_nothing = Sources(
        alertmanager=Source(acts_on_severity=("critical",), alerts={"Other": AlertMeaning(cause="x")})
    )
    with writing(city) as connection:
        before = take_signals(connection, fires, knows_nothing, hyderabad.BOOKS, T0)
        assert before.judgements == {"unmapped": 1}
        after = take_signals(connection, fires, hyderabad.SOURCES, hyderabad.BOOKS, T0)
        assert (after.judgements, after.opened) == ({"opened_an_incident": 1}, (FIRST,))
        assert take_signals(connection, fires, hyderabad.SOURCES, hyderabad.BOOKS, T0).judgements == {
            "repeated": 1
        }
        assert rows(connection, t.signal, "judgement", "element_id") == [
            ("opened_an_incident", "site:HYD0004")
        ]


def test_an_alert_without_the_label_that_names_its_site_is_unmapped(city: Engine) -> None:
    nameless = alert("HYD0004")
    del nameless["labels"]["site_id"]
    with writing(city) as connection:
        assert post(connection, body(nameless)).judgements == {"unmapped": 1}
        assert rows(connection, t.incident, "id") == []


def test_a_resolve_of_something_never_reported_clears_nothing_and_makes_its_late_report_stale(
    city: Engine,
) -> None:
    with writing(city) as connection:
        resolved = post(connection, body(alert("HYD0004", "resolved")))
        assert resolved.judgements == {"resolved_nothing_we_knew": 1}
        late = post(connection, body(alert("HYD0004")), T0 + MINUTE)
        assert late.judgements == {"stale_repeat_of_a_resolved_episode": 1}
        assert rows(connection, t.incident, "id") == []


def test_a_late_repeat_of_a_resolved_episode_opens_nothing(city: Engine) -> None:
    with writing(city) as connection:
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        hyderabad.mend(connection, "HYD0004", now=T0 + MINUTE)
        hyderabad.all_clear(connection, T0 + MINUTE + BOOK.quiet_for)
        assert incident(connection).stage is Stage.VERIFIED
        taken = post(connection, body(alert("HYD0004")), T0 + timedelta(hours=1))
        assert (taken.judgements, taken.opened, taken.moved) == ({"repeated": 1}, (), ())
        assert incident(connection).stage is Stage.VERIFIED
        assert causes(connection) == {"site:HYD0004": (1, False)}


def test_flapping_is_one_incident_and_one_cause(city: Engine) -> None:
    with writing(city) as connection:
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        for flap in range(1, 4):
            began = T0 + 2 * flap * MINUTE
            hyderabad.mend(connection, "HYD0004", since=began - 2 * MINUTE, now=began - MINUTE)
            assert incident(connection).stage is Stage.RESTORED
            taken = post(connection, body(alert("HYD0004", starts_at=began)), began)
            assert taken.judgements == {"joined_an_incident": 1}
            assert incident(connection).stage is Stage.FOLLOWING_UP
            assert causes(connection) == {"site:HYD0004": (1, True)}
        assert rows(connection, t.incident, "id") == [(1,)]


def test_a_part_that_comes_back_is_not_yet_restored(city: Engine) -> None:
    with writing(city) as connection:
        hyderabad.strike(connection, "HYD0004", "HYD0005")
        hyderabad.tell(connection)
        hyderabad.mend(connection, "HYD0004", now=T0 + MINUTE)
        assert incident(connection).stage is Stage.TOLD
        hyderabad.mend(connection, "HYD0005", now=T0 + 2 * MINUTE)
        assert incident(connection).stage is Stage.RESTORED


def test_a_new_outage_after_the_all_clear_is_a_new_incident(city: Engine) -> None:
    later = T0 + timedelta(hours=1)
    with writing(city) as connection:
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        hyderabad.mend(connection, "HYD0004", now=T0 + MINUTE)
        hyderabad.all_clear(connection, T0 + MINUTE + BOOK.quiet_for)
        assert post(connection, body(alert("HYD0004", starts_at=later)), later).opened == (SECOND,)
        hyderabad.mend(connection, "HYD0004", since=later, now=later + MINUTE)
        found = rows(connection, t.incident_element, "incident_id", "element_id", "until_at")
        assert found == [(1, "site:HYD0004", T0 + MINUTE), (2, "site:HYD0004", later + MINUTE)]


def test_what_was_over_before_anybody_was_told_still_gets_its_first_word_and_its_all_clear(
    city: Engine,
) -> None:
    with writing(city) as connection:
        post(connection, body(alert("HYD0004")))
        hyderabad.mend(connection, "HYD0004", now=T0 + MINUTE)
        assert incident(connection).stage is Stage.OPENED
        assert weigh(connection, FIRST, T0 + MINUTE) is None
        assert match(connection, FIRST, T0 + MINUTE).audience_count == 1
        hyderabad.tell(connection, T0 + MINUTE)
        spoken = hyderabad.all_clear(connection, T0 + MINUTE + BOOK.quiet_for)
        assert spoken is not None
        assert (spoken.plan.pending_count, incident(connection).stage) == (1, Stage.VERIFIED)


def test_an_alert_that_fires_on_after_an_engineer_said_restored_reopens_its_cause(city: Engine) -> None:
    with writing(city) as connection:
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        clear_cause(connection, 1, "site:HYD0004", T0 + MINUTE, reason="engineer_says_so", actor="ravi")
        assert incident(connection).stage is Stage.RESTORED
        taken = post(connection, body(alert("HYD0004")), T0 + 2 * MINUTE)
        assert (taken.judgements, taken.moved) == ({"still_firing": 1}, (FIRST,))
        it = incident(connection)
        assert (it.stage, it.footprint_changed, it.next_due_at) == (
            Stage.FOLLOWING_UP,
            True,
            T0 + 2 * MINUTE,
        )
        assert causes(connection) == {"site:HYD0004": (1, True)}


@pytest.mark.parametrize("stage", [Stage.VERIFIED, Stage.SURVEYED, Stage.CLOSED])
def test_an_alert_that_fires_on_after_its_incident_ended_gets_one_that_is_followed_up(
    city: Engine, stage: Stage
) -> None:
    """An engineer said restored and the monitor was only slow to repeat: customers are still without."""
    late = T0 + timedelta(hours=4)
    with writing(city) as connection:
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        clear_cause(connection, 1, "site:HYD0004", T0 + MINUTE, reason="engineer_says_so", actor="ravi")
        hyderabad.all_clear(connection, T0 + MINUTE + BOOK.quiet_for)
        connection.execute(t.incident.update().values(stage=stage))
        before = incident(connection)
        taken = post(connection, body(alert("HYD0004")), late)
        assert (taken.judgements, taken.opened) == ({"opened_an_incident": 1}, (SECOND,))
        assert incident(connection) == before
        assert post(connection, body(alert("HYD0004")), late + MINUTE).judgements == {"repeated": 1}
        hyderabad.mend(connection, "HYD0004", now=late + 2 * MINUTE)
        assert rows(connection, t.incident_element, "incident_id", "until_at") == [
            (1, T0 + MINUTE),
            (2, late + 2 * MINUTE),
        ]


def test_a_site_that_two_alerts_report_is_back_only_when_both_say_so(city: Engine) -> None:
    """Two technologies on one mast, or a pair of Prometheus servers."""
    fast, slow = ({"fingerprint": name, "technology": name} for name in ("NR", "LTE"))
    with writing(city) as connection:
        post(connection, body(alert("HYD0004", **fast), alert("HYD0004", **slow)))
        one = post(connection, body(alert("HYD0004", "resolved", **fast)), T0 + MINUTE)
        assert one.judgements == {"resolved_while_another_alert_fires": 1}
        assert causes(connection) == {"site:HYD0004": (1, True)}
        both = post(connection, body(alert("HYD0004", "resolved", **slow)), T0 + 2 * MINUTE)
        assert both.judgements == {"cleared_a_cause": 1}
        assert causes(connection) == {"site:HYD0004": (1, False)}


def test_an_earlier_resolve_of_the_other_alert_does_not_count_for_its_new_episode(city: Engine) -> None:
    fast, slow = ({"fingerprint": name} for name in ("NR", "LTE"))
    with writing(city) as connection:
        post(connection, body(alert("HYD0004", **fast), alert("HYD0004", **slow)))
        post(connection, body(alert("HYD0004", "resolved", **slow)), T0 + MINUTE)
        post(connection, body(alert("HYD0004", starts_at=T0 + 2 * MINUTE, **slow)), T0 + 2 * MINUTE)
        post(connection, body(alert("HYD0004", "resolved", **fast)), T0 + 3 * MINUTE)
        assert causes(connection) == {"site:HYD0004": (1, True)}


def test_weighing_twice_changes_nothing(city: Engine) -> None:
    with writing(city) as connection:
        post(connection, body(alert("HYD0004")))
        weigh(connection, FIRST, T0)
        before = incident(connection)
        assert weigh(connection, FIRST, T0 + MINUTE) is None
        assert incident(connection) == before


def test_a_signal_that_moves_an_incident_makes_a_step_that_read_it_before_lose_the_race(
    city: Engine,
) -> None:
    with writing(city) as connection:
        hyderabad.strike(connection, "HYD0004")
        read_before = incident(connection)
        post(connection, body(alert("HYD0005")), T0 + MINUTE)
        with pytest.raises(LostRace):
            incidents.change(connection, read_before, stage=Stage.TOLD)


def test_every_decision_about_an_incident_is_in_its_log(city: Engine) -> None:
    with writing(city) as connection:
        post(connection, body(alert("HYD0004", area=MIYAPUR), _area_alert(area=KUKATPALLY)))
        hyderabad.mend(connection, "HYD0004", now=T0 + MINUTE)
    with reading(city) as connection:
        entries = rows(connection, t.incident_entry, "incident_id", "at", "topic", "reason", "details")
    assert sorted(entries, key=lambda entry: (entry[1], entry[0])) == [
        (1, T0, "opened", "signal", {"source": "alertmanager", "alert": "CellSiteDown"}),
        (1, T0, "footprint", "cause_added", {"element": "site:HYD0004"}),
        (2, T0, "opened", "signal", {"source": "alertmanager", "alert": "AreaMajorOutage"}),
        (1, T0 + MINUTE, "cause_gone", "monitor_resolved", {"element": "site:HYD0004"}),
        (1, T0 + MINUTE, "verification", "every_cause_gone", {}),
    ]
