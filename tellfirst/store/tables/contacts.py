"""What customers bring: what they wrote, and how they answered a survey."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from tellfirst.store.tables.base import metadata
from tellfirst.store.types import Id, UtcTime

contact = Table(
    "contact",
    metadata,
    Column("id", Id, primary_key=True),
    Column("channel", String, nullable=False),
    Column("carrier_event", String, nullable=False, unique=True),
    Column("address", String, nullable=False),
    Column("customer_id", ForeignKey("customer.id")),
    Column("incident_id", ForeignKey("incident.id")),
    Column("kind", String, nullable=False),
    Column("intent", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("answered_at", UtcTime),
    Column("answer_kind", String),
    Column("answer", Text),
    Index(None, "customer_id"),
    Index(None, "incident_id"),
)

response = Table(
    "response",
    metadata,
    Column("delivery_id", ForeignKey("delivery.id"), primary_key=True),
    Column("incident_id", ForeignKey("incident.id"), nullable=False),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    Column("score", Integer, nullable=False),
    Column("comment", Text, nullable=False),
    Column("channel", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    CheckConstraint("score BETWEEN 1 AND 5", name="score"),
    Index(None, "incident_id"),
)
