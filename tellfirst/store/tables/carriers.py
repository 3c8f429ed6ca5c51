"""How fast each sender may go, and which of several carriers is used."""

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table

from tellfirst.store.tables.base import metadata
from tellfirst.store.types import Id, Json, UtcTime

sender = Table(
    "sender",
    metadata,
    Column("name", String, primary_key=True),
    Column("free_at", UtcTime, nullable=False),
)

carrier_standing = Table(
    "carrier_standing",
    metadata,
    Column("carrier", String, primary_key=True),
    Column("channel", String, nullable=False),
    Column("share", Integer, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("reason", String, nullable=False),
    Column("closed_at", UtcTime),
    Column("closed_code", String),
    Column("try_at", UtcTime),
    CheckConstraint("share BETWEEN 0 AND 100", name="share"),
)

carrier_entry = Table(
    "carrier_entry",
    metadata,
    Column("id", Id, primary_key=True),
    Column("carrier", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("reason", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("share", Integer, nullable=False),
    Column("details", Json, nullable=False),
    Index(None, "carrier", "at"),
)
