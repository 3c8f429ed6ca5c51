"""A database with an incident half told is brought to the newest tables, and nobody hears anything twice."""

import json
from datetime import timedelta
from typing import Any

import hyderabad
import pytest
import town
from alembic import command
from hyderabad import BOOK, FIRST, MINUTE, T0, voice
from sqlalchemy import Connection, Engine, select, text, update

from tellfirst.audience.matching import match
from tellfirst.detect.causes import open_cause
from tellfirst.domain.audience import BITS, Whom
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import Occasion
from tellfirst.notices.speaking import speak
from tellfirst.store import playbook_copy
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.store.migrate import configured, migrate
from tellfirst.store.parts import count
from tellfirst.surveys.asking import ask

HOME = "+914055500001"
NEW = ("tell_from", "seen_within", "located_within", "approve_above")
MOBILE, BROADBAND = BITS[ServiceKind.MOBILE], BITS[ServiceKind.BROADBAND]

CUSTOMERS = [
    # number, phone, mail
    (1, HOME, None),
    (2, HOME, None),
    (3, "+914055500003", "three@example.org"),
    (4, "+914055500004", None),
    (5, None, None),
    (6, HOME, None),
]
AUDIENCE = [
    # customer, revision, impact, service, element, cause, channel, address, covered by, over at
    (1, 1, 3, "mobile", "site:1", "hub", "sms", HOME, None, None),
    (2, 1, 3, "mobile", "site:1", "hub", "sms", HOME, 1, None),
    (3, 2, 2, "broadband", "site:2", "site:2", "email", "three@example.org", None, None),
    (4, 1, 3, "mobile", "site:4", "site:4", "sms", "+914055500004", None, "over"),
    (5, 1, 3, "mobile", "site:1", "hub", "none", None, None, None),
]
NOTICES = [
    # number, occasion, revision, deliveries: customer, channel, state, reason
    (
        *(1, "first_word", 1),
        [
            (1, "sms", "delivered", "receipt"),
            (2, "sms", "cancelled", "covered_by_shared_contact"),
            (4, "sms", "delivered", "receipt"),
            (5, "none", "failed", "no_contact_point"),
        ],
    ),
    (2, "first_word", 2, [(3, "email", "sent", "affected")]),
    (
        *(3, "update", 2),
        [
            (1, "sms", "sent", "affected"),
            (2, "sms", "cancelled", "covered_by_shared_contact"),
            (3, "email", "sent", "affected"),
            (4, "sms", "sent", "affected"),
            (5, "none", "failed", "no_contact_point"),
        ],
    ),
    (4, "restored", 3, [(4, "sms", "delivered", "receipt")]),
    (5, "correction", 4, [(1, "sms", "sent", "affected")]),
]
"""After the all-clear for a part the audience was matched once more, at revision 4, and nobody came."""


@pytest.fixture
def books(empty_engine: Engine) -> Engine:
    """The books at the first revision of the tables."""
    with writing(empty_engine) as connection:
        command.upgrade(configured(connection), "0001")
    with writing(empty_engine) as connection:
        _write(connection)
    return empty_engine


def _moment(connection: Connection, at: Any) -> Any:
    return t.incident.c.started_at.type.dialect_impl(connection.dialect).process_bind_param(
        at, connection.dialect
    )


def _put(connection: Connection, table: str, **values: Any) -> None:
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)


def _write(connection: Connection) -> None:
    at = _moment(connection, T0)
    for one in ("hub", "site:1", "site:2", "site:3", "site:4"):
        _put(connection, "element", id=one, kind="site", name=one, area="north")
    _put(connection, "edge", child="site:1", grp="uplink", parent="hub", need=1)
    for key, phone, mail in CUSTOMERS:
        known = {"status": "active", "language": "en", "zone": "Asia/Kolkata", "phone": phone, "email": mail}
        _put(connection, "customer", id=key, reference=f"C{key}", **known)
        where = {3: "site:2", 4: "site:4", 6: "site:3"}.get(key, "site:1")
        kind = "broadband" if key == 3 else "mobile"
        _put(connection, "service", customer_id=key, kind=kind, element_id=where, status="active")
    copy = {name: value for name, value in playbook_copy.to_json(BOOK).items() if name not in NEW}
    times = {"started_at": at, "opened_at": at}
    names = {
        "reference": FIRST,
        "kind": "outage",
        "name": "north",
        "cause_key": "area:north",
        "place": "north",
    }
    words = {"severity": "S2", "cause": "being_investigated", "action": "investigating"}
    standing = {"stage": "following_up", "version": 9, "audience_revision": 4, "playbook": json.dumps(copy)}
    _put(connection, "incident", **names, **words, **times, **standing)
    gone = _moment(connection, T0 + MINUTE)
    for element, impact, over in (("hub", 3, None), ("site:2", 2, None), ("site:4", 3, gone)):
        cause = {"element_id": element, "impact": impact, "until_at": over, "verified_at": over}
        _put(connection, "incident_element", incident_id=1, since_at=at, **cause)
    for revision in (1, 2, 3, 4):
        hits = [("hub", 3, "hub"), ("site:1", 3, "hub")]
        hits += [("site:2", 2, "site:2")] if revision > 1 else []
        hits += [("site:4", 3, "site:4")] if revision < 3 else []
        for element, impact, cause in hits:
            why = {"element_id": element, "impact": impact, "cause_element": cause}
            _put(connection, "impact_element", incident_id=1, revision=revision, **why)
    for row in AUDIENCE:
        _write_member(connection, row)
    for notice in NOTICES:
        _write_notice(connection, notice)


def _write_member(connection: Connection, row: Any) -> None:
    customer, revision, impact, kind, element, cause, channel, address, keeper, over = row
    _put(
        connection,
        "audience",
        incident_id=1,
        customer_id=customer,
        revision=revision,
        impact=impact,
        service_kind=kind,
        element_id=element,
        cause_element=cause,
        channel=channel,
        address=address,
        language="en",
        zone="Asia/Kolkata",
        priority=0,
        covered_by=keeper,
        over_at=_moment(connection, T0 + MINUTE) if over else None,
    )


def _write_notice(connection: Connection, notice: Any) -> None:
    number, occasion, revision, deliveries = notice
    at = _moment(connection, T0)
    words = {
        "reason": "test",
        "holding": False,
        "facts": "{}",
        "template_version": "1",
        "author": "tellfirst",
    }
    of = {"incident_id": 1, "occasion": occasion}
    _put(
        connection,
        "notice",
        sequence=number,
        audience_revision=revision,
        created_at=at,
        spoken_at=at,
        **of,
        **words,
    )
    for customer, channel, state, reason in deliveries:
        how = {"channel": channel, "state": state, "reason": reason}
        _put(connection, "delivery", notice_id=number, customer_id=customer, **of, **how)


def _parts(connection: Connection) -> dict[str, int]:
    return {whom: connection.execute(count(whom, 1)).scalar_one() for whom in Whom}


def test_rows_coverage_and_parts_are_what_they_were(books: Engine) -> None:
    migrate(books)
    with reading(books) as connection:
        a = ("customer_id", "revision", "impact", "services", "basis", "hit", "channel", "shared")
        assert hyderabad.rows(connection, t.audience, *a) == [
            (1, 1, 3, MOBILE, "service", 2, "sms", True),
            (2, 1, 3, MOBILE, "service", 2, "sms", True),
            (3, 2, 2, BROADBAND, "service", 3, "email", False),
            (4, 1, 3, MOBILE, "service", 3, "sms", False),
            (5, 1, 3, MOBILE, "service", 2, "none", False),
        ]
        ends = ("affected_revision", "worse_revision", "over", "over_at", "over_revision")
        waits = (None, None, None, None)
        assert hyderabad.rows(connection, t.audience, *ends) == [
            (1, *waits),
            (1, *waits),
            (2, *waits),
            (1, None, "back", T0 + MINUTE, 3),
            (1, *waits),
        ]
        whoms = hyderabad.rows(connection, t.notice, "occasion", "whom")
        assert whoms == [
            ("first_word", "newly_affected"),
            ("first_word", "newly_affected"),
            ("update", "waiting"),
            ("restored", "back"),
            ("correction", "waiting"),
        ]
        covered = hyderabad.rows(connection, t.delivery, "customer_id", "covered_by")
        assert [one for one in covered if one[1] is not None] == [(2, 1), (2, 1)]
        flags = hyderabad.rows(connection, t.customer, "phone_shared", "email_shared")
        assert flags == [
            *[(True, False)] * 2,
            *[(False, False)] * 3,
            (True, False),
        ]


def test_nobody_hears_again_what_they_have_heard(books: Engine) -> None:
    migrate(books)
    with reading(books) as connection:
        assert _parts(connection) == {
            Whom.NEWLY_AFFECTED: 0,
            Whom.WORSE: 0,
            Whom.WAITING: 4,
            Whom.BACK: 0,
            Whom.SAMPLE: 0,
            Whom.WRONGLY_TOLD: 0,
            Whom.EVERYONE: 5,
        }


def test_the_incident_goes_on_as_if_it_had_begun_on_the_new_tables(books: Engine) -> None:
    migrate(books)
    now = T0 + timedelta(hours=1)
    with writing(books) as connection:
        open_cause(connection, 1, "site:3", Impact.DOWN, now, now)
        found = match(connection, FIRST, now)
        assert (found.newly_affected_count, found.revised.worse_count, found.revised.back_count) == (1, 0, 0)
        spoken = speak(
            connection, FIRST, Occasion.FIRST_WORD, Whom.NEWLY_AFFECTED, "newly_affected", voice(now)
        )
        assert spoken is not None
        d = t.delivery.c
        first = select(d.customer_id, d.state, d.covered_by).where(d.notice_id == spoken.notice_id)
        assert [row._tuple() for row in connection.execute(first)] == [(6, "cancelled", 1)]
        e = t.incident_element
        connection.execute(update(e).values(until_at=now))
        last = now + BOOK.quiet_for
        cleared = hyderabad.all_clear(connection, last)
        assert cleared is not None
        assert (cleared.plan.planned_count, cleared.plan.pending_count) == (5, 2)
        asked = ask(connection, FIRST, voice(last + BOOK.survey_after))
        assert asked is not None
        invited = select(d.customer_id).where(d.notice_id == asked.notice_id, d.state == "pending")
        assert list(connection.scalars(invited.order_by(d.customer_id))) == [1, 3, 4]


def test_down_again_everything_is_there(books: Engine) -> None:
    tables = ("audience", "impact_element", "customer", "service", "notice", "delivery", "incident")
    before = {table: _all(books, table) for table in tables}
    migrate(books)
    with writing(books) as connection:
        command.downgrade(configured(connection), "0001")
    assert {table: _all(books, table) for table in tables} == before


def test_below_announced_work_its_words_are_those_of_an_outage_and_refer_to_the_same_notices(
    engine: Engine,
) -> None:
    with writing(engine) as connection:
        town.build(connection)
        town.strike(connection, "north-1")
        for sequence, occasion in enumerate(("planned", "reminder", "started", "cancelled"), start=1):
            notice_id = town.add_notice(connection, sequence, Occasion(occasion))
            town.add_delivery(connection, notice_id, 1, Occasion(occasion), "sent")
    with writing(engine) as connection:
        command.downgrade(configured(connection), "0011")
        command.downgrade(configured(connection), "-1")
    wanted = ["first_word", "update", "first_word", "correction"]
    for table in ("notice", "delivery"):
        assert [row["occasion"] for row in _all(engine, table)] == wanted
    migrate(engine)
    with reading(engine) as connection:
        assert town.rows(connection, t.delivery, "notice_id") == [(1,), (2,), (3,), (4,)]


def _all(engine: Engine, table: str) -> list[dict[str, Any]]:
    with reading(engine) as connection:
        rows = [dict(row._mapping) for row in connection.execute(text(f"SELECT * FROM {table}"))]
    return sorted(rows, key=lambda row: [str(row[name]) for name in sorted(row)])
