"""The ledger: a notice to each customer, the chunks they leave in, and what came back."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, text

from tellfirst.domain.delivery import Anomaly, DeliveryState
from tellfirst.store.tables.base import metadata, one_of
from tellfirst.store.types import Id, UtcTime

chunk = Table(
    "chunk",
    metadata,
    Column("id", Id, primary_key=True),
    Column("notice_id", ForeignKey("notice.id"), nullable=False),
    Column("channel", String, nullable=False),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("lease_until", UtcTime),
    Column("due_at", UtcTime, nullable=False),
    Column("done_at", UtcTime),
    # Which part of the notice's messages on this channel it holds, from 1; NULL in books from before this column.
    Column("part", Integer),
    # 0 is the canary; a later wave leaves only when those before it went well.
    Column("wave", Integer, nullable=False, server_default="0"),
    Index(None, "notice_id"),
    Index("ix_chunk_part", "notice_id", "channel", "part", unique=True),
)

UNMET_STATES = "state IN ('undelivered', 'failed', 'unconfirmed', 'cancelled')"

delivery = Table(
    "delivery",
    metadata,
    Column("id", Id, primary_key=True),
    Column("notice_id", ForeignKey("notice.id"), nullable=False),
    Column("incident_id", ForeignKey("incident.id"), nullable=False),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    Column("occasion", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("chunk_id", ForeignKey("chunk.id")),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("try_count", Integer, nullable=False, server_default="0"),
    Column("resend_count", Integer, nullable=False, server_default="0"),
    Column("carrier", String),
    Column("carrier_ref", String),
    Column("carrier_code", String),
    Column("intended_at", UtcTime),
    # When the carrier may be asked what became of it; receipts settle most doubts before.
    Column("look_up_at", UtcTime),
    Column("handed_over_at", UtcTime),
    Column("final_at", UtcTime),
    Column("covered_by", Id),
    # Who reads it, as it was when it left: language, zone, impact and services (store/readers.py).
    Column("reader", String),
    UniqueConstraint("notice_id", "customer_id", "channel"),
    one_of("state", DeliveryState),
    # Those that ended without the customer being told: few, and looked for at every decision.
    Index(
        "ix_delivery_unmet", "notice_id", sqlite_where=text(UNMET_STATES), postgresql_where=text(UNMET_STATES)
    ),
    Index(None, "chunk_id"),
    Index(None, "incident_id", "customer_id", "occasion"),
    Index(None, "customer_id"),
)

receipt = Table(
    "receipt",
    metadata,
    Column("carrier", String, primary_key=True),
    Column("event_id", String, primary_key=True),
    Column("delivery_id", Id, nullable=False),
    Column("state", String, nullable=False),
    Column("carrier_ref", String, nullable=False),
    Column("code", String, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("applied_at", UtcTime),
    Column("verdict", String),
    Index(None, "applied_at"),
)

anomaly = Table(
    "anomaly",
    metadata,
    Column("id", Id, primary_key=True),
    Column("delivery_id", ForeignKey("delivery.id"), nullable=False),
    Column("incident_id", ForeignKey("incident.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("carrier", String, nullable=False),
    Column("carrier_ref", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    UniqueConstraint("delivery_id", "kind", "carrier_ref"),
    one_of("kind", Anomaly),
    Index(None, "incident_id", "kind"),
)
