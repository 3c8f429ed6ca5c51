"""The stepped clock of scenarios: one row, read by every process."""

from sqlalchemy import CheckConstraint, Column, Integer, Table

from tellfirst.store.tables.base import metadata
from tellfirst.store.types import UtcTime

stepped_clock = Table(
    "stepped_clock",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("now_at", UtcTime, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)
