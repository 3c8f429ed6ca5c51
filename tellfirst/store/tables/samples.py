"""What customers say about service that should be back: who was asked, and whose is still out."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table

from tellfirst.store.tables.base import metadata
from tellfirst.store.types import UtcTime

sample = Table(
    "sample",
    metadata,
    Column("incident_id", ForeignKey("incident.id"), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("size", Integer, nullable=False),
)

sample_member = Table(
    "sample_member",
    metadata,
    Column("incident_id", ForeignKey("incident.id"), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("customer_id", ForeignKey("customer.id"), primary_key=True),
)

still_out = Table(
    "still_out",
    metadata,
    Column("incident_id", ForeignKey("incident.id"), primary_key=True),
    Column("customer_id", ForeignKey("customer.id"), primary_key=True),
    Column("said_at", UtcTime, nullable=False),
    # Whoever says that it is mended: an engineer, or a cause that was cleared anew.
    Column("settled_at", UtcTime),
    Column("settled_by", String),
)
