"""Exactly whom it hurts: each way to tell the wrong people, to tell them twice, or to forget them."""

from typing import Any

import hyderabad
import pytest
from hyderabad import BOOK, FIRST, MINUTE, T0, add_customer, add_service, phone, rows
from sqlalchemy import Connection, Engine, and_, func, insert, select, update

from tellfirst.audience.matching import match
from tellfirst.detect.causes import open_cause
from tellfirst.detect.weighing import weigh
from tellfirst.domain.audience import BITS, mask
from tellfirst.domain.errors import LostRace
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Held, Stage
from tellfirst.domain.occasion import Channel
from tellfirst.store import playbook_copy
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

AT_RISK, DOWN = Impact.AT_RISK, Impact.DOWN


def _opt_out(connection: Connection, channel: str, address: str) -> None:
    connection.execute(insert(t.opt_out).values(channel=channel, address=address, at=T0, source="customer"))


def _audience(connection: Connection, *columns: str) -> list[tuple[Any, ...]]:
    return rows(connection, t.audience, "customer_id", *columns)


def _hits(connection: Connection) -> list[tuple[int, str, str]]:
    """By customer: the element that explains their impact, and its cause."""
    a, e = t.audience.c, t.impact_element.c
    same = and_(e.incident_id == a.incident_id, e.revision == a.revision, e.number == a.hit)
    found = select(a.customer_id, e.element_id, e.cause_element).join(t.impact_element, same)
    return [row._tuple() for row in connection.execute(found.order_by(a.customer_id))]


def _covered(connection: Connection, occasion: str = "first_word") -> list[tuple[Any, ...]]:
    """By customer: on which channel the latest notice of this occasion goes, and who carries it for them."""
    n, d = t.notice.c, t.delivery.c
    latest = select(func.max(n.id)).where(n.occasion == occasion).scalar_subquery()
    found = select(d.customer_id, d.channel, d.covered_by).where(d.notice_id == latest)
    return [row._tuple() for row in connection.execute(found.order_by(d.customer_id))]


def test_a_customer_with_several_services_is_one_row_with_the_worst_of_them(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0000", "HYD0004", "HYD0008")
        add_customer(connection, 2, "HYD0000", "HYD0001")
        add_service(connection, 1, "site:HYD0005", kind="broadband")
        sites = (hyderabad.alert(site) for site in ("HYD0004", "HYD0005"))
        hyderabad.post(connection, hyderabad.body(*sites))
        open_cause(connection, 1, "core:A", DOWN, T0, T0)
        weigh(connection, FIRST, T0)
        found = match(connection, FIRST, T0)
        assert (found.audience_count, found.revised.at_risk_count) == (1, 1)
    with reading(city) as connection:
        both = mask((ServiceKind.MOBILE, ServiceKind.BROADBAND))
        assert _audience(connection, "impact", "services", "affected_revision") == [
            (1, DOWN, both, 1),
            (2, AT_RISK, BITS[ServiceKind.MOBILE], None),
        ]
        assert _hits(connection) == [
            (1, "site:HYD0004", "site:HYD0004"),
            (2, "site:HYD0000", "core:A"),
        ]


def test_of_equally_bad_hits_the_reason_is_the_same_one_every_time(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0007", "HYD0005", "HYD0006")
        hyderabad.strike(connection, "HYD0006", "HYD0007", "HYD0005")
        assert _hits(connection) == [(1, "site:HYD0005", "site:HYD0005")]


def test_who_has_left_and_what_is_suspended_is_not_hit(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004")
        add_customer(connection, 2, "HYD0004", status="left")
        add_customer(connection, 3)
        add_service(connection, 3, "site:HYD0004", status="suspended")
        add_customer(connection, 4, "HYD0000")
        add_service(connection, 4, "site:HYD0004", status="suspended")
        add_customer(connection, 5, "HYD0008")
        hyderabad.strike(connection, "HYD0004")
    with reading(city) as connection:
        assert _audience(connection) == [(1,)]


def test_a_number_that_passed_from_one_who_left_to_another_belongs_to_the_other(small_city: Engine) -> None:
    with writing(small_city) as connection:
        add_customer(connection, 1, "HYD0004", status="left")
        add_customer(connection, 2, "HYD0004", phone=phone(1))
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        assert _audience(connection, "address") == [(2, phone(1))]
        assert _covered(connection) == [(2, "sms", None)]


def test_of_those_who_share_a_phone_the_highest_priority_then_the_lowest_number_carries_it(
    city: Engine,
) -> None:
    shared = {"phone": phone(1)}
    with writing(city) as connection:
        for key, priority in ((4, 0), (3, 5), (2, 5), (1, 0)):
            add_customer(connection, key, "HYD0004", priority=priority, **shared)
        add_customer(connection, 5, "HYD0004", phone=None, email="five@example.org", priority=9)
        add_customer(connection, 6, "HYD0004", phone=None, email="five@example.org")
        add_customer(connection, 7, "HYD0004", phone=None)
        add_customer(connection, 8, "HYD0004", phone=None)
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
    with reading(city) as connection:
        assert _covered(connection) == [
            (1, "sms", 2),
            (2, "sms", None),
            (3, "sms", 2),
            (4, "sms", 2),
            (5, "email", None),
            (6, "email", 5),
            (7, "none", None),
            (8, "none", None),
        ]


def test_a_latecomer_is_covered_by_whoever_of_the_same_phone_was_there_before(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 2, "HYD0004", phone=phone(2))
        add_customer(connection, 1, "HYD0005", phone=phone(2), priority=9)
        hyderabad.strike(connection, "HYD0004")
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0005")), T0)
        hyderabad.tell(connection)
        match(connection, FIRST, T0 + MINUTE)
        hyderabad.tell(connection, T0 + MINUTE)
        assert _audience(connection, "affected_revision") == [(1, 2), (2, 1)]
        assert _covered(connection) == [(1, "sms", 2)]


MAIL = "one@example.org"
CHOICES: list[tuple[str, dict[str, str | None], tuple[str, ...], tuple[str, str | None]]] = [
    ("no wish, both ways", {"email": MAIL}, (), ("sms", phone(1))),
    ("no wish, mail alone", {"phone": None, "email": MAIL}, (), ("email", MAIL)),
    ("a wish", {"email": MAIL, "wish": "email"}, (), ("email", MAIL)),
    ("a wish without an address", {"wish": "email"}, (), ("sms", phone(1))),
    ("a wish we do not serve", {"email": MAIL, "wish": "fax"}, (), ("sms", phone(1))),
    ("opted out of texts", {"email": MAIL}, ("sms",), ("email", MAIL)),
    ("opted out of what was wished", {"email": MAIL, "wish": "email"}, ("email",), ("sms", phone(1))),
    ("opted out of the only way", {}, ("sms",), ("sms", phone(1))),
    ("opted out of everything", {"email": MAIL}, ("sms", "email"), ("sms", phone(1))),
    (
        "opted out of everything, with a wish",
        {"email": MAIL, "wish": "email"},
        ("sms", "email"),
        ("email", MAIL),
    ),
    ("no contact point", {"phone": None}, (), ("none", None)),
    ("no contact point, with a wish", {"phone": None, "wish": "sms"}, (), ("none", None)),
]


@pytest.mark.parametrize(
    ("known", "opted_out", "expected"), [case[1:] for case in CHOICES], ids=[case[0] for case in CHOICES]
)
def test_everyone_keeps_a_row_on_the_way_they_wished_or_the_first_that_is_open(
    small_city: Engine,
    known: dict[str, str | None],
    opted_out: tuple[str, ...],
    expected: tuple[str, str | None],
) -> None:
    with writing(small_city) as connection:
        add_customer(connection, 1, "HYD0004", **known)
        for channel in opted_out:
            _opt_out(connection, channel, phone(1) if channel == "sms" else MAIL)
        hyderabad.strike(connection, "HYD0004")
        assert _audience(connection, "channel", "address") == [(1, *expected)]


def test_the_order_of_channels_is_the_one_in_the_incidents_own_copy_of_the_playbook(
    small_city: Engine,
) -> None:
    with writing(small_city) as connection:
        add_customer(connection, 1, "HYD0004", email=MAIL)
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0004")))
        copy = {**playbook_copy.to_json(BOOK), "channels": [Channel.EMAIL, Channel.SMS]}
        connection.execute(update(t.incident).values(playbook=copy, stage=Stage.DETECTED))
        match(connection, FIRST, T0)
        assert _audience(connection, "channel") == [(1, "email")]


def test_an_opt_out_of_one_number_silences_nobody_elses(small_city: Engine) -> None:
    with writing(small_city) as connection:
        add_customer(connection, 1, "HYD0004", email=MAIL)
        add_customer(connection, 2, "HYD0004")
        _opt_out(connection, "sms", phone(1))
        _opt_out(connection, "email", phone(2))
        hyderabad.strike(connection, "HYD0004")
        assert _audience(connection, "channel") == [(1, "email"), (2, "sms")]


def test_a_second_revision_adds_only_those_who_are_new(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004")
        add_customer(connection, 2, "HYD0004", "HYD0005")
        add_customer(connection, 3, "HYD0005")
        first = hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        said = [name for name in t.audience.c.keys()[1:] if name not in ("revision", "impact_before", "hit")]
        before = _audience(connection, *said)
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0005")), T0 + MINUTE)
        second = match(connection, FIRST, T0 + MINUTE)
        assert [(one.audience_count, one.newly_affected_count) for one in (first, second)] == [(2, 2), (3, 1)]
        after = _audience(connection, *said)
        assert after[:2] == before
        assert _audience(connection, "revision", "affected_revision") == [(1, 2, 1), (2, 2, 1), (3, 2, 2)]
        assert _audience(connection, "impact_before") == [(1, DOWN), (2, DOWN), (3, Impact.OK)]
        spoken = hyderabad.tell(connection, T0 + MINUTE)
        assert spoken is not None
        assert spoken.plan.planned_count == 1


def test_run_twice_the_second_loses_the_race_and_the_rows_are_the_same(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
    with reading(city) as connection:
        before = _audience(connection, *t.audience.c.keys()[1:]), hyderabad.incident(connection)
    with writing(city) as connection, pytest.raises(LostRace, match="already matched at revision 1"):
        match(connection, FIRST, T0 + MINUTE)
    with reading(city) as connection:
        assert (_audience(connection, *t.audience.c.keys()[1:]), hyderabad.incident(connection)) == before


def test_an_incident_that_hurts_nobody_is_held_until_it_hurts_someone(city: Engine) -> None:
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0005")
        assert hyderabad.strike(connection, "HYD0004").held is Held.EMPTY_AUDIENCE
        it = hyderabad.incident(connection)
        assert (it.stage, it.held) == (Stage.DETECTED, Held.EMPTY_AUDIENCE)
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0005")), T0 + MINUTE)
        assert hyderabad.incident(connection).held is None
        found = match(connection, FIRST, T0 + MINUTE)
        assert (found.audience_count, found.held) == (1, None)
        assert hyderabad.incident(connection).stage is Stage.MATCHED


def test_who_is_hit_again_after_the_all_clear_is_the_same_row_and_is_told_again(city: Engine) -> None:
    back_at = T0 + MINUTE + BOOK.quiet_for
    with writing(city) as connection:
        add_customer(connection, 1, "HYD0004")
        add_customer(connection, 2, "HYD0005")
        hyderabad.strike(connection, "HYD0004", "HYD0005")
        hyderabad.tell(connection)
        hyderabad.mend(connection, "HYD0004", now=T0 + MINUTE)
        hyderabad.all_clear(connection, back_at)
        assert _audience(connection, "over_at") == [(1, back_at), (2, None)]
        again = hyderabad.alert("HYD0004", starts_at=back_at)
        hyderabad.post(connection, hyderabad.body(again), back_at)
        assert match(connection, FIRST, back_at).newly_affected_count == 1
        found = _audience(connection, "over_at", "over_revision", "over", "affected_revision")
        assert found == [(1, None, None, None, 3), (2, None, None, None, 1)]
        spoken = hyderabad.tell(connection, back_at)
        assert spoken is not None
        assert spoken.plan.planned_count == 1


def test_matching_an_incident_not_yet_weighed_loses_the_race(small_city: Engine) -> None:
    with writing(small_city) as connection:
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0004")))
        with pytest.raises(LostRace):
            match(connection, FIRST, T0)
