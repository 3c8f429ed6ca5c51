"""What is said before anybody is told is what then happens: counts, parts, cost, and nothing written."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import hyderabad
import pytest
from databases import fixtures
from hyderabad import BOOK, FIRST, HOUSE, T0, add_customer, add_service
from sqlalchemy import Connection, Engine, and_, insert, select, update

from tellfirst.audience.matching import match
from tellfirst.audience.sharing import mark_shared_contact_points
from tellfirst.detect.causes import open_cause
from tellfirst.detect.opening import open_by_hand
from tellfirst.detect.weighing import weigh
from tellfirst.domain.audience import kinds
from tellfirst.domain.delivery import DeliveryReason
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.facts import FactRecord
from tellfirst.domain.impact import Impact
from tellfirst.domain.message import Reader
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.domain.sms import segment_count
from tellfirst.notices.approving import approve
from tellfirst.notices.rendering import Templates
from tellfirst.notices.telling import tell_first
from tellfirst.review import tables_for_operators as tables
from tellfirst.review.districts import District
from tellfirst.review.estimating import Prices, first_word_facts
from tellfirst.review.previewing import Preview, Speaker, as_matched, preview
from tellfirst.store import playbook_copy
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

TEMPLATES = Templates(
    Path(__file__).parents[2] / "templates", company="Asha Telecom", contact="+914055500000"
)
PRICES = Prices(Decimal("0.18"), Decimal("0.02"), "INR")
MINUTE = timedelta(minutes=1)
EVERYTHING = [table for table in t.metadata.sorted_tables if table is not t.topology]


def _city(engine: Engine) -> Engine:
    with writing(engine) as connection:
        hyderabad.build(connection)
        _people(connection)
    return engine


city, small_city = fixtures(_city)


def _people(connection: Connection) -> None:
    """Eighty by chance: all languages, some zones, shared and missing contact points, several services."""
    chance = Random(7)
    for key in range(1, 81):
        add_customer(
            connection,
            key,
            f"HYD{chance.randint(4, 9):04d}",
            language=chance.choice(("en", "te", "ms", "ur")),
            zone=chance.choice(("Asia/Kolkata", "Asia/Kuala_Lumpur", "Europe/London")),
            phone=chance.choice((None, hyderabad.phone(key), hyderabad.phone(key), hyderabad.phone(1))),
            email=chance.choice((None, f"c{key}@example.org", "desk@example.org")),
            wish=chance.choice((None, "sms", "email")),
            priority=chance.choice((0, 0, 0, 5)),
            district=chance.choice((None, "Medchal", "Hyderabad")),
            status=chance.choice(("active",) * 9 + ("churned",)),
        )
        if chance.random() < 0.4:
            add_service(connection, key, f"site:HYD{chance.randint(4, 9):04d}", kind="broadband")
    addresses = [("sms", hyderabad.phone(1)), ("email", "desk@example.org"), ("sms", hyderabad.phone(5))]
    for channel, address in addresses[1:]:
        connection.execute(insert(t.opt_out).values(channel=channel, address=address, at=T0, source="reply"))
    mark_shared_contact_points(connection)


def _open(connection: Connection, *elements: str, impact: Impact = Impact.DOWN) -> None:
    open_by_hand(connection, elements, BOOK, impact, T0, T0, "ravi")


def _match(connection: Connection, *elements: str) -> None:
    _open(connection, *elements)
    weigh(connection, FIRST, T0)
    match(connection, FIRST, T0)


def _preview(connection: Connection, prices: Prices = PRICES, *, districts: bool = False) -> Preview:
    with as_matched(connection, FIRST, T0) as it:
        return preview(connection, it, T0, Speaker(TEMPLATES, HOUSE, prices), districts)


def _rows(connection: Connection) -> list[Any]:
    return [connection.execute(select(table).order_by(*table.primary_key)).all() for table in EVERYTHING]


def _planned(connection: Connection) -> list[Any]:
    """Every delivery with what its customer reads."""
    d, a = t.delivery, t.audience
    joined = and_(a.c.incident_id == d.c.incident_id, a.c.customer_id == d.c.customer_id)
    columns = (d.c.state, d.c.reason, a.c.channel, a.c.language, a.c.zone, a.c.impact, a.c.services)
    return list(connection.execute(select(*columns).join(a, joined)).all())


def test_what_the_preview_counts_is_what_the_first_word_then_does(city: Engine) -> None:
    with writing(city) as connection:
        _match(connection, "site:HYD0004", "site:HYD0005", "hub:Secunderabad")
        found = _preview(connection)
        tell_first(connection, FIRST, hyderabad.voice(T0))
        planned = Counter(
            "to_be_told" if row.state == "pending" else row.reason for row in _planned(connection)
        )
        sent = Counter(row.channel for row in _planned(connection) if row.state == "pending")
    assert found.outcomes == planned
    assert found.estimate.message_counts == sent
    assert found.affected_count == planned.total()
    unsent = (DeliveryReason.COVERED_BY_SHARED_CONTACT, DeliveryReason.OPTED_OUT)
    assert all(planned[reason] for reason in (*unsent, DeliveryReason.NO_CONTACT_POINT))


def test_the_parts_are_those_of_the_texts_that_then_leave(city: Engine) -> None:
    with writing(city) as connection:
        _match(connection, "site:HYD0004", "site:HYD0005", "hub:Secunderabad")
        found = _preview(connection).estimate
        tell_first(connection, FIRST, hyderabad.voice(T0))
        [stored] = connection.scalars(select(t.notice.c.facts))
        facts = FactRecord.from_json(stored)
        texts = {
            row: TEMPLATES.render(
                Occasion.FIRST_WORD,
                Channel.SMS,
                facts,
                Reader(row.language, row.zone, Impact(row.impact).word, kinds(row.services)),
            ).text
            for row in _planned(connection)
            if (row.state, row.channel) == ("pending", "sms")
        }
        segments = [segment_count(texts[row]) for row in _planned(connection) if row in texts]
    assert found.segment_count == sum(segments) > len(segments)
    assert found.cost == sum(segments) * Decimal("0.18") + found.message_counts["email"] * Decimal("0.02")
    assert {one.text for one in found.samples if one.channel == "sms"} <= set(texts.values())
    longest = {
        language: max(len(texts[row]) for row in texts if row.language == language)
        for language in ["en", "te"]
    }
    assert {one.language: len(one.text) for one in found.samples if one.language in longest} == longest


def test_the_facts_are_those_of_the_notice_that_then_is_made(small_city: Engine) -> None:
    with writing(small_city) as connection:
        _match(connection, "site:HYD0004")
        connection.execute(update(t.incident).values(estimate_at=T0 + 90 * MINUTE, cause="fibre_cut"))
        it = hyderabad.incident(connection)
        expected = first_word_facts(connection, it, BOOK, HOUSE, T0 + MINUTE)
        tell_first(connection, FIRST, hyderabad.voice(T0 + MINUTE))
        [stored] = connection.scalars(select(t.notice.c.facts))
    assert FactRecord.from_json(stored) == expected


def test_whoever_is_hit_again_is_counted_as_the_second_first_word_then_does(city: Engine) -> None:
    """Of those whose contact point proved no good the first time, nobody is written to there again."""
    back, again = T0 + 60 * MINUTE, T0 + 120 * MINUTE
    with writing(city) as connection:
        on = select(t.service.c.customer_id).where(t.service.c.element_id == "site:HYD0004")
        hyderabad.strike(connection, "HYD0004", "HYD0005")
        hyderabad.tell(connection, lost=list(connection.scalars(on))[::2])
        hyderabad.mend(connection, "HYD0004", now=T0 + MINUTE)
        hyderabad.all_clear(connection, back)
        fires = hyderabad.alert("HYD0004", starts_at=again, fingerprint="again")
        hyderabad.post(connection, hyderabad.body(fires), again)
        match(connection, FIRST, again)
        found = _preview(connection)
        it = hyderabad.incident(connection)
        facts = first_word_facts(connection, it, BOOK, HOUSE, again)
        spoken = tell_first(connection, FIRST, hyderabad.voice(again))
        assert spoken is not None
        d, n = t.delivery.c, t.notice.c
        of_it = d.notice_id == spoken.notice_id
        rows = connection.execute(select(d.state, d.reason).where(of_it)).all()
        stored = connection.execute(select(n.facts).where(n.id == spoken.notice_id)).scalar_one()
    planned = Counter("to_be_told" if row.state == "pending" else row.reason for row in rows)
    named = ("to_be_told", "covered_by_shared_contact", "contact_point_refused")
    assert {name: found.outcomes.get(name, 0) for name in named} == {name: planned[name] for name in named}
    assert planned["contact_point_refused"] > 0
    assert found.outcomes["told_before"] > 0
    assert FactRecord.from_json(stored) == facts


@pytest.mark.parametrize("stage", ["opened", "detected", "told and changed"])
def test_an_incident_that_is_not_matched_is_matched_for_the_look_alone(city: Engine, stage: str) -> None:
    with writing(city) as connection:
        if stage == "told and changed":
            _match(connection, "site:HYD0004")
            hyderabad.tell(connection)
            open_cause(connection, 1, "site:HYD0005", Impact.DOWN, T0, T0)
        else:
            _open(connection, "site:HYD0004", "site:HYD0005")
        if stage == "detected":
            weigh(connection, FIRST, T0)
        before = _rows(connection)
        found = _preview(connection)
        assert _rows(connection) == before
        if stage == "opened":
            weigh(connection, FIRST, T0)
        then = match(connection, FIRST, T0)
    assert found.fresh
    assert (found.revision, found.affected_count) == (then.revision, then.audience_count)
    assert found.stage == stage.split()[0]
    assert ("told_before" in found.outcomes) is (stage == "told and changed")


def test_a_matched_incident_is_shown_as_it_is(small_city: Engine) -> None:
    with writing(small_city) as connection:
        _match(connection, "site:HYD0004")
        before = _rows(connection)
        found = _preview(connection)
        assert _rows(connection) == before
    assert (found.fresh, found.revision, found.stage) == (False, 1, "matched")


def test_whoever_is_only_at_risk_is_counted_apart_and_costs_nothing(city: Engine) -> None:
    with writing(city) as connection:
        _match(connection, "core:A")
        found = _preview(connection)
        revised = tables.revisions(connection, FIRST)[0]
    assert (found.affected_count, found.at_risk_count) == (0, revised["at risk"])
    assert found.at_risk_count > 0
    assert (found.estimate.message_counts, found.estimate.segment_count) == ({}, 0)


def test_each_way_of_counting_counts_everybody_affected_once(city: Engine) -> None:
    with writing(city) as connection:
        _match(connection, "site:HYD0004", "site:HYD0005", "hub:Secunderabad")
        found = _preview(connection)
        lines = tables.audience(connection, FIRST)
    for counts in (found.impacts, found.channels, found.languages, found.outcomes, found.areas):
        assert sum(counts.values()) == found.affected_count == sum(line["customers"] for line in lines)
    assert found.priority_count == sum(line["on priority lists"] for line in lines) > 0
    assert sum(found.services.values()) > found.affected_count


def test_registered_districts_are_those_of_the_affected_with_everybody_who_is_registered_there(
    city: Engine,
) -> None:
    with writing(city) as connection:
        _match(connection, "site:HYD0004", "site:HYD0005")
        found, without = _preview(connection, districts=True), _preview(connection)
        c = t.customer.c
        people = connection.execute(select(c.id, c.district).where(c.status == "active")).all()
        affected = set(connection.scalars(select(t.audience.c.customer_id)))
    registered = Counter(row.district for row in people)
    hit = Counter(row.district for row in people if row.id in affected)
    expected = {District(name, hit[name], registered[name]) for name in ("Medchal", "Hyderabad")}
    assert set(found.districts) == expected
    assert found.second_set is not None
    everybody = registered["Medchal"] + registered["Hyderabad"]
    assert (found.second_set.registered_count, found.second_set.affected_count) == (
        everybody,
        hit["Medchal"] + hit["Hyderabad"],
    )
    for counts in (found.second_set.channels, found.second_set.languages):
        assert sum(counts.values()) == everybody
    assert without.second_set is None


def test_a_large_audience_is_said_to_need_approval_until_it_is_approved(small_city: Engine) -> None:
    with writing(small_city) as connection:
        _open(connection, "hub:Hyderabad-Miyapur")
        careful = playbook_copy.to_json(replace(BOOK, approve_above=0.1))
        connection.execute(update(t.incident).values(playbook=careful))
        unmatched = _preview(connection)
        weigh(connection, FIRST, T0)
        match(connection, FIRST, T0)
        waiting = _preview(connection)
        approve(connection, FIRST, 1, hyderabad.voice(T0), "ravi")
        approved = _preview(connection)
    assert [one.approval_needed for one in (unmatched, waiting, approved)] == [True, True, False]
    assert (approved.approved_count, approved.approve_above) == (approved.affected_count, "10 %")


@pytest.mark.parametrize(
    ("prices", "cost", "missing"),
    [
        (Prices(None, None, ""), None, ("TELLFIRST_SMS_SEGMENT_PRICE", "TELLFIRST_MAIL_PRICE")),
        (Prices(Decimal(1), None, ""), None, ("TELLFIRST_MAIL_PRICE",)),
        (Prices(Decimal(0), Decimal(0), ""), Decimal(0), ()),
    ],
)
def test_without_a_price_there_is_no_cost_and_a_price_of_nothing_is_one(
    small_city: Engine, prices: Prices, cost: Decimal | None, missing: tuple[str, ...]
) -> None:
    with writing(small_city) as connection:
        _match(connection, "hub:Hyderabad-Miyapur")
        found = _preview(connection, prices).estimate
    assert (found.cost, found.missing) == (cost, missing)


@contextmanager
def _refused(held: str) -> Iterator[None]:
    with pytest.raises(RuleBroken, match=f"is held before anybody can be matched: {held}"):
        yield


def test_what_cannot_be_matched_yet_says_what_it_waits_for(small_city: Engine) -> None:
    with writing(small_city) as connection:
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD9999", area="Nowhere")), T0)
        before = _rows(connection)
        with _refused("unknown_element"):
            _preview(connection)
        connection.execute(update(t.incident).values(playbook=None))
        with _refused("no_playbook"):
            _preview(connection)
        connection.execute(update(t.incident).values(playbook=playbook_copy.to_json(BOOK)))
        assert [len(table) for table in _rows(connection)] == [len(table) for table in before]


def test_no_line_of_a_table_is_lost_for_what_is_no_element(small_city: Engine) -> None:
    """An area, and an element that only a monitor knows, are in no table of elements."""
    with writing(small_city) as connection:
        _match(connection, "site:HYD0004")
        connection.execute(update(t.impact_element).values(element_id="site:UNKNOWN"))
        lines = tables.audience(connection, FIRST)
        connection.execute(t.impact_element.delete())
        lost = tables.audience(connection, FIRST)
        everybody = len(connection.execute(select(t.audience)).all())
    assert {line["area"] for line in lines} == {"site:UNKNOWN"}
    assert {(line["area"], line["because of"]) for line in lost} == {("unknown", "unknown")}
    assert sum(line["customers"] for line in lines) == sum(line["customers"] for line in lost) == everybody


def test_lines_beyond_the_most_are_added_up_in_a_last_one(small_city: Engine) -> None:
    with writing(small_city) as connection:
        _match(connection, "hub:Hyderabad-Miyapur", "hub:Secunderabad")
        whole, short = tables.audience(connection, FIRST), tables.audience(connection, FIRST, 2)
    assert short[:2] == whole[:2]
    assert short[2]["area"] == f"{len(whole) - 2} more lines"
    assert sum(line["customers"] for line in short) == sum(line["customers"] for line in whole)


def test_the_table_tells_affected_from_back_and_told_wrongly(city: Engine) -> None:
    with writing(city) as connection:
        _match(connection, "site:HYD0004", "site:HYD0005", "core:A")
        keys = list(connection.scalars(select(t.audience.c.customer_id).where(t.audience.c.impact == 3)))
        for key, over in ((keys[0], "back"), (keys[1], "wrongly_told")):
            row = t.audience.c.customer_id == key
            connection.execute(update(t.audience).where(row).values(over=over, over_at=T0, over_revision=1))
        counted: Counter[str] = Counter()
        for line in tables.audience(connection, FIRST):
            counted[line["standing"]] += line["customers"]
        revision = tables.revisions(connection, FIRST)[0]
    assert counted["back"] == counted["wrongly_told"] == 1
    assert counted["affected"] == revision["affected"] - 2
    assert counted["at_risk"] == revision["at risk"] > 0
