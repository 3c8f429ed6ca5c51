"""When the clock last ticked: one row, by the wall, so that its silence can be seen without Prefect."""

from sqlalchemy import CheckConstraint, Column, Integer, Table

from tellfirst.store.tables.base import metadata
from tellfirst.store.types import UtcTime

tick = Table(
    "tick",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)
