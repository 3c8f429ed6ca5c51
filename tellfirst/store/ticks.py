"""When the clock last ticked, by the wall."""

from datetime import datetime

from sqlalchemy import Connection, select

from tellfirst.store.inserting import insert_into
from tellfirst.store.tables import tick


def ticked(connection: Connection, wall: datetime) -> None:
    """The clock has just looked at everything that was due."""
    written = insert_into(connection, tick).values(id=1, at=wall)
    connection.execute(written.on_conflict_do_update(index_elements=["id"], set_={"at": wall}))


def last_tick(connection: Connection) -> datetime | None:
    """None in an installation whose clock never ticked."""
    moment: datetime | None = connection.scalar(select(tick.c.at))
    return moment
