"""What holds sending back: a stop by a person, and the mark that tells a restored backup."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table

from tellfirst.domain.delivery import StopEffect
from tellfirst.store.tables.base import metadata, one_of
from tellfirst.store.types import Id, UtcTime

stop = Table(
    "stop",
    metadata,
    Column("id", Id, primary_key=True),
    Column("incident_id", ForeignKey("incident.id")),
    Column("effect", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("lifted_at", UtcTime),
    Column("lifted_by", String),
    one_of("effect", StopEffect),
    Index(None, "lifted_at"),
)

ledger_mark = Table(
    "ledger_mark",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("epoch", Id, nullable=False, autoincrement=False),
    CheckConstraint("id = 1", name="one_row"),
)
