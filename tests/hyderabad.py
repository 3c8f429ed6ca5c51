"""A small Hyderabad: the areas and sites that the recorded alerts speak of, customers behind them, and
the few moves a test makes with an incident there.

core:A, core:B ── the hub of each area, which works while one core does ── its four sites
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, select, update

from tellfirst.audience.matching import Match, match
from tellfirst.audience.sharing import mark_shared_contact_points
from tellfirst.detect import alertmanager
from tellfirst.detect.correlation import Taken, take_signals
from tellfirst.detect.sources import load_sources
from tellfirst.detect.weighing import weigh
from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Occasion
from tellfirst.notices.concluding import conclude_all
from tellfirst.notices.following import follow_up
from tellfirst.notices.speaking import House, Spoken, Voice
from tellfirst.notices.telling import tell_first
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident
from tellfirst.timelines.playbooks import load_playbooks

CONFIG = Path(__file__).parents[1] / "config"
SOURCES = load_sources(CONFIG)
# In so small a town most outages hit a large share, and all that is hit is down; approvals have tests of their own,
# and so have channels that go around an outage.
BOOKS = {
    name: replace(book, approve_above=1.0, around_outage=False)
    for name, book in load_playbooks(CONFIG / "playbooks").items()
}
BOOK = BOOKS["mobile_site_down"]

T0 = datetime(2026, 11, 22, 3, 39, tzinfo=UTC)
"""Just after the recorded outage of Miyapur began."""
MINUTE = timedelta(minutes=1)
FIRST = "INC-2026-0001"
SECOND = "INC-2026-0002"

KUKATPALLY, MIYAPUR, SECUNDERABAD = "Hyderabad-Kukatpally", "Hyderabad-Miyapur", "Secunderabad"
AREAS = {KUKATPALLY: "Kukatpally", MIYAPUR: "Miyapur", SECUNDERABAD: "Secunderabad"}
SITES = {f"HYD{number:04d}": list(AREAS)[number // 4] for number in range(12)}

HOUSE = House("Asha Telecom", "+914055500000", "http://127.0.0.1/status")


def build(connection: Connection) -> None:
    """The network, without customers."""
    for core in ("core:A", "core:B"):
        _element(connection, core, "core", core, "Hyderabad")
    for area, name in AREAS.items():
        _element(connection, f"area:{area}", "area", name, area)
        _element(connection, f"hub:{area}", "hub", f"{name} hub", area)
        for core in ("core:A", "core:B"):
            _edge(connection, f"hub:{area}", core)
    for site, area in SITES.items():
        _element(connection, f"site:{site}", "site", site, area)
        _edge(connection, f"site:{site}", f"hub:{area}")


def add_customer(connection: Connection, key: int, *sites: str, **known: Any) -> None:
    """Customer C<key> with an active mobile service on each site; no phone given: one of their own."""
    usual = {"status": "active", "language": "en", "zone": "Asia/Kolkata", "phone": phone(key)}
    connection.execute(insert(t.customer).values(id=key, reference=f"C{key}", **{**usual, **known}))
    for site in sites:
        add_service(connection, key, f"site:{site}")


def add_service(connection: Connection, key: int, element: str, **known: Any) -> None:
    usual = {"kind": "mobile", "status": "active"}
    connection.execute(insert(t.service).values(customer_id=key, element_id=element, **{**usual, **known}))


def phone(key: int) -> str:
    return f"+9140555{key:05d}"


def sample(name: str) -> bytes:
    """A recorded body, byte for byte."""
    return (Path(__file__).parent / "samples" / "alertmanager" / name).read_bytes()


def alert(
    site: str,
    state: str = "firing",
    starts_at: datetime = T0,
    *,
    fingerprint: str = "",
    **labels: str,
) -> dict[str, Any]:
    """One alert of a body, as Alertmanager writes it."""
    known = {"alertname": "CellSiteDown", "severity": "critical", "site_id": site}
    if site in SITES:
        known["area"] = SITES[site]
    over = (starts_at + 30 * timedelta(seconds=1)).isoformat()
    return {
        "status": state,
        "labels": {**known, **labels},
        "startsAt": starts_at.isoformat(),
        "endsAt": over if state == "resolved" else "0001-01-01T00:00:00Z",
        "fingerprint": fingerprint or site,
    }


def body(*alerts: dict[str, Any]) -> bytes:
    return json.dumps({"version": "4", "alerts": alerts, "truncatedAlerts": 0}).encode()


def post(connection: Connection, what: str | bytes, now: datetime = T0) -> Taken:
    """A webhook body arrives: a recorded one by its name, or bytes."""
    sent = sample(what) if isinstance(what, str) else what
    return take_signals(connection, alertmanager.parse(sent), SOURCES, BOOKS, now)


def strike(connection: Connection, *sites: str, now: datetime = T0) -> Match:
    """These sites go down at `now`; the incident is opened, weighed and matched."""
    post(connection, body(*(alert(site, starts_at=now) for site in sites)), now)
    weigh(connection, FIRST, now)
    mark_shared_contact_points(connection)
    return match(connection, FIRST, now)


def mend(connection: Connection, *sites: str, since: datetime = T0, now: datetime) -> None:
    """The monitor reports the outages that began at `since` gone."""
    post(connection, body(*(alert(site, "resolved", since) for site in sites)), now)


def voice(now: datetime) -> Voice:
    return Voice(HOUSE, lambda _occasion: "1", now, now)


def tell(connection: Connection, now: datetime = T0, *, lost: Iterable[int] = ()) -> Spoken | None:
    """The first word leaves and is concluded; it never reaches the customers in `lost`."""
    spoken = tell_first(connection, FIRST, voice(now))
    deliver(connection, now, lost=lost)
    return spoken


def speak_next(
    connection: Connection, due: Take, now: datetime, *, lost: Iterable[int] = ()
) -> Spoken | None:
    """The word that `due` asks for leaves and is concluded."""
    spoken = follow_up(connection, FIRST, due, voice(now))
    deliver(connection, now, lost=lost)
    return spoken


def all_clear(connection: Connection, now: datetime, *, lost: Iterable[int] = ()) -> Spoken | None:
    """Whoever is verified to be back is told so."""
    due = Take(Step.FOLLOW_UP, "quiet_long_enough", Occasion.RESTORED)
    return speak_next(connection, due, now, lost=lost)


def deliver(connection: Connection, now: datetime, *, lost: Iterable[int] = ()) -> None:
    """Everything pending is handed over, except to `lost`, whose contact points fail; then concluded."""
    d, waiting = t.delivery, t.delivery.c.state == "pending"
    connection.execute(
        update(d).where(waiting, d.c.customer_id.in_(list(lost))).values(state="failed", final_at=now)
    )
    connection.execute(update(d).where(waiting).values(state="sent", handed_over_at=now))
    connection.execute(update(t.chunk).where(t.chunk.c.done_at.is_(None)).values(done_at=now))
    conclude_all(connection, incident(connection).id, now)


def as_if(connection: Connection, which: ColumnElement[bool], **values: Any) -> None:
    """Deliveries written anew with other values: the books of another course of things, which no move leads to."""
    d = t.delivery
    rows = [dict(row._mapping) | values for row in connection.execute(select(d).where(which))]
    connection.execute(delete(d).where(which))
    connection.execute(insert(d), rows)


def incident(connection: Connection, reference: str = FIRST) -> Incident:
    return incidents.by_reference(connection, reference)


def rows(connection: Connection, table: Table, *columns: str) -> list[tuple[Any, ...]]:
    """These columns of every row, in the order of the key."""
    wanted = [table.c[name] for name in columns]
    return [tuple(row) for row in connection.execute(select(*wanted).order_by(*table.primary_key))]


def causes(connection: Connection) -> dict[str, tuple[int, bool]]:
    """Each cause with its incident's number and whether it is still reported."""
    found = rows(connection, t.incident_element, "element_id", "incident_id", "until_at")
    return {element: (number, until is None) for element, number, until in found}


def _element(connection: Connection, key: str, kind: str, name: str, area: str) -> None:
    connection.execute(insert(t.element).values(id=key, kind=kind, name=name, area=area))


def _edge(connection: Connection, child: str, parent: str) -> None:
    connection.execute(insert(t.edge).values(child=child, grp="uplink", need=1, parent=parent))
