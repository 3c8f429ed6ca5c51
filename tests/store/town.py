"""A town of two areas, three sites and twelve customers, and an incident that hits nine of them and leaves one at risk.

hub-north ── north-1, north-2
hub-south ── south-1, which also hangs on hub-north and works while one of the two does
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, insert, select

from tellfirst.audience.sharing import mark_shared_contact_points
from tellfirst.domain.audience import Whom
from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import Occasion
from tellfirst.proof import town as proven
from tellfirst.store import tables as t

T0 = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
REFERENCE = proven.REFERENCE
INCIDENT = 1
BOOK = replace(proven.BOOK, emergency_calls=True, next_update_every=timedelta(hours=2))

ELEMENTS = {
    "hub-north": "north",
    "hub-south": "south",
    "north-1": "north",
    "north-2": "north",
    "south-1": "south",
}
EDGES = [
    ("north-1", "hub-north"),
    ("north-2", "hub-north"),
    ("south-1", "hub-north"),
    ("south-1", "hub-south"),
]
CUSTOMERS: dict[int, dict[str, Any]] = {
    1: {"phone": "+9140555001"},
    2: {"phone": "+9140555002"},
    3: {"phone": "+9140555002", "priority": 5},
    4: {"phone": "+9140555004"},
    5: {"phone": "+9140555005", "email": "five@example.org"},
    6: {},
    7: {"phone": "+9140555007", "email": "seven@example.org", "wish": "email"},
    8: {"phone": "+9140555008", "priority": 10, "language": "te"},
    9: {"phone": "+9140555009"},
    10: {"phone": "+9140555010"},
    11: {"phone": "+9140555011", "status": "left"},
    12: {"phone": "+9140555012"},
}
"""2 and 3 share a phone, 4 and 5 have opted out of texts, 6 cannot be reached, 11 has left."""
SERVICES = [
    *((customer_id, "north-1", "active") for customer_id in (1, 2, 3, 4, 5)),
    *((customer_id, "north-2", "active") for customer_id in (6, 7, 8, 9, 11)),
    (9, "south-1", "active"),
    (10, "south-1", "active"),
    (12, "north-1", "ended"),
]


def build(connection: Connection) -> None:
    """The network and its customers."""
    _put(connection, t.element, [_element(key, area) for key, area in ELEMENTS.items()])
    _put(connection, t.edge, [_edge(child, parent) for child, parent in EDGES])
    _put(
        connection,
        t.customer,
        [proven.customer(key, **{"language": "en", **known}) for key, known in CUSTOMERS.items()],
    )
    _put(connection, t.service, [_service(*one) for one in SERVICES])
    out = [CUSTOMERS[key]["phone"] for key in (4, 5)]
    _put(
        connection,
        t.opt_out,
        [{"channel": "sms", "address": address, "at": T0, "source": "reply"} for address in out],
    )
    mark_shared_contact_points(connection)


def strike(connection: Connection, *element_ids: str, impact: Impact = Impact.DOWN) -> None:
    """An incident, detected, whose causes are these elements."""
    assert proven.strike(connection, T0, *element_ids, book=BOOK, impact=impact) == INCIDENT


def add_cause(connection: Connection, element_id: str, impact: Impact = Impact.DOWN) -> None:
    proven.add_cause(connection, INCIDENT, element_id, T0, impact)


WHOM = {
    Occasion.FIRST_WORD: Whom.NEWLY_AFFECTED,
    Occasion.RESTORED: Whom.BACK,
    Occasion.SURVEY: Whom.EVERYONE,
}


def add_notice(
    connection: Connection, sequence: int, occasion: Occasion, at: datetime = T0, revision: int = 1
) -> int:
    """The notice's id. It is for whom its occasion is usually for, as they were at `revision`."""
    made = connection.execute(
        insert(t.notice).values(
            incident_id=INCIDENT,
            sequence=sequence,
            occasion=occasion,
            reason="test",
            holding=False,
            facts={},
            template_version="1",
            audience_revision=revision,
            author="tellfirst",
            created_at=at,
            whom=WHOM.get(occasion, Whom.WAITING),
        )
    ).inserted_primary_key
    assert made is not None
    return int(made[0])


def add_delivery(
    connection: Connection, notice_id: int, customer_id: int, occasion: Occasion, state: str, **more: Any
) -> int:
    """The delivery's id."""
    values = {"channel": "sms", "reason": "affected", "incident_id": INCIDENT, **more}
    made = connection.execute(
        insert(t.delivery).values(
            notice_id=notice_id, customer_id=customer_id, occasion=occasion, state=state, **values
        )
    ).inserted_primary_key
    assert made is not None
    return int(made[0])


def rows(connection: Connection, table: Table, *columns: str) -> list[tuple[Any, ...]]:
    """These columns of every row, in the order of the key."""
    wanted = [table.c[name] for name in columns]
    return [tuple(row) for row in connection.execute(select(*wanted).order_by(*table.primary_key))]


def _put(connection: Connection, table: Table, values: list[dict[str, Any]]) -> None:
    connection.execute(insert(table), values)


def _element(key: str, area: str) -> dict[str, Any]:
    return {"id": key, "kind": "site", "name": key, "area": area}


def _edge(child: str, parent: str) -> dict[str, Any]:
    return {"child": child, "grp": "uplink", "parent": parent, "need": 1}


def _service(customer_id: int, element_id: str, status: str) -> dict[str, Any]:
    return {"customer_id": customer_id, "kind": "mobile", "element_id": element_id, "status": status}
