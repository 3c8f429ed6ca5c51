"""The seeded city: the same every time, with the oddities of real customer lists, and no accidental fates."""

import json
from collections import Counter
from hashlib import sha256

import phonenumbers
import pytest
from sqlalchemy import Engine, func, insert, select

from tellfirst.domain.errors import RuleBroken, SetupError
from tellfirst.domain.impact import Impact
from tellfirst.domain.network import Edge, footprint
from tellfirst.simulator.carriers.special_recipients import (
    ORDINARY_MAIL,
    ORDINARY_PHONE,
    SPECIAL_PHONE_ENDINGS,
    fate_of_mail,
    fate_of_phone,
)
from tellfirst.simulator.city import City, build_city, load_city
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

SEED_7 = "3b4cb1dbdd6b71c44f247b4d144a6659e3aa5b80d5a8956dcc59fd0af66142d3"
SPECIAL_SITES = {f"site:HYD{number:04d}" for number in range(8)}


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(7)


def digest(city: City) -> str:
    tables = [city.element, city.edge, city.customer, city.service, city.opt_out, city.presence]
    return sha256(json.dumps(tables, default=str).encode()).hexdigest()


def share(part: int, city: City) -> float:
    return part / len(city.customer)


def home_sites(city: City) -> dict[int, str]:
    homes: dict[int, str] = {}
    for service in city.service:
        homes.setdefault(service["customer_id"], service["element_id"])
    return homes


def test_the_same_seed_gives_the_same_city_on_every_machine_and_day(city: City) -> None:
    assert digest(city) == SEED_7
    assert digest(build_city(7)) == SEED_7


def test_another_seed_gives_another_city(city: City) -> None:
    assert digest(build_city(8)) != digest(city)


def test_sixty_sites_hold_all_customers_unevenly(city: City) -> None:
    sizes = Counter(home_sites(city).values())
    assert len(city.customer) == 20_000
    assert len(sizes) == 60
    assert 250 <= min(sizes.values()) < 300
    assert 380 < max(sizes.values()) <= 420


def test_the_areas_that_monitors_report_come_first_under_the_names_customers_use(city: City) -> None:
    areas = {row["id"]: row["name"] for row in city.element if row["kind"] == "area"}
    assert list(areas.items())[:3] == [
        ("area:Hyderabad-Kukatpally", "Kukatpally"),
        ("area:Hyderabad-Miyapur", "Miyapur"),
        ("area:Secunderabad", "Secunderabad"),
    ]
    site_areas = {row["id"]: row["area"] for row in city.element if row["kind"] == "site"}
    assert site_areas["site:HYD0003"] == "Hyderabad-Kukatpally"
    assert site_areas["site:HYD0004"] == "Hyderabad-Miyapur"
    assert site_areas["site:HYD0011"] == "Secunderabad"
    assert len(areas) == 15


def test_one_core_down_puts_the_city_at_risk_and_both_take_it_down(city: City) -> None:
    edges = [Edge(row["child"], row["grp"], row["need"], row["parent"]) for row in city.edge]
    one = footprint(edges, {"core:HYD-A": Impact.DOWN})
    both = footprint(edges, {"core:HYD-A": Impact.DOWN, "core:HYD-B": Impact.DOWN})
    assert one["site:HYD0000"].impact is Impact.AT_RISK
    assert sum(hit.impact is Impact.DOWN for element, hit in both.items() if "site:" in element) == 60


def test_a_hub_takes_down_the_four_sites_of_its_area_and_no_other(city: City) -> None:
    edges = [Edge(row["child"], row["grp"], row["need"], row["parent"]) for row in city.edge]
    hit = footprint(edges, {"hub:Hyderabad-Miyapur": Impact.DOWN})
    assert set(hit) - {"hub:Hyderabad-Miyapur"} == {f"site:HYD{number:04d}" for number in range(4, 8)}


@pytest.mark.parametrize(
    ("column", "value", "wanted"),
    [
        *(("language", language, part) for language, part in (("te", 0.46), ("en", 0.24), ("ur", 0.22))),
        ("language", "ms", 0.08),
        *(("wish", wish, part) for wish, part in (("sms", 0.72), ("email", 0.22), (None, 0.06))),
        ("zone", "Asia/Kolkata", 1.0),
        ("phone", None, 0.02),
        ("email", None, 0.20),
        ("priority", 1, 0.006),
        ("status", "churned", 0.03),
    ],
)
def test_customers_are_mixed_as_intended(
    city: City, column: str, value: str | int | None, wanted: float
) -> None:
    found = share(sum(row[column] == value for row in city.customer), city)
    assert found == pytest.approx(wanted, rel=0.15, abs=0.002)


def test_a_few_customers_cannot_be_reached_at_all(city: City) -> None:
    unreachable = sum(row["phone"] is None and row["email"] is None for row in city.customer)
    assert share(unreachable, city) == pytest.approx(0.007, rel=0.3)


def test_households_of_two_or_three_on_one_site_share_a_phone(city: City) -> None:
    homes = home_sites(city)
    members: dict[str, list[int]] = {}
    for row in city.customer:
        if row["phone"]:
            members.setdefault(row["phone"], []).append(row["id"])
    households = [ids for ids in members.values() if len(ids) > 1]
    assert {len(ids) for ids in households} == {2, 3}
    assert all(len({homes[one] for one in ids}) == 1 for ids in households)
    assert share(sum(len(ids) for ids in households), city) == pytest.approx(0.015, rel=0.3)


def test_every_phone_is_a_valid_mobile_number(city: City) -> None:
    for number in {row["phone"] for row in city.customer if row["phone"]}:
        parsed = phonenumbers.parse(number)
        assert phonenumbers.is_valid_number(parsed)
        assert phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE
        assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == number


def test_most_customers_live_near_their_site_and_some_nobody_knows_where(city: City) -> None:
    sites = {row["id"]: (row["lat"], row["lon"]) for row in city.element}
    homes = home_sites(city)
    for row in city.customer:
        if row["location"] == "exact":
            at = sites[homes[row["id"]]]
            assert abs(row["lat"] - at[0]) < 0.01
            assert abs(row["lon"] - at[1]) < 0.01
    assert share(sum(row["location"] is None for row in city.customer), city) == pytest.approx(0.08, rel=0.1)
    assert share(sum(row["location"] == "default" for row in city.customer), city) == pytest.approx(
        0.055, rel=0.1
    )


def test_a_few_were_seen_in_a_cell_that_is_not_their_own(city: City) -> None:
    homes = home_sites(city)
    assert share(len(city.presence), city) == pytest.approx(0.04, rel=0.1)
    assert all(homes[row["customer_id"]] != row["element_id"] for row in city.presence)


def test_mail_addresses_are_unique(city: City) -> None:
    addresses = [row["email"] for row in city.customer if row["email"]]
    assert len(set(addresses)) == len(addresses)


def test_every_site_of_two_areas_has_one_customer_of_each_special_fate(city: City) -> None:
    homes = home_sites(city)
    found = Counter(
        (homes[row["id"]], (row["phone"] or "")[-4:])
        for row in city.customer
        if row["phone"] and fate_of_phone(row["phone"]) != ORDINARY_PHONE
    )
    endings = ("0404", "0406", "0211", "0003", "0429")
    assert found == {(site, ending): 1 for site in SPECIAL_SITES for ending in endings}
    assert set(endings) <= set(SPECIAL_PHONE_ENDINGS)


def test_mail_bounces_for_one_customer_of_every_site_of_two_areas_and_nowhere_else(city: City) -> None:
    homes = home_sites(city)
    special = [row for row in city.customer if row["email"] and fate_of_mail(row["email"]) != ORDINARY_MAIL]
    assert Counter(homes[row["id"]] for row in special) == dict.fromkeys(SPECIAL_SITES, 1)
    assert all(row["email"].startswith("bounce") and row["wish"] == "email" for row in special)


def test_a_special_fate_is_met_through_the_channel_it_is_about(city: City) -> None:
    opted_out = {row["address"] for row in city.opt_out}
    special = [row for row in city.customer if row["phone"] and row["phone"][-4:] in SPECIAL_PHONE_ENDINGS]
    assert all(row["wish"] == "sms" and row["status"] == "active" for row in special)
    assert not opted_out & {row["phone"] for row in special}


def test_opt_outs_are_numbers_of_customers_with_an_aware_time(city: City) -> None:
    phones = {row["phone"] for row in city.customer}
    assert share(len(city.opt_out), city) == pytest.approx(0.008, rel=0.25)
    assert all(row["channel"] == "sms" and row["source"] == "city" for row in city.opt_out)
    assert all(row["address"] in phones and row["at"].tzinfo is not None for row in city.opt_out)


def test_some_customers_have_a_second_service_on_another_site(city: City) -> None:
    second = len(city.service) - len(city.customer)
    pairs = {(row["customer_id"], row["element_id"]) for row in city.service}
    assert share(second, city) == pytest.approx(0.08, rel=0.1)
    assert len(pairs) == len(city.service)
    assert 0 < sum(row["status"] == "suspended" for row in city.service) < 200


def test_too_small_a_city_is_refused() -> None:
    with pytest.raises(RuleBroken, match="ask for 600 or more"):
        build_city(7, 300)
    assert len(build_city(7, 600).customer) == 600


def test_a_city_is_loaded_whole_and_the_next_customer_gets_a_free_number(engine: Engine) -> None:
    small = build_city(7, 600)
    counts = load_city(engine, small)
    assert (counts.element_count, counts.edge_count, counts.customer_count) == (92, 90, 600)
    assert counts.service_count == len(small.service)
    assert counts.opt_out_count == len(small.opt_out)
    assert counts.presence_count == len(small.presence)
    row = {"reference": "C999999", "status": "active", "language": "en", "zone": "Asia/Kolkata"}
    with writing(engine) as connection:
        assert connection.execute(insert(t.customer).values(row)).inserted_primary_key == (601,)


def test_a_database_with_customers_is_refused_and_left_as_it_was(sqlite_engine: Engine) -> None:
    load_city(sqlite_engine, build_city(7, 600))
    with pytest.raises(SetupError, match="already holds 600 rows in customer"):
        load_city(sqlite_engine, build_city(8, 600))
    with reading(sqlite_engine) as connection:
        assert connection.scalar(select(func.count()).select_from(t.customer)) == 600
