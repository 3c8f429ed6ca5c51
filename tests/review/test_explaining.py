"""Why an incident hurts a customer or does not: the rule, the path, the history, and what they were told."""

from datetime import timedelta
from string import Formatter
from typing import Any

import hyderabad
import pytest
from hyderabad import FIRST, MIYAPUR, SECOND, T0, add_customer, add_service
from sqlalchemy import Connection, Engine, insert, update

from tellfirst.audience.areas import Area
from tellfirst.audience.matching import match
from tellfirst.audience.places import add_area
from tellfirst.audience.sharing import mark_shared_contact_points
from tellfirst.detect.causes import open_cause, withdraw_cause
from tellfirst.detect.opening import open_by_hand
from tellfirst.detect.weighing import weigh
from tellfirst.domain.errors import NotFound
from tellfirst.domain.explanation import (
    SENTENCES,
    STANDINGS,
    UNTOLD,
    Finding,
    Reason,
    Standing,
    Untold,
    most_telling_first,
    spelt,
)
from tellfirst.domain.impact import Impact
from tellfirst.domain.place import AreaCodes, Point, Radius
from tellfirst.review.explaining import Explanation, explain
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

HOUR = timedelta(hours=1)
SITE = "site:HYD0004"
HUB = f"hub:{MIYAPUR}"


def _why(engine: Engine, customer: str = "C1", incident: str = FIRST, now: Any = T0 + HOUR) -> Explanation:
    with reading(engine) as connection:
        return explain(connection, customer, incident, now)


def _reasons(found: Explanation) -> list[Reason]:
    return [finding.reason for finding in found.findings]


def _open(connection: Connection, *elements: str, impact: Impact = Impact.DOWN, **areas: Any) -> str:
    """An incident by hand, with areas by their names; weighed and matched."""
    place = next(iter(areas), "")
    reference = open_by_hand(connection, elements, hyderabad.BOOK, impact, T0, T0, "ravi", place)
    it = hyderabad.incident(connection, reference)
    for name, shape in areas.items():
        add_area(connection, it.id, Area.of(name, shape), impact, T0)
    assert weigh(connection, reference, T0) is None
    match(connection, reference, T0)
    return reference


def test_somebody_affected_sees_the_path_from_their_service_to_the_cause(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1)
        add_service(connection, 1, SITE, reference="S-77")
        _open(connection, HUB)
        hyderabad.tell(connection)
    found = _why(city)
    assert (found.standing, found.impact, found.services) == (Standing.AFFECTED, "down", ("mobile",))
    assert (found.revision, found.since) == (1, T0)
    assert found.headline == "C1 is affected by INC-2026-0001 Miyapur"
    assert found.findings[0].sentence == f"their mobile service S-77 hangs on {SITE}, which is down"
    [service] = found.evidence
    assert [(step.element, step.impact) for step in service.path] == [(SITE, "down"), (HUB, "down")]
    assert service.path[1].note == "the cause, since 2026-11-22 03:39 UTC"
    assert [(one.since, one.until, one.impact) for one in service.lived] == [(T0, None, "down")]
    assert found.telling == "told by sms at 2026-11-22 03:39 UTC (sent)"
    assert [(one.occasion, one.state, one.revision) for one in found.told] == [("first_word", "sent", 1)]


def test_a_redundant_pair_is_explained_by_what_is_left_of_it_and_by_both_halves(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004")
        _open(connection, "core:A", "core:B")
    [service] = _why(city).evidence
    assert [step.element for step in service.path] == [SITE, HUB, "core:A"]
    assert service.path[1].note == "uplink: 0 of 2 work, 1 needed; hit are core:A, core:B"


def test_the_second_half_of_a_pair_names_the_incident_that_took_the_first(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004")
        _open(connection, "core:A")
        open_by_hand(connection, ["core:B"], hyderabad.BOOK, Impact.DOWN, T0 + HOUR, T0 + HOUR, "ravi")
        weigh(connection, SECOND, T0 + HOUR)
        match(connection, SECOND, T0 + HOUR)
    found = _why(city, incident=SECOND, now=T0 + 2 * HOUR)
    assert found.standing is Standing.AFFECTED
    [service] = found.evidence
    assert service.path[-1].note == f"the cause, of {FIRST}, since 2026-11-22 03:39 UTC"
    assert [(one.since, one.until, one.impact, one.incidents) for one in service.lived] == [
        (T0, T0 + HOUR, "at_risk".replace("_", " "), (FIRST,)),
        (T0 + HOUR, None, "down", (FIRST,)),
    ]


def test_who_is_only_at_risk_is_not_told_because_of_the_playbook(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004")
        _open(connection, "core:A")
    found = _why(city)
    assert (found.standing, _reasons(found)) == (Standing.AT_RISK, [Reason.ONLY_AT_RISK])
    assert found.telling == "not told: this playbook tells from degraded on"
    assert found.impact == "at_risk"


def test_who_hangs_elsewhere_reads_on_what(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0000")
        add_customer(connection, 2, "HYD0004")
        _open(connection, SITE)
    found = _why(city)
    assert (found.standing, found.telling, found.told) == (Standing.NOT_AFFECTED, "", ())
    assert found.findings[0].sentence == (
        "their mobile service hangs on site:HYD0000, below hub:Hyderabad-Kukatpally (Kukatpally hub), core:A, "
        "core:B; none of that is a cause"
    )
    assert found.causes == (SITE,)


NOT_RUNNING: dict[Reason, dict[str, Any]] = {
    Reason.SERVICE_SUSPENDED: {"status": "suspended"},
    Reason.SERVICE_ENDED: {"status": "ended", "valid_to": T0 - 24 * HOUR},
    Reason.SERVICE_NOT_YET_VALID: {"valid_from": T0 + HOUR},
    Reason.SERVICE_NO_LONGER_VALID: {"valid_to": T0 - HOUR},
}


@pytest.mark.parametrize("reason", NOT_RUNNING)
def test_a_service_that_does_not_run_is_named_with_its_dates(small_city: Engine, reason: Reason) -> None:
    with writing(small_city) as connection:
        add_customer(connection, 1)
        add_service(connection, 1, SITE, **NOT_RUNNING[reason])
        add_customer(connection, 2, "HYD0004")
        _open(connection, SITE)
    found = _why(small_city)
    assert (found.standing, _reasons(found)) == (Standing.NOT_AFFECTED, [reason])
    dates = [value for value in NOT_RUNNING[reason].values() if not isinstance(value, str)]
    assert all(f"{date:%Y-%m-%d %H:%M} UTC" in found.findings[0].sentence for date in dates)


def test_a_service_that_ended_while_the_incident_lasted_still_counts(small_city: Engine) -> None:
    with writing(small_city) as connection:
        add_customer(connection, 1)
        add_service(connection, 1, SITE, valid_to=T0 + timedelta(minutes=1))
        open_by_hand(connection, [SITE], hyderabad.BOOK, Impact.DOWN, T0, T0, "ravi")
        weigh(connection, FIRST, T0)
        match(connection, FIRST, T0 + HOUR)
    found = _why(small_city)
    assert (found.standing, _reasons(found)) == (Standing.AFFECTED, [Reason.SERVICE_HIT])


def test_what_is_reported_back_goes_on_until_that_is_verified(small_city: Engine) -> None:
    with writing(small_city) as connection:
        add_customer(connection, 1, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        hyderabad.mend(connection, "HYD0004", now=T0 + HOUR)
    [service] = _why(small_city, now=T0 + HOUR).evidence
    assert [one.until for one in service.lived] == [None]
    assert service.path[-1].note.endswith("reported back 2026-11-22 04:39 UTC, being verified")


def test_a_customer_who_has_left_is_told_apart_from_one_who_hangs_elsewhere(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004", status="churned")
        add_customer(connection, 2, "HYD0004")
        _open(connection, SITE)
    found = _why(city)
    assert _reasons(found) == [Reason.CUSTOMER_NOT_ACTIVE, Reason.SERVICE_HIT]
    assert "churned" in found.findings[0].sentence


def test_somebody_without_any_service_reads_that(small_city: Engine) -> None:
    with writing(small_city) as connection:
        add_customer(connection, 1)
        add_customer(connection, 2, "HYD0004")
        _open(connection, SITE)
    assert _reasons(_why(small_city)) == [Reason.NO_SERVICE]


VISITS: list[tuple[str, timedelta | None, str, Standing, Reason]] = [
    ("recent", timedelta(hours=2, minutes=10), "mobile", Standing.AFFECTED, Reason.SEEN_IN_HIT_CELL),
    ("recent", timedelta(hours=24), "mobile", Standing.AFFECTED, Reason.SEEN_IN_HIT_CELL),
    ("recent", timedelta(hours=25), "mobile", Standing.NOT_AFFECTED, Reason.SEEN_TOO_LONG_AGO),
    ("recent", timedelta(hours=2), "broadband", Standing.NOT_AFFECTED, Reason.NO_MOBILE_SERVICE),
    ("home", None, "mobile", Standing.AFFECTED, Reason.HOME_CELL_HIT),
]


@pytest.mark.parametrize(("role", "ago", "kind", "standing", "reason"), VISITS)
def test_a_visitor_is_explained_by_when_they_were_seen(
    city: Engine, role: str, ago: timedelta | None, kind: str, standing: Standing, reason: Reason
) -> None:
    seen_at = T0 - ago if ago else None
    with writing(city) as connection:
        add_customer(connection, 1)
        add_service(connection, 1, "site:HYD0008", kind=kind)
        add_customer(connection, 2, "HYD0004")
        values = {"customer_id": 1, "element_id": SITE, "role": role, "seen_at": seen_at}
        connection.execute(insert(t.presence).values(**values))
        _open(connection, SITE)
    found = _why(city)
    assert (found.standing, found.findings[0].reason) == (standing, reason)
    if ago == timedelta(hours=2, minutes=10):
        said = "seen in site:HYD0004 at 2026-11-22 01:29 UTC, 2 h 10 min before the matching"
        assert said in found.findings[0].sentence


LAT, LON = 17.4968, 78.3614
INSIDE = {"lat": LAT, "lon": LON, "location": "exact"}
LIVES: list[tuple[dict[str, Any], Standing, Reason, str]] = [
    (INSIDE, Standing.AFFECTED, Reason.LIVES_INSIDE, "live inside the area ward"),
    ({**INSIDE, "lat": LAT + 0.02}, Standing.NOT_AFFECTED, Reason.OUTSIDE_AREA, "about 1.2 km away"),
    ({**INSIDE, "location": "default"}, Standing.AFFECTED, Reason.ELEMENT_INSIDE, "only a default one"),
    ({**INSIDE, "located_at": T0 - timedelta(days=800)}, Standing.AFFECTED, Reason.ELEMENT_INSIDE, "stale"),
    ({}, Standing.AFFECTED, Reason.ELEMENT_INSIDE, "no location of theirs is known"),
]


@pytest.mark.parametrize(("known", "standing", "reason", "said"), LIVES)
def test_an_area_is_explained_by_where_they_live_or_by_the_element(
    city: Engine, known: dict[str, Any], standing: Standing, reason: Reason, said: str
) -> None:
    with writing(city) as connection:
        connection.execute(update(t.element).where(t.element.c.id == SITE).values(lat=LAT, lon=LON))
        add_customer(connection, 1, "HYD0004", **known)
        add_customer(connection, 2, "HYD0004", **INSIDE)
        _open(connection, ward=Radius(Point(LON, LAT), 1000))
    found = _why(city)
    assert (found.standing, found.findings[0].reason) == (standing, reason)
    assert said in found.findings[0].sentence
    assert found.uncertain is (reason is Reason.ELEMENT_INSIDE)


@pytest.mark.parametrize(
    ("code", "kind", "standing", "reason"),
    [
        ("500072", "mobile", Standing.AFFECTED, Reason.HAS_AREA_CODE),
        ("500081", "mobile", Standing.NOT_AFFECTED, Reason.OUTSIDE_AREA),
        (None, "mobile", Standing.NOT_AFFECTED, Reason.OUTSIDE_AREA),
        ("500072", "power", Standing.NOT_AFFECTED, Reason.NO_SERVICE_OF_KIND),
    ],
)
def test_an_area_code_is_explained_by_the_code_and_the_service(
    small_city: Engine, code: str | None, kind: str, standing: Standing, reason: Reason
) -> None:
    with writing(small_city) as connection:
        add_customer(connection, 1, area_code=code)
        add_service(connection, 1, SITE, kind=kind)
        add_customer(connection, 2, "HYD0004", area_code="500079")
        _open(connection, codes=AreaCodes(("50007*",)))
    found = _why(small_city)
    assert (found.standing, found.findings[0].reason) == (standing, reason)


def test_who_is_back_reads_since_when_and_what_it_was(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        hyderabad.mend(connection, "HYD0004", now=T0 + HOUR)
        hyderabad.all_clear(connection, T0 + 2 * HOUR)
    found = _why(city, now=T0 + 3 * HOUR)
    assert (found.standing, found.over_at, found.over_revision) == (Standing.BACK, T0 + 2 * HOUR, 2)
    assert found.findings[0].sentence == f"their mobile service hangs on {SITE}, which was down"
    [service] = found.evidence
    assert [(one.since, one.until) for one in service.lived] == [(T0, T0 + HOUR)]
    assert "reported back 2026-11-22 04:39 UTC, verified 2026-11-22 05:39 UTC" in service.path[-1].note
    assert [one.occasion for one in found.told] == ["first_word", "restored"]


def test_who_was_told_wrongly_reads_which_cause_was_withdrawn(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004")
        add_customer(connection, 2, "HYD0000")
        _open(connection, HUB, "site:HYD0000")
        hyderabad.tell(connection)
        withdraw_cause(connection, 1, HUB, T0 + HOUR, "ravi")
        match(connection, FIRST, T0 + HOUR)
    found = _why(city, now=T0 + 2 * HOUR)
    assert found.standing is Standing.WRONGLY_TOLD
    assert found.findings[0] == Finding(
        Reason.REACHED_WRONGLY,
        f"revision 1 reached them through {SITE} because of {HUB} (Miyapur hub), which was withdrawn at "
        "2026-11-22 04:39 UTC: it was never part of it",
    )
    assert _why(city, "C2").standing is Standing.AFFECTED


def test_who_was_told_wrongly_because_of_a_wrong_record_reads_that(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004")
        add_customer(connection, 2, "HYD0004")
        _open(connection, SITE)
        hyderabad.tell(connection)
        moved = update(t.service).where(t.service.c.customer_id == 1)
        connection.execute(moved.values(element_id="site:HYD0000"))
        counts = dict.fromkeys(("row_count", "accepted_count", "repaired_count", "rejected_count"), 1)
        batch = {"kind": "services", "file": "s.csv", "sha256": "0", "at": T0 + HOUR, "actor": "ravi"}
        connection.execute(insert(t.import_batch).values(**batch, **counts))
        open_cause(connection, 1, "site:HYD0008", Impact.DOWN, T0, T0 + HOUR)
        match(connection, FIRST, T0 + HOUR)
    found = _why(city, now=T0 + 2 * HOUR)
    assert (found.standing, found.findings[0].reason) == (Standing.WRONGLY_TOLD, Reason.NO_LONGER_REACHED)


def test_a_withdrawn_cause_above_somebody_never_told_is_named(small_city: Engine) -> None:
    with writing(small_city) as connection:
        add_customer(connection, 1)
        add_customer(connection, 2, "HYD0000")
        _open(connection, SITE, "site:HYD0000")
        withdraw_cause(connection, 1, SITE, T0 + HOUR, "ravi")
        match(connection, FIRST, T0 + HOUR)
        add_service(connection, 1, SITE)
    assert _reasons(_why(small_city, now=T0 + 2 * HOUR)) == [Reason.CAUSE_WITHDRAWN]


def test_records_that_changed_since_the_last_matching_are_not_hidden(small_city: Engine) -> None:
    with writing(small_city) as connection:
        add_customer(connection, 1)
        add_customer(connection, 2, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
        add_service(connection, 1, SITE)
    assert _reasons(_why(small_city)) == [Reason.RECORDS_CHANGED]
    with writing(small_city) as connection:
        hyderabad.mend(connection, "HYD0004", now=T0 + HOUR)
        hyderabad.tell(connection)
        hyderabad.all_clear(connection, T0 + 2 * HOUR)
    assert _reasons(_why(small_city, now=T0 + 3 * HOUR)) == [Reason.CAUSE_OVER]


def test_a_cause_added_after_the_last_matching_is_not_said_to_have_been_seen(small_city: Engine) -> None:
    with writing(small_city) as connection:
        add_customer(connection, 1, "HYD0004")
        add_service(connection, 1, "site:HYD0000")
        hyderabad.strike(connection, "HYD0004")
        open_cause(connection, 1, "site:HYD0000", Impact.DOWN, T0, T0 + HOUR)
    found = _why(small_city)
    assert found.changes_wait
    assert _reasons(found) == [Reason.SERVICE_HIT, Reason.NOTHING_ABOVE]


def test_the_area_of_another_incident_is_none_of_this_one(small_city: Engine) -> None:
    with writing(small_city) as connection:
        add_customer(connection, 1, "HYD0004", area_code="500072")
        _open(connection, codes=AreaCodes(("999",)), kind_of=AreaCodes(("500072",)))
        second = _open(connection, impact=Impact.DEGRADED, codes=AreaCodes(("500072",)))
    found = _why(small_city, incident=second)
    [area] = [one for one in found.evidence if one.element == "area-1"]
    assert [(step.element, step.impact) for step in area.path] == [("area-1", "degraded")]


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"phone": None}, "not told: no contact point (none, failed)"),
        ({"phone": hyderabad.phone(9)}, "not told by themselves: C9 has the same contact point"),
    ],
)
def test_why_somebody_affected_was_not_written_to(city: Engine, known: dict[str, Any], said: str) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004", **known)
        add_customer(connection, 9, "HYD0004", priority=5)
        mark_shared_contact_points(connection)
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
    assert said in _why(city).telling


@pytest.mark.parametrize(
    ("stands", "said"),
    [
        ({"approval_needed": True}, "waits for approval"),
        ({"held": "empty_audience"}, "held (empty_audience)"),
        ({"held": None}, "is about to be made"),
        ({"stage": "closed"}, "was never told"),
    ],
)
def test_why_nobody_has_been_told_yet(small_city: Engine, stands: dict[str, Any], said: str) -> None:
    with writing(small_city) as connection:
        add_customer(connection, 1, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
        connection.execute(update(t.incident).values(**stands))
    assert said in _why(small_city).telling


def test_before_the_matching_it_says_so_and_what_it_would_find(small_city: Engine) -> None:
    with writing(small_city) as connection:
        add_customer(connection, 1, "HYD0004")
        open_by_hand(connection, [SITE], hyderabad.BOOK, Impact.DOWN, T0, T0, "ravi")
    found = _why(small_city)
    assert (found.standing, _reasons(found)) == (Standing.NOT_MATCHED, [Reason.SERVICE_HIT])


def test_whoever_is_registered_in_a_hit_district_reads_that_too(city: Engine) -> None:
    with writing(city) as connection:
        for key, site in ((1, "HYD0000"), (2, "HYD0004"), (3, "HYD0004")):
            add_customer(connection, key, site, district="Medchal")
        add_customer(connection, 4, "HYD0000", district="Medchal", status="churned")
        add_customer(connection, 5, "HYD0000", district="Hyderabad")
        _open(connection, SITE)
    assert _why(city).findings[-1].sentence == (
        "they are registered in the district Medchal, where 2 of 3 customers are affected"
    )
    assert Reason.REGISTERED_IN_HIT_DISTRICT not in _reasons(_why(city, "C5"))


def test_one_behind_a_shared_contact_point_who_waits_for_the_other_reads_why(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004", phone=hyderabad.phone(9))
        add_customer(connection, 9, "HYD0005", phone=hyderabad.phone(9))
        mark_shared_contact_points(connection)
        hyderabad.strike(connection, "HYD0004", "HYD0005")
        hyderabad.tell(connection)
        hyderabad.mend(connection, "HYD0004", now=T0 + HOUR)
        hyderabad.all_clear(connection, T0 + 2 * HOUR)
    found = _why(city, now=T0 + 3 * HOUR)
    assert found.standing is Standing.AFFECTED
    assert Reason.STAYS_WITH_SHARED_CONTACT in _reasons(found)
    assert Reason.STAYS_WITH_SHARED_CONTACT not in _reasons(_why(city, "C9", now=T0 + 3 * HOUR))


def test_who_and_what_is_unknown_is_answered_with_the_nearest(small_city: Engine) -> None:
    with writing(small_city) as connection:
        for key in (1, 2, 4, 5):
            add_customer(connection, key, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
    with pytest.raises(NotFound, match="there is no customer C3; the nearest there are: C2, C4, C5"):
        _why(small_city, "C3")
    with pytest.raises(NotFound, match="tellfirst incident list"):
        _why(small_city, incident="INC-1999-0001")


def test_no_contact_point_is_in_an_explanation(small_city: Engine) -> None:
    with writing(small_city) as connection:
        add_customer(connection, 1, "HYD0004", email="asha@example.org")
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
    said = str(_why(small_city).to_json())
    assert hyderabad.phone(1) not in said
    assert "asha@example.org" not in said


def test_every_reason_has_its_sentence_and_no_sentence_is_kept_for_one_that_is_gone() -> None:
    assert set(SENTENCES) == set(Reason)
    assert set(STANDINGS) == set(Standing)
    assert set(UNTOLD) == set(Untold)


def test_a_sentence_is_never_printed_with_a_value_missing() -> None:
    for reason, sentence in SENTENCES.items():
        if any(name for _, name, _, _ in Formatter().parse(sentence)):
            with pytest.raises(KeyError):
                Finding.of(reason)


def test_the_reason_that_tells_most_comes_first() -> None:
    found = [Finding(reason, "") for reason in reversed(Reason)]
    assert [one.reason for one in most_telling_first(found)] == list(Reason)


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=2, minutes=10), "2 h 10 min"),
        (timedelta(days=1), "1 d"),
        (timedelta(days=3, hours=4, minutes=5), "3 d 4 h"),
    ],
)
def test_a_span_is_said_as_people_do(span: timedelta, said: str) -> None:
    assert spelt(span) == said
