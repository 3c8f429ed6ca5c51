"""Small worlds in which everything happens that can: a k-of-n network, customers of every sort, several incidents."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

import hyderabad
from hyderabad import MINUTE, T0
from networks import elements, random_edges
from sqlalchemy import Connection, Engine, insert, select, update

from tellfirst.audience.sharing import mark_shared_contact_points
from tellfirst.detect.causes import clear_cause, open_cause, withdraw_cause
from tellfirst.detect.opening import open_by_hand
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import RUNNING
from tellfirst.domain.network import composite_edges
from tellfirst.store import incidents
from tellfirst.store import tables as t

HOUR = timedelta(hours=1)
CUSTOMERS = 24
HURTING = (Impact.DOWN, Impact.DOWN, Impact.DEGRADED, Impact.AT_RISK)


@contextmanager
def forgotten(engine: Engine) -> Iterator[Connection]:
    """A connection whose work is rolled back: the next world begins empty."""
    with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@dataclass
class World:
    connection: Connection
    chance: Random
    ids: list[str]
    now: datetime = T0

    def later(self) -> datetime:
        """When the next thing happens."""
        return self.now + self.chance.choice((MINUTE, 7 * MINUTE, 25 * MINUTE, 3 * HOUR))

    def happens(self) -> str:
        """Something happens now; what."""
        running = self.running()
        ways = ["cause", "cause", "clear", "withdraw", "flap", "worse", "records", "nothing"]
        if len(running) < 3:
            ways += ["open"] * (6 if not running else 2)
        way = self.chance.choice(ways)
        if way == "open" or not running:
            self._open()
            return "open"
        if way == "records":
            self._records_change()
        elif way != "nothing":
            self._to_a_cause(way, self.chance.choice(running))
        return way

    def running(self) -> list[str]:
        i = t.incident.c
        found = select(i.reference).where(i.stage.in_(RUNNING)).order_by(i.id)
        return list(self.connection.scalars(found))

    def _open(self) -> None:
        tell_from = self.chance.choice((Impact.DEGRADED, Impact.DEGRADED, Impact.AT_RISK, Impact.DOWN))
        seen_within = self.chance.choice((HOUR, 24 * HOUR))
        book = replace(hyderabad.BOOK, tell_from=tell_from, seen_within=seen_within)
        failing = self.chance.sample(self.ids, self.chance.randint(1, 3))
        began = self.now - self.chance.choice((timedelta(0), 10 * MINUTE))
        impact = self.chance.choice(HURTING)
        open_by_hand(self.connection, failing, book, impact, began, self.now, "ravi")

    def _to_a_cause(self, way: str, reference: str) -> None:
        it = incidents.by_reference(self.connection, reference)
        c = t.incident_element.c
        known = select(c.element_id).where(c.incident_id == it.id).order_by(c.element_id)
        one = self.chance.choice(list(self.connection.scalars(known)))
        match way:
            case "cause":
                new = self.chance.choice(self.ids)
                impact = self.chance.choice(HURTING)
                open_cause(self.connection, it.id, new, impact, self.now, self.now)
            case "clear":
                clear_cause(self.connection, it.id, one, self.now, reason="engineer_says_so")
            case "withdraw":
                withdraw_cause(self.connection, it.id, one, self.now, "ravi")
            case "flap":
                clear_cause(self.connection, it.id, one, self.now, reason="monitor_resolved")
                open_cause(self.connection, it.id, one, Impact.DOWN, self.now, self.now)
            case "worse":
                this = (c.incident_id == it.id) & (c.element_id == one)
                down = update(t.incident_element).where(this).values(impact=Impact.DOWN.value)
                self.connection.execute(down)
                self._look_again()

    def _records_change(self) -> None:
        """A file is imported: services move and end, customers leave; every incident is matched anew."""
        s, c = t.service, t.customer
        for key in self.chance.sample(list(self.connection.scalars(select(s.c.id))), 3):
            to = self.chance.choice(self.ids)
            self.connection.execute(update(s).where(s.c.id == key).values(element_id=to))
        left = self.chance.randint(1, CUSTOMERS)
        self.connection.execute(update(c).where(c.c.id == left).values(status="left"))
        counts = {"row_count": 4, "accepted_count": 4, "repaired_count": 0, "rejected_count": 0}
        batch = {"kind": "services", "file": "services.csv", "sha256": "0", "at": self.now, "actor": "ravi"}
        self.connection.execute(insert(t.import_batch).values(**batch, **counts))
        self._look_again()

    def _look_again(self) -> None:
        i = t.incident.c
        matched = i.stage.in_(RUNNING) & (i.audience_revision > 0)
        self.connection.execute(update(t.incident).where(matched).values(footprint_changed=True))


def a_world(connection: Connection, seed: int) -> World:
    chance = Random(seed)
    edges = random_edges(chance, 6, chance.randint(2, 5))
    for _ in range(3):
        members = chance.sample(elements(edges), min(3, len(elements(edges))))
        edges += composite_edges(chance.randint(1, len(members)), members)
    ids = elements(edges)
    where = {"kind": "site", "area": "Hyderabad"}
    connection.execute(insert(t.element), [{"id": one, "name": one, **where} for one in ids])
    columns = ("child", "grp", "need", "parent")
    once = {(one.child, one.group, one.parent): one.need for one in edges}
    rows = [dict(zip(columns, (key[0], key[1], need, key[2]), strict=True)) for key, need in once.items()]
    connection.execute(insert(t.edge), rows)
    for key in range(1, CUSTOMERS + 1):
        _add_customer(connection, chance, key, ids)
    mark_shared_contact_points(connection)
    return World(connection, chance, ids)


def _add_customer(connection: Connection, chance: Random, key: int, ids: list[str]) -> None:
    phone = chance.choice((hyderabad.phone(key), hyderabad.phone(key % 5), None))
    known = {
        "status": "active" if chance.random() < 0.9 else "left",
        "phone": phone,
        "email": chance.choice((None, f"{key % 4}@example.org", f"c{key}@example.org")),
        "wish": chance.choice((None, None, "sms", "email")),
        "language": chance.choice(("en", "te")),
        "zone": "Asia/Kolkata",
        "priority": chance.choice((0, 0, 0, 9)),
    }
    connection.execute(insert(t.customer).values(id=key, reference=f"C{key}", **known))
    for _ in range(chance.randint(0, 4)):
        connection.execute(
            insert(t.service).values(
                customer_id=key,
                kind=chance.choice(list(ServiceKind)).value,
                element_id=chance.choice(ids),
                status=chance.choice(("active",) * 6 + ("suspended", "ended")),
                valid_from=chance.choice((None, None, T0 - HOUR, T0 + 20 * MINUTE, T0 + 4 * HOUR)),
                valid_to=chance.choice((None, None, T0 - HOUR, T0 + 20 * MINUTE, T0 + 4 * HOUR)),
            )
        )
    for element in chance.sample(ids, chance.randint(0, 2)):
        role = chance.choice(("home", "recent", "recent"))
        at = chance.choice((T0, T0 - 3 * HOUR, T0 - 30 * HOUR, T0 + HOUR))
        seen = {"role": role, "seen_at": None if role == "home" else at}
        connection.execute(insert(t.presence).values(customer_id=key, element_id=element, **seen))
    if phone and chance.random() < 0.1:
        out = {"channel": "sms", "address": phone, "at": T0, "source": "reply"}
        known_out = select(t.opt_out.c.address).where(t.opt_out.c.address == phone)
        if connection.scalar(known_out) is None:
            connection.execute(insert(t.opt_out).values(**out))
