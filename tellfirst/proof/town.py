"""The customers of a proof: one site that is down, and everybody who hangs on it, the difficult ones among them."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from tellfirst.audience.matching import match
from tellfirst.audience.sharing import mark_shared_contact_points
from tellfirst.domain.facts import Action, Cause, ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Kind, Stage
from tellfirst.domain.occasion import Channel
from tellfirst.domain.playbook import Playbook
from tellfirst.store import playbook_copy
from tellfirst.store import tables as t

REFERENCE = "INC-2026-0001"
SITE = "tower"
CUSTOMERS = 40
FEW = 5
QUIET_FOR = timedelta(minutes=30)
RECEIPT_WITHIN = timedelta(hours=24)
BOOK = Playbook(
    name="mobile_site_down",
    version="0123456789ab",
    title="A mobile site is down",
    service=ServiceKind.MOBILE,
    severity="S2",
    alerts=("SiteDown",),
    channels=(Channel.SMS, Channel.EMAIL),
    emergency_calls=False,
    next_update_every=timedelta(hours=4),
    warn_before=timedelta(minutes=15),
    overrun_before=timedelta(minutes=15),
    quiet_for=QUIET_FOR,
    receipt_within=RECEIPT_WITHIN,
    survey=True,
    survey_after=timedelta(hours=4),
    survey_open_for=timedelta(days=3),
)
PHONE = "+9140550"
ENDINGS = ("00404", "00406", "00211", "00610", "00003", "00429")
"""Of the carriers' table of special numbers: two that do not arrive, two refused, one silent, one put off once."""
MAILS = ("bounce.one@example.org", "silent.one@example.org", *(f"mail{n}@example.org" for n in range(6)))


def build(connection: Connection, now: datetime, customers: int) -> None:
    """The network, its customers and an incident that has been matched: the first word is due."""
    connection.execute(insert(t.element).values(id=SITE, kind="site", name=SITE, area="north"))
    people = _people(customers)
    connection.execute(insert(t.customer), [customer(key, **known) for key, known in enumerate(people, 1)])
    connection.execute(
        insert(t.service),
        [
            {"customer_id": key, "kind": ServiceKind.MOBILE, "element_id": SITE, "status": "active"}
            for key in range(1, len(people) + 1)
        ],
    )
    mark_shared_contact_points(connection)
    strike(connection, now, SITE)
    match(connection, REFERENCE, now)


def _people(count: int) -> list[dict[str, Any]]:
    if count <= FEW:
        texts: list[dict[str, Any]] = [{"phone": f"{PHONE}{20_000 + n}"} for n in range(count - 1)]
        texts.append({"email": "few@example.org", "wish": "email"})
        return texts
    special: list[dict[str, Any]] = [{"phone": PHONE + ending} for ending in ENDINGS]
    mails: list[dict[str, Any]] = [{"email": mail, "wish": "email"} for mail in MAILS]
    # Two behind one phone, of whom one carries the message, and one whom nothing reaches.
    shared: list[dict[str, Any]] = [{"phone": PHONE + "09999"}, {"phone": PHONE + "09999", "priority": 5}]
    nobody: dict[str, Any] = {}
    odd: list[dict[str, Any]] = [*special, *mails, *shared, nobody]
    plain: list[dict[str, Any]] = [{"phone": f"{PHONE}{10_000 + n}"} for n in range(count - len(odd))]
    # Spread, so that each window has some of each.
    return [one for pair in zip(plain, odd, strict=False) for one in pair] + plain[len(odd) :]


def customer(key: int, **known: Any) -> dict[str, Any]:
    """A row of `customer`, whose every other one reads Telugu unless it is known what it reads."""
    usual = {
        "status": "active",
        "language": ("en", "te")[key % 2],
        "zone": "Asia/Kolkata",
        "priority": 0,
        "phone": None,
        "email": None,
        "wish": None,
    }
    return {"id": key, "reference": f"C-{key}", **usual, **known}


def strike(
    connection: Connection,
    now: datetime,
    *element_ids: str,
    book: Playbook = BOOK,
    impact: Impact = Impact.DOWN,
) -> int:
    """An incident, detected just now, whose causes are these elements; its number."""
    made = connection.execute(
        insert(t.incident).values(
            reference=REFERENCE,
            kind=Kind.OUTAGE,
            name="north",
            cause_key="area:north",
            place="north",
            stage=Stage.DETECTED,
            playbook=playbook_copy.to_json(book),
            severity=book.severity,
            cause=Cause.BEING_INVESTIGATED,
            action=Action.INVESTIGATING,
            started_at=now,
            opened_at=now,
        )
    ).inserted_primary_key
    assert made is not None
    for element_id in element_ids:
        add_cause(connection, made[0], element_id, now, impact)
    return int(made[0])


def add_cause(
    connection: Connection, incident_id: int, element_id: str, now: datetime, impact: Impact
) -> None:
    """One more element that the incident is caused by."""
    values = {"incident_id": incident_id, "element_id": element_id, "impact": impact, "since_at": now}
    connection.execute(insert(t.incident_element).values(**values))
