"""The books of one incident in Kukatpally, small enough to be counted by hand; every figure is in the tests.

Twelve customers, four notices and a survey. Times are UTC on 22 November 2026; the incident opens at 10:00.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert

from tellfirst.domain.audience import BITS, Basis, Over, Whom
from tellfirst.domain.facts import ServiceKind
from tellfirst.store import playbook_copy
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.timelines.playbooks import load_playbooks

PLAYBOOKS = Path(__file__).resolve().parents[2] / "config" / "playbooks"
ZONE = "Asia/Kolkata"
PLACE = "Kukatpally"


def at(clock: str) -> datetime:
    """The time of the day, like 10:05."""
    return datetime.fromisoformat(f"2026-11-22T{clock}:00+00:00").astimezone(UTC)


@dataclass(frozen=True)
class Person:
    number: int
    channel: str
    language: str
    covered_by: int | None = None


PEOPLE = (
    Person(1, "sms", "te"),
    Person(2, "sms", "te"),
    Person(3, "sms", "en"),
    Person(4, "email", "en"),
    Person(5, "sms", "ur"),
    Person(6, "sms", "ur"),
    Person(7, "none", "ms"),
    Person(8, "sms", "te"),
    Person(9, "sms", "te", covered_by=1),
    Person(10, "sms", "en", covered_by=5),
    Person(11, "sms", "te"),
    Person(12, "email", "te"),
)

SHARED = {one.covered_by for one in PEOPLE if one.covered_by}
WHOM = {"first_word": Whom.NEWLY_AFFECTED, "restored": Whom.BACK, "survey": Whom.EVERYONE}

COVERED = ("cancelled", "covered_by_shared_contact", None)
REFUSED = ("cancelled", "contact_point_refused", None)
OPTED_OUT = ("cancelled", "opted_out", None)
NOWHERE = ("failed", "no_contact_point", None)

Line = tuple[str, str, str | None]
"""State, reason, and when the carrier took it."""

FIRST_WORD: dict[int, Line] = {
    1: ("delivered", "receipt", "10:02"),
    2: ("delivered", "receipt", "10:04"),
    3: ("unconfirmed", "no_receipt", "10:06"),
    4: ("delivered", "receipt", "10:08"),
    5: ("undelivered", "receipt", "10:03"),
    6: ("failed", "refused_by_carrier", None),
    7: NOWHERE,
    8: OPTED_OUT,
    9: COVERED,
    10: COVERED,
    11: ("delivered", "receipt", "10:10"),
    12: ("delivered", "receipt", "10:12"),
}
UPDATE: dict[int, Line] = {
    1: ("delivered", "receipt", "10:26"),
    2: ("delivered", "receipt", "10:26"),
    11: ("cancelled", "superseded", None),
}
RESTORED: dict[int, Line] = {
    1: ("delivered", "receipt", "11:34"),
    2: ("delivered", "receipt", "11:34"),
    3: ("sent", "affected", "11:34"),
    4: ("undelivered", "receipt", "11:34"),
    5: REFUSED,
    6: REFUSED,
    7: NOWHERE,
    8: OPTED_OUT,
    9: COVERED,
    10: COVERED,
    11: ("delivered", "receipt", "11:34"),
    12: ("delivered", "receipt", "11:34"),
}
SURVEY: dict[int, Line] = {
    1: ("delivered", "receipt", "13:34"),
    2: ("delivered", "receipt", "13:34"),
    3: ("unconfirmed", "no_receipt", "13:34"),
    4: REFUSED,
    5: REFUSED,
    6: REFUSED,
    7: NOWHERE,
    8: OPTED_OUT,
    9: COVERED,
    10: COVERED,
    11: ("delivered", "receipt", "13:34"),
    12: ("delivered", "receipt", "13:34"),
}
SCORES = {1: 5, 2: 4, 11: 4, 12: 3}

# number, occasion, created, spoken, next word by, back by, deliveries
NOTICES: tuple[tuple[int, str, str, str, str | None, str | None, dict[int, Line]], ...] = (
    (1, "first_word", "10:00", "10:12", "10:30", None, FIRST_WORD),
    (2, "update", "10:25", "10:26", "10:55", "11:30", UPDATE),
    (3, "update", "11:05", "11:06", "11:35", "12:00", {}),
    (4, "restored", "11:33", "11:34", None, None, RESTORED),
    (5, "survey", "13:33", "13:34", None, None, SURVEY),
)
# notice, kind, due, state, settled, settled by, seconds late, reason
PROMISES = (
    (1, "next_update", "10:30", "kept", "10:26", 2, 0, "spoken_in_time"),
    (2, "next_update", "10:55", "broken", "11:06", 3, 660, "spoken_late"),
    (2, "restoration", "11:30", "replaced", "11:06", 3, 0, "told_before_it_lapsed"),
    (3, "next_update", "11:35", "kept", "11:34", 4, 0, "spoken_in_time"),
    (3, "restoration", "12:00", "kept", "11:34", 4, 0, "back_in_time"),
)
# customer, when, intent, answer, tied to the incident
CONTACTS = (
    (12, "09:55", "problem", "none_known", False),
    (11, "10:01", "problem", "known", True),
    (2, "10:20", "other", "known", True),
    (5, "10:30", "problem", "known", True),
    # None of these is a contact about the incident.
    (3, "10:40", "stop", "stopped", True),
    (1, "13:40", "other", "thanks_for_score", True),
    (4, "09:30", "problem", "none_known", False),
    (9, "09:56", "other", "not_understood", False),
    (12, "11:50", "problem", "none_known", False),
)


def open_incident(connection: Connection, place: str = PLACE, **values: Any) -> int:
    """An incident with the playbook that promises a word every 30 minutes."""
    book = load_playbooks(PLAYBOOKS)["mobile_site_down"]
    row: dict[str, Any] = {
        "reference": "INC-2026-0001",
        "kind": "outage",
        "name": f"INC-2026-0001 {place}",
        "cause_key": "area:Hyderabad-Kukatpally",
        "place": place,
        "stage": "surveyed",
        "playbook": playbook_copy.to_json(book),
        "severity": "S2",
        "cause": "fibre_cut",
        "action": "testing",
        "started_at": at("09:50"),
        "opened_at": at("10:00"),
    }
    key = connection.execute(insert(t.incident).values({**row, **values})).inserted_primary_key
    assert key is not None
    return int(key[0])


def write_books(engine: Engine, copies: int = 1, place: str = PLACE) -> int:
    """The whole incident; `copies` times the same twelve customers. The incident's number."""
    with writing(engine) as connection:
        incident_id = open_incident(connection, place, verified_at=at("11:33"))
        connection.execute(
            insert(t.incident_element),
            [
                {"incident_id": incident_id, "element_id": one, "impact": 3, "since_at": at("09:50")}
                for one in ("site:HYD0000", "site:GHOST")
            ],
        )
        connection.execute(
            insert(t.element),
            {"id": "site:HYD0000", "kind": "site", "name": "HYD0000", "area": "Hyderabad-Kukatpally"},
        )
        offsets = range(0, copies * len(PEOPLE), len(PEOPLE))
        write_people(connection, incident_id, offsets)
        for notice in NOTICES:
            _write_notice(connection, incident_id, notice, offsets)
        _write_promises(connection, incident_id)
        _write_contacts(connection, incident_id, offsets)
        _write_answers(connection, incident_id, offsets)
    return incident_id


def write_people(
    connection: Connection, incident_id: int, offsets: range, over: str | None = "11:33"
) -> None:
    customers, audience = [], []
    for offset in offsets:
        for one in PEOPLE:
            number = offset + one.number
            keeper = offset + one.covered_by if one.covered_by else None
            phone = f"+919848{keeper or number:06d}" if one.channel == "sms" else None
            email = f"padma{number}@example.in" if one.channel == "email" else None
            common = {"language": one.language, "zone": ZONE, "priority": 0}
            customers.append(
                {
                    "id": number,
                    "reference": f"C{number:06d}",
                    "status": "active",
                    "phone": phone,
                    "email": email,
                    **common,
                }
            )
            audience.append(
                {
                    "incident_id": incident_id,
                    "customer_id": number,
                    "revision": 1,
                    "impact": 3,
                    "impact_before": 0,
                    "services": BITS[ServiceKind.MOBILE],
                    "basis": Basis.SERVICE,
                    "hit": 1,
                    "channel": one.channel,
                    "address": phone or email,
                    "shared": (keeper or number) - offset in SHARED,
                    "affected_revision": 1,
                    "over_at": at(over) if over else None,
                    "over_revision": 2 if over else None,
                    "over": Over.BACK if over else None,
                    **common,
                }
            )
    connection.execute(insert(t.customer), customers)
    connection.execute(insert(t.audience), audience)


def write_notice(
    connection: Connection,
    incident_id: int,
    sequence: int,
    occasion: str,
    created: str,
    spoken: str | None,
    next_word: str | None = None,
    estimate: str | None = None,
) -> int:
    key = connection.execute(
        insert(t.notice).values(
            incident_id=incident_id,
            sequence=sequence,
            occasion=occasion,
            reason="for_the_test",
            holding=False,
            facts={},
            template_version="v1",
            audience_revision=1,
            whom=WHOM.get(occasion, Whom.WAITING),
            author="tellfirst",
            created_at=at(created),
            spoken_at=at(spoken) if spoken else None,
            next_update_at=at(next_word) if next_word else None,
            estimate_at=at(estimate) if estimate else None,
        )
    ).inserted_primary_key
    assert key is not None
    return int(key[0])


def write_deliveries(
    connection: Connection,
    incident_id: int,
    notice_id: int,
    occasion: str,
    lines: dict[int, Line],
    offsets: range = range(1),
) -> None:
    channels = {one.number: one.channel for one in PEOPLE}
    keepers = {one.number: one.covered_by for one in PEOPLE}
    rows = [
        {
            "notice_id": notice_id,
            "incident_id": incident_id,
            "customer_id": offset + number,
            "occasion": occasion,
            "channel": channels[number],
            "state": state,
            "reason": reason,
            "covered_by": offset + (keepers[number] or 0) if reason == COVERED[1] else None,
            "handed_over_at": at(taken) if taken else None,
            # One update was sent again after its answer had been lost.
            "resend_count": int(occasion == "update" and number == 2),
        }
        for offset in offsets
        for number, (state, reason, taken) in lines.items()
    ]
    if rows:
        connection.execute(insert(t.delivery), rows)


def _write_notice(connection: Connection, incident_id: int, notice: Any, offsets: range) -> None:
    sequence, occasion, created, spoken, next_word, estimate, lines = notice
    notice_id = write_notice(
        connection, incident_id, sequence, occasion, created, spoken, next_word, estimate
    )
    assert notice_id == sequence, "the promises below name notices by their sequence"
    write_deliveries(connection, incident_id, notice_id, occasion, lines, offsets)


def _write_promises(connection: Connection, incident_id: int) -> None:
    made = {sequence: created for sequence, _, created, *_ in NOTICES}
    connection.execute(
        insert(t.promise),
        [
            {
                "incident_id": incident_id,
                "notice_id": notice,
                "kind": kind,
                "made_at": at(made[notice]),
                "due_at": at(due),
                "state": state,
                "settled_at": at(settled),
                "settled_by": settled_by,
                "late_by_seconds": late,
                "reason": reason,
            }
            for notice, kind, due, state, settled, settled_by, late, reason in PROMISES
        ],
    )


def _write_contacts(connection: Connection, incident_id: int, offsets: range) -> None:
    connection.execute(
        insert(t.contact),
        [
            {
                "channel": "sms",
                "carrier_event": f"SM{offset + number}-{clock}",
                "address": f"+919848{offset + number:06d}",
                "customer_id": offset + number,
                "incident_id": incident_id if tied else None,
                "kind": "incident_report",
                "intent": intent,
                "body": "no signal since the morning, says Lakshmi",
                "received_at": at(clock),
                "answer_kind": answer,
            }
            for offset in offsets
            for number, clock, intent, answer, tied in CONTACTS
        ],
    )


def _write_answers(connection: Connection, incident_id: int, offsets: range) -> None:
    d = t.delivery.c
    asked = connection.execute(
        t.delivery.select().where(d.incident_id == incident_id, d.occasion == "survey")
    )
    connection.execute(
        insert(t.response),
        [
            {
                "delivery_id": row.id,
                "incident_id": incident_id,
                "customer_id": row.customer_id,
                "score": SCORES[number],
                "comment": "my name is Lakshmi",
                "channel": "sms",
                "at": at("13:40"),
            }
            for row in asked
            if (number := (row.customer_id - 1) % len(PEOPLE) + 1) in SCORES
        ],
    )
    assert offsets
