"""The channel that the database chooses for everybody at once is the one that the rule chooses for each."""

from random import Random
from typing import Any

import hyderabad
import pytest
from hyderabad import T0, add_customer, add_service, phone
from sqlalchemy import Connection, Engine, insert, literal, select

from tellfirst.audience.sharing import mark_shared_contact_points
from tellfirst.domain.audience import BITS
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.occasion import Channel
from tellfirst.domain.reaching import Reachable, Why, choose, next_channel
from tellfirst.store import channels
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

ORDERS = (
    (Channel.SMS, Channel.EMAIL),
    (Channel.EMAIL, Channel.SMS),
    (Channel.VOICE, Channel.SMS, Channel.EMAIL, Channel.WHATSAPP),
    (Channel.WHATSAPP, Channel.FAX, Channel.WEBHOOK, Channel.SMS, Channel.VOICE, Channel.EMAIL),
)
DOWN = (
    frozenset[ServiceKind](),
    frozenset({ServiceKind.MOBILE}),
    frozenset({ServiceKind.BROADBAND}),
    frozenset({ServiceKind.MOBILE, ServiceKind.BROADBAND}),
    frozenset({ServiceKind.VOICE, ServiceKind.MOBILE}),
)
EVERYTHING = [way for way in Channel if way is not Channel.NONE]


def _somebody(connection: Connection, chance: Random, key: int) -> tuple[Reachable, bool]:
    """A customer with chance contact points in the books; and as the rule sees them, but for what is down."""
    has = {way for way in EVERYTHING if chance.random() < 0.5}
    out = {way for way in EVERYTHING if chance.random() < 0.2}
    wish = chance.choice([None, *EVERYTHING])
    known: dict[str, Any] = {
        "phone": phone(key) if Channel.SMS in has else None,
        "email": f"c{key}@example.org" if Channel.EMAIL in has else None,
        "wish": wish,
        "phone_landline": chance.random() < 0.3,
    }
    add_customer(connection, key, **known)
    others = {Channel.WEBHOOK: f"https://c{key}.example.org/"}
    for way in has - {Channel.SMS, Channel.EMAIL}:
        point = {"channel": way, "address": others.get(way, f"+9140666{key:05d}")}
        connection.execute(insert(t.contact_point).values(customer_id=key, **point))
    addresses = {Channel.SMS: known["phone"], Channel.EMAIL: known["email"], **others}
    called = f"+9140666{key:05d}" if Channel.VOICE in has else known["phone"]
    addresses[Channel.VOICE] = called
    for way in out:
        address = addresses.get(way, f"+9140666{key:05d}")
        if address:
            connection.execute(insert(t.opt_out).values(channel=way, address=address, at=T0, source="reply"))
    mobile = chance.random() < 0.5
    if mobile:
        add_service(connection, key, "site:HYD0004")
    if Channel.SMS in has:
        has.add(Channel.VOICE)
    them = Reachable(frozenset(has), frozenset(out), wish, known["phone_landline"])
    return them, mobile


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: "-".join(order))
def test_the_database_chooses_as_the_rule_does(engine: Engine, order: tuple[Channel, ...]) -> None:
    chance = Random(7)
    with writing(engine) as connection:
        hyderabad.build(connection)
        people = {key: _somebody(connection, chance, key) for key in range(1, 121)}
        for down in DOWN:
            bits = literal(sum(BITS[kind] for kind in down))
            rows = select(t.customer.c.id, channels.channel(order, bits)).select_from(
                channels.with_contact_points(t.customer, order)
            )
            for key, chosen in connection.execute(rows):
                them, mobile = people[key]
                works = mobile and ServiceKind.MOBILE not in down
                now = Reachable(them.has, them.opted_out, them.wish, them.landline, down, works)
                assert chosen == choose(order, now).channel, (key, now)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: "-".join(order))
def test_the_next_channel_is_one_that_was_not_tried(engine: Engine, order: tuple[Channel, ...]) -> None:
    chance = Random(8)
    with writing(engine) as connection:
        hyderabad.build(connection)
        people = {key: _somebody(connection, chance, key)[0] for key in range(1, 81)}
        for tried in (set(), {order[0]}, set(order[:2]), set(order)):
            said = {way: literal(way in tried) for way in order}
            rows = select(
                t.customer.c.id, channels.next_channel(order, channels.NOTHING_DOWN, said)
            ).select_from(channels.with_contact_points(t.customer, order))
            for key, chosen in connection.execute(rows):
                assert chosen == next_channel(order, people[key], tried), (key, tried)


HAS_BOTH = frozenset({Channel.SMS, Channel.EMAIL})
SMS_FIRST = (Channel.SMS, Channel.EMAIL)


def test_no_text_goes_through_the_dead_site_while_there_is_a_mailbox() -> None:
    dead = frozenset({ServiceKind.MOBILE})
    wishing = Reachable(HAS_BOTH, wish=Channel.SMS, down=dead)
    assert choose(SMS_FIRST, wishing).channel is Channel.EMAIL
    assert choose(SMS_FIRST, wishing).why is Why.AROUND_THE_OUTAGE
    assert choose(SMS_FIRST, Reachable(frozenset({Channel.SMS}), down=dead)).channel is Channel.SMS


def test_no_mail_goes_to_whoever_could_read_it_only_over_the_dead_line() -> None:
    dead = frozenset({ServiceKind.BROADBAND})
    at_home = Reachable(HAS_BOTH, wish=Channel.EMAIL, down=dead)
    assert choose(SMS_FIRST, at_home).channel is Channel.SMS
    with_mobile = Reachable(HAS_BOTH, wish=Channel.EMAIL, down=dead, mobile_works=True)
    assert choose(SMS_FIRST, with_mobile).why is Why.WISHED


def test_a_landline_is_called_before_it_is_texted() -> None:
    order = (Channel.SMS, Channel.VOICE)
    them = Reachable(frozenset(order), landline=True)
    assert choose(order, them).channel is Channel.VOICE
    assert "landline" in choose(order, them).sentence
    assert choose((Channel.SMS,), Reachable(frozenset({Channel.SMS}), landline=True)).channel is Channel.SMS


def test_a_shared_contact_point_of_another_channel_is_marked(engine: Engine) -> None:
    with writing(engine) as connection:
        hyderabad.build(connection)
        for key in (1, 2, 3):
            add_customer(connection, key)
            address = "+914066600001" if key < 3 else "+914066600003"
            connection.execute(
                insert(t.contact_point).values(customer_id=key, channel="voice", address=address)
            )
        assert mark_shared_contact_points(connection) == 2
        assert mark_shared_contact_points(connection) == 0
        assert hyderabad.rows(connection, t.contact_point, "customer_id", "shared") == [
            (1, True),
            (2, True),
            (3, False),
        ]
