"""What was imported, and what was refused."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text

from tellfirst.store.tables.base import metadata
from tellfirst.store.types import Id, UtcTime

import_batch = Table(
    "import_batch",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String, nullable=False),
    Column("file", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", String, nullable=False),
    Column("row_count", Integer, nullable=False),
    Column("accepted_count", Integer, nullable=False),
    Column("repaired_count", Integer, nullable=False),
    Column("rejected_count", Integer, nullable=False),
)

import_reject = Table(
    "import_reject",
    metadata,
    Column("batch_id", ForeignKey("import_batch.id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("column", String, primary_key=True),
    Column("rule", String, primary_key=True),
    Column("text", Text, nullable=False),
)
