"""Links that customers hold: the short ones of texts, of which only hashes are kept, and what ends links early."""

from sqlalchemy import Column, ForeignKey, Index, String, Table

from tellfirst.domain.link import Purpose
from tellfirst.store.tables.base import metadata, one_of
from tellfirst.store.types import UtcTime

link_token = Table(
    "link_token",
    metadata,
    # SHA-256, in hex: whoever reads the books can follow no link.
    Column("hash", String, primary_key=True),
    Column("purpose", String, nullable=False),
    Column("delivery_id", ForeignKey("delivery.id"), nullable=False),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    one_of("purpose", Purpose),
    Index(None, "customer_id"),
    Index(None, "delivery_id"),
)

link_revocation = Table(
    "link_revocation",
    metadata,
    # Links in what was written to this customer until then open nothing any more.
    Column("customer_id", ForeignKey("customer.id"), primary_key=True),
    Column("until_at", UtcTime, nullable=False),
    Column("source", String, nullable=False),
)
