"""How many customers there are: what a share of them is measured by."""

from sqlalchemy import Connection, func, select, update

from tellfirst.store import tables as t


def customer_base(connection: Connection) -> int:
    """Active customers as last counted by an import; counted now where no import ever did."""
    known = connection.scalar(select(t.topology.c.customer_count))
    return known if known is not None else _counted(connection)


def count_customers(connection: Connection) -> None:
    """Write the number down: counting a million takes longer than matching ten thousand."""
    connection.execute(update(t.topology).values(customer_count=_counted(connection)))


def _counted(connection: Connection) -> int:
    active = select(func.count()).select_from(t.customer).where(t.customer.c.status == "active")
    return int(connection.execute(active).scalar_one())
