"""The smallest town a history can be played in: one service, and two customers who hang on it.

How many customers there are changes nothing about when they are told; that large audiences are found and reached in
time is measured elsewhere.
"""

import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, insert

from tellfirst.audience.base import count_customers
from tellfirst.audience.sharing import mark_shared_contact_points
from tellfirst.audience.topology import compile_network
from tellfirst.store import tables as t
from tellfirst.store.engine import connect, writing
from tellfirst.store.migrate import migrate

ELEMENT, AREA, PLACE = "service:replayed", "replayed", "the area of this history"
CUSTOMERS = 2
SERVICES = ("power", "online")


def image() -> bytes:
    """A migrated database with the town in it, as bytes that a database in memory is made of."""
    with TemporaryDirectory(prefix="tellfirst-replay-") as folder:
        path = Path(folder) / "town.db"
        engine = connect(f"sqlite:///{path}")
        migrate(engine)
        with writing(engine) as connection:
            _settle(connection)
        engine.dispose()
        books = sqlite3.connect(path)
        # A database in memory has no file beside it to keep a journal in.
        books.execute("PRAGMA journal_mode=DELETE").close()
        made = books.serialize()
        books.close()
    return made


def _settle(connection: Connection) -> None:
    elements = ((ELEMENT, "service", "service"), (f"area:{AREA}", "area", PLACE))
    connection.execute(
        insert(t.element),
        [{"id": one, "kind": kind, "name": name, "area": AREA} for one, kind, name in elements],
    )
    numbers = range(1, CUSTOMERS + 1)
    connection.execute(insert(t.customer), [_customer(number) for number in numbers])
    connection.execute(
        insert(t.service),
        [
            {"customer_id": number, "kind": kind, "element_id": ELEMENT, "status": "active"}
            for number in numbers
            for kind in SERVICES
        ],
    )
    mark_shared_contact_points(connection)
    compile_network(connection)
    count_customers(connection)


def _customer(number: int) -> dict[str, object]:
    return {
        "id": number,
        "reference": f"R{number:06d}",
        "status": "active",
        "language": "en",
        "zone": "UTC",
        # Of the numbers that are set aside for fiction, and no special one of the fake carrier.
        "phone": f"+1202555{7000 + number}",
        "email": f"customer{number}@example.org",
    }
