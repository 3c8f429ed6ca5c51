"""Who asked whether they are affected: the number, the address and the code as hashes alone."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from tellfirst.store.tables.base import metadata
from tellfirst.store.types import Id, UtcTime

affected_question = Table(
    "affected_question",
    metadata,
    Column("id", Id, primary_key=True),
    Column("number_hash", String, nullable=False),
    Column("address_hash", String, nullable=False),
    Column("code_hash", String, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("try_count", Integer, nullable=False, server_default="0"),
    Column("used_at", UtcTime),
    # The contact under which the code was sent; NULL: it was not, because nobody we know has the number, or the
    # customer was erased since.
    Column("contact_id", ForeignKey("contact.id", ondelete="SET NULL")),
    Index(None, "number_hash", "asked_at"),
    Index(None, "address_hash", "asked_at"),
    Index(None, "asked_at"),
)
