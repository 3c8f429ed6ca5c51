"""How many customers there are: what a share of them is measured by."""

from sqlalchemy import Connection, func, select

from tellfirst.store import tables as t
from tellfirst.store.inserting import insert_into
from tellfirst.store.prepared import prepared


def customer_base(connection: Connection) -> int:
    """Active customers as last counted by an import; counted now where no import ever did."""
    known: int | None = _known.run(connection).scalar()
    return known if known is not None else _counted(connection)


_known = prepared(lambda: select(t.topology.c.customer_count))


def count_customers(connection: Connection) -> None:
    """Write the number down: counting a million takes longer than matching ten thousand."""
    count = _counted(connection)
    # Customers may be there before the first edge: version 0 says that no network has been imported.
    written = insert_into(connection, t.topology).values(id=1, version=0, customer_count=count)
    connection.execute(written.on_conflict_do_update(index_elements=["id"], set_={"customer_count": count}))


def _counted(connection: Connection) -> int:
    active = select(func.count()).select_from(t.customer).where(t.customer.c.status == "active")
    return int(connection.execute(active).scalar_one())
