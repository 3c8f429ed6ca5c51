"""The packs that are shipped, tried with the numbers that their sources come to: through the data, not beside it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import hyderabad
import pytest

from tellfirst.domain.compensation import Loss
from tellfirst.domain.deadline import Anchor, DeadlineName, Hearer
from tellfirst.domain.due import DeadlineRule, due_at, dues
from tellfirst.domain.pack import SEVERITIES, Pack
from tellfirst.domain.policy import announce_by, applies, combine
from tellfirst.domain.scope import Scope
from tellfirst.timelines.packs import load_policy

POLICY = load_policy(hyderabad.CONFIG)
BEGAN = datetime(2026, 11, 25, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
D = Decimal


def pack(name: str) -> Pack:
    return POLICY.known[name]


def scope(**known: object) -> Scope:
    usual: dict[str, object] = {"severity": "S1", "kind": "outage", "service": "mobile"}
    return Scope(BEGAN, **{**usual, **known})  # type: ignore[arg-type]  # whatever a test is about


def binds(name: str, it: Scope, after: timedelta = MINUTE) -> bool:
    return applies(pack(name), it, BEGAN + after).applies


def rule(
    name: str, of: DeadlineName, hearer: Hearer = Hearer.CUSTOMERS, severity: str = "S1"
) -> DeadlineRule:
    [clock] = [one for one in pack(name).clocks if (one.any_rule.name, one.any_rule.hearer) == (of, hearer)]
    return clock.rules[severity]


@pytest.mark.parametrize(
    ("users", "minutes", "reportable"),
    [(30_000, 30, True), (29_999, 30, False), (45_000, 20, False), (45_000, 30, True), (900_000, 29, False)],
)
def test_nine_hundred_thousand_user_minutes(users: int, minutes: int, reportable: bool) -> None:
    assert binds("us-fcc-nors", scope(customers=users), minutes * MINUTE) is reportable
    expected = scope(customers=users, estimate_at=BEGAN + minutes * MINUTE)
    assert binds("us-fcc-nors", expected) is reportable


@pytest.mark.parametrize(
    ("services", "minutes", "major"),
    [(100_000, 61, True), (100_000, 60, False), (99_999, 120, False), (250_000, 60, False)],
    ids=["longer than 60 min", "exactly 60 min is not longer", "one too few", "many, but not longer"],
)
def test_a_major_outage_in_australia(services: int, minutes: int, major: bool) -> None:
    it = scope(services=services, estimate_at=BEGAN + minutes * MINUTE)
    assert binds("au-acma-major", it) is major


def test_all_of_a_state_is_major_whatever_its_size() -> None:
    it = scope(services=9_000, whole_regions=1, estimate_at=BEGAN + 2 * HOUR)
    assert binds("au-acma-major", it)


@pytest.mark.parametrize(
    ("where", "services", "minutes", "local"),
    [
        ("remote", 250, 180, True),
        ("remote", 249, 180, False),
        ("remote", 250, 179, False),
        ("regional", 1_000, 360, True),
        ("regional", 1_000, 359, False),
        ("regional", 99_999, 360, True),
        ("regional", 999, 360, False),
        ("metro", 50_000, 360, False),
    ],
)
def test_a_significant_local_outage_in_australia(
    where: str, services: int, minutes: int, local: bool
) -> None:
    it = scope(services=services, services_in={where: services}, estimate_at=BEGAN + minutes * MINUTE)
    assert binds("au-acma-local", it) is local


def test_a_forecast_that_reaches_six_hours_promotes_an_incident_in_mid_life() -> None:
    it = scope(services=1_000, services_in={"regional": 1_000}, estimate_at=BEGAN + 6 * HOUR - MINUTE)
    before = applies(pack("au-acma-local"), it, BEGAN + HOUR)
    assert not before.applies
    assert "duration 5:59:00, asked at least 6:00:00" in before.reasons[1]
    after = applies(pack("au-acma-local"), replace(it, estimate_at=BEGAN + 6 * HOUR), BEGAN + 2 * HOUR)
    assert after.applies
    assert after.reasons[0] == "regional"


def test_without_an_estimate_time_itself_promotes() -> None:
    it = scope(services=1_000, services_in={"regional": 1_000})
    assert not binds("au-acma-local", it, 6 * HOUR - MINUTE)
    assert binds("au-acma-local", it, 6 * HOUR)


def test_what_is_over_is_measured_as_it_was() -> None:
    it = scope(services=100_000, estimate_at=BEGAN + 9 * HOUR, ended_at=BEGAN + 60 * MINUTE)
    assert not binds("au-acma-major", it, 20 * HOUR)


def test_updates_every_six_hours_on_the_first_day_and_daily_afterwards() -> None:
    update = rule("au-acma-major", DeadlineName.UPDATE)
    found = dues(update, {Anchor.TOLD: BEGAN}, POLICY.place(BEGAN), BEGAN + 71 * HOUR)
    assert [(one - BEGAN) / HOUR for one in found] == [6, 12, 18, 24, 48, 72]


def test_four_business_days_before_work_on_a_tuesday_is_the_wednesday_before() -> None:
    [lead] = pack("au-energy-planned").planned
    sydney = ZoneInfo("Australia/Sydney")
    tuesday = datetime(2026, 12, 8, 9, tzinfo=sydney)
    by = announce_by(lead, tuesday, tuesday + 4 * HOUR, POLICY.place(tuesday))
    assert by == datetime(2026, 12, 3, tzinfo=sydney)  # the end of Wednesday
    assert announce_by(lead, tuesday, tuesday + 14 * MINUTE, POLICY.place(tuesday)) is None


@pytest.mark.parametrize(
    ("name", "latest"),
    [
        ("house-default", "2026-11-28T09:00"),
        ("pk-pta-2009", "2026-11-08T09:00"),
        ("ng-ncc-major", "2026-12-01T09:00"),
        ("uk-water-gss-england", "2026-12-06T09:00"),
    ],
)
def test_leads_in_days_and_hours(name: str, latest: str) -> None:
    [lead] = pack(name).planned
    place = POLICY.place(BEGAN)
    zone = ZoneInfo(place.calendars[lead.calendar or place.house].zone)
    work = datetime(2026, 12, 8, 9, tzinfo=zone)
    found = announce_by(lead, work, work + 8 * HOUR, place)
    assert found == datetime.fromisoformat(latest).replace(tzinfo=zone)


def given(
    name: str, which: str, zone: str, began: str, ended: str, fee: str = "0", reported: str = ""
) -> Decimal:
    [one] = [one for one in pack(name).compensation if one.name == which]
    place = ZoneInfo(zone)
    at = [datetime.fromisoformat(text).replace(tzinfo=place) for text in (began, ended, reported or began)]
    loss = Loss(at[0], at[1], zone, at[2], D(fee))
    return one.formula(POLICY.markets.around(at[1])).due(loss).amount


@pytest.mark.parametrize(
    ("fee", "ended", "amount"),
    [("39.99", "2026-06-07", "30.00"), ("79.90", "2026-06-07", "47.94"), ("39.99", "2026-06-03", "0")],
)
def test_germany(fee: str, ended: str, amount: str) -> None:
    assert given("de-tkg-58", "full_outage", "Europe/Berlin", "2026-06-01T10:00", f"{ended}T09:00", fee) == D(
        amount
    )


def test_the_case_of_goettingen() -> None:
    """284 days at a low fee."""
    found = given(
        "de-tkg-58", "full_outage", "Europe/Berlin", "2026-01-01T10:00", "2026-10-12T09:00", "19.99"
    )
    assert found == 2_810


@pytest.mark.parametrize(
    ("began", "ended", "days"),
    [
        ("2026-03-02T13:00", "2026-03-04T14:00", 2),
        ("2026-03-02T20:00", "2026-03-03T19:00", 0),
        ("2026-03-02T11:30", "2026-03-03T12:30", 2),
    ],
)
def test_india(began: str, ended: str, days: int) -> None:
    assert given("in-trai-outage", "rent_or_validity", "Asia/Kolkata", began, ended) == days


def test_korea() -> None:
    assert given("kr-tba-33", "terms", "Asia/Seoul", "2026-05-04T01:00", "2026-05-04T06:00", "55000") == 3_819


@pytest.mark.parametrize(("minutes", "amount"), [(719, 0), (721, 95), (37 * 60, 185)])
def test_great_britain_power(minutes: int, amount: int) -> None:
    ended = datetime(2026, 1, 10) + minutes * MINUTE
    found = given("uk-ofgem-gsop", "supply_not_restored", "Europe/London", "2026-01-10", ended.isoformat())
    assert found == amount
    assert binds("uk-ofgem-gsop", scope(service="power"), minutes * MINUTE) is (amount > 0)


@pytest.mark.parametrize(
    ("reported", "repaired", "days"),
    [
        ("2026-06-01T08:00", "2026-06-04T12:00", 0),
        ("2026-06-01T08:00", "2026-06-08T12:00", 4),
        ("2026-05-01T08:00", "2026-05-08T12:00", 1),
    ],
    ids=["repaired on Thursday", "over the weekend", "a bank holiday moves the first paid day"],
)
def test_great_britain_fixed_lines(reported: str, repaired: str, days: int) -> None:
    found = given("uk-ofcom-autocomp", "loss_of_service", "Europe/London", reported, repaired)
    assert found == days * D("10.34")


def test_indian_districts_count_only_as_a_whole_and_beyond_four_hours() -> None:
    whole = scope(whole_districts=1)
    assert not binds("in-trai-outage", whole, 4 * HOUR)
    assert binds("in-trai-outage", whole, 4 * HOUR + MINUTE)
    assert not binds("in-trai-outage", scope(districts=3), 9 * HOUR)
    alert = rule("in-trai-outage", DeadlineName.ALERT, Hearer.REGULATOR)
    assert due_at(alert, {Anchor.STARTED: BEGAN}, POLICY.place(BEGAN)) == BEGAN + 24 * HOUR


@pytest.mark.parametrize(
    ("known", "binding"),
    [
        ({"customers": 5, "base": 100}, True),
        ({"customers": 4, "base": 100}, False),
        ({"districts": 5}, True),
        ({"elements": {"site": 100}}, True),
        ({"elements": {"site": 5}, "elements_of_all": {"site": 100}}, True),
        ({"elements": {"hub": 100}}, False),
    ],
)
def test_a_major_outage_in_nigeria(known: dict[str, object], binding: bool) -> None:
    assert binds("ng-ncc-major", scope(**known), 30 * MINUTE) is binding
    assert not binds("ng-ncc-major", scope(**known), 29 * MINUTE)


def test_a_core_in_korea_counts_at_once_and_everything_else_after_two_hours() -> None:
    assert binds("kr-tba-33", scope(elements={"core": 1}))
    assert not binds("kr-tba-33", scope(elements={"site": 9}), 2 * HOUR - MINUTE)
    assert binds("kr-tba-33", scope(elements={"site": 9}), 2 * HOUR)


def test_a_word_every_hour_in_japan_but_not_at_night() -> None:
    update = rule("jp-mic-2023", DeadlineName.UPDATE)
    told = datetime(2026, 11, 25, 20, 30, tzinfo=ZoneInfo("Asia/Tokyo"))
    found = dues(update, {Anchor.TOLD: told}, POLICY.place(told, "Asia/Tokyo"), told + 11 * HOUR)
    assert [f"{one.astimezone(told.tzinfo):%H:%M}" for one in found] == ["21:30", "07:30", "08:30"][
        : len(found)
    ]


def test_what_only_an_authority_can_call_for_is_declared() -> None:
    assert not binds("us-fcc-mdri", scope(customers=10**7), 99 * HOUR)
    assert binds("us-fcc-mdri", scope(declared=frozenset({"us-fcc-mdri"})))


def test_together_they_ask_for_the_shortest_interval_every_field_and_the_longest_memory() -> None:
    three = [pack(name) for name in ("house-default", "au-acma-major", "jp-mic-2023")]
    found = combine(three, "S1")
    assert found.word_every == HOUR
    assert found.retention == timedelta(days=730)
    assert found.hearers == set(Hearer)
    assert {"scale", "alternatives", "company"} <= found.fields["first_word"]
    assert combine(three[:1], "S1").hearers == {Hearer.CUSTOMERS, Hearer.OPERATORS}
    assert combine([], "S1").word_every is None


def test_the_matrix_of_the_house() -> None:
    place = POLICY.place(BEGAN)
    anchors = dict.fromkeys(Anchor, BEGAN)

    def minutes(name: DeadlineName, hearer: Hearer = Hearer.CUSTOMERS) -> list[float]:
        [clock] = [
            one
            for one in pack("house-default").clocks
            if (one.any_rule.name, one.any_rule.hearer) == (name, hearer)
        ]
        found = [due_at(clock.rules[one], anchors, place) for one in SEVERITIES if one in clock.rules]
        return [(one - BEGAN) / MINUTE for one in found if one]

    assert minutes(DeadlineName.PUBLIC_BY) == [15, 30, 60]
    assert minutes(DeadlineName.ACKNOWLEDGE, Hearer.OPERATORS)[:3] == [5, 15, 30]
    assert minutes(DeadlineName.ESTIMATE)[:3] == [60, 120, 240]
    assert minutes(DeadlineName.RESTORE) == [240, 480, 1_440, 7_200]
    assert minutes(DeadlineName.UPDATE) == [120, 240, 360, 1_440]
