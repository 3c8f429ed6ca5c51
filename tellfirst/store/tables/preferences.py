"""What customers changed about how they are told, and by which way they said so."""

from sqlalchemy import Column, ForeignKey, Index, String, Table

from tellfirst.store.tables.base import metadata
from tellfirst.store.types import Id, UtcTime

preference_change = Table(
    "preference_change",
    metadata,
    Column("id", Id, primary_key=True),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    # `channel`, `language` or `surveys`.
    Column("name", String, nullable=False),
    # NULL: they had, or have now, no wish.
    Column("was", String),
    Column("became", String),
    Column("source", String, nullable=False),
    Index(None, "customer_id"),
)
