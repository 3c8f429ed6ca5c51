"""What a closed incident was like."""

from sqlalchemy import Column, ForeignKey, Table, Text

from tellfirst.store.tables.base import metadata
from tellfirst.store.types import Json, UtcTime

review = Table(
    "review",
    metadata,
    Column("incident_id", ForeignKey("incident.id"), primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("measures", Json, nullable=False),
    Column("page", Text, nullable=False),
)
