"""What went wrong over a period, as it was reported then."""

from sqlalchemy import Column, Integer, Table, Text

from tellfirst.store.tables.base import metadata
from tellfirst.store.types import Id, Json, UtcTime

gap_report = Table(
    "gap_report",
    metadata,
    Column("id", Id, primary_key=True),
    Column("since_at", UtcTime, nullable=False),
    Column("until_at", UtcTime, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("incident_count", Integer, nullable=False),
    Column("gaps", Json, nullable=False),
    Column("page", Text, nullable=False),
)
