"""The customers, what they pay for, where they were seen, how they are reached, and what they want no more of."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    false,
)

from tellfirst.domain.audience import Role
from tellfirst.domain.occasion import OTHER_CHANNELS
from tellfirst.store.tables.base import metadata, one_of
from tellfirst.store.types import Id, UtcTime

customer = Table(
    "customer",
    metadata,
    Column("id", Id, primary_key=True),
    Column("reference", String, nullable=False, unique=True),
    Column("status", String, nullable=False),
    Column("language", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("phone", String),
    Column("email", String),
    Column("wish", String),
    Column("phone_shared", Boolean, nullable=False, server_default=false()),
    Column("email_shared", Boolean, nullable=False, server_default=false()),
    Column("phone_checked", Boolean, nullable=False, server_default=false()),
    Column("household", String),
    Column("district", String),
    Column("area_code", String),
    Column("lat", Float),
    Column("lon", Float),
    Column(
        "location",
        String,
        CheckConstraint(
            "CASE WHEN location IS NULL THEN lat IS NULL AND lon IS NULL "
            "ELSE location IN ('exact', 'default') AND lat IS NOT NULL AND lon IS NOT NULL END",
            name="location",
        ),
    ),
    Column("located_at", UtcTime),
    # The number is known to take no texts: by its country's plan, or because a carrier said so.
    Column("phone_landline", Boolean, nullable=False, server_default=false()),
    Index(None, "phone"),
    Index(None, "email"),
    Index(None, "area_code"),
    Index(None, "district"),
    Index("ix_customer_place", "lat", "lon", "location", "located_at"),
)

service = Table(
    "service",
    metadata,
    Column("id", Id, primary_key=True),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("element_id", ForeignKey("element.id"), nullable=False),
    Column("status", String, nullable=False),
    Column("reference", String),
    Column("valid_from", UtcTime),
    Column("valid_to", UtcTime),
    Index(None, "reference", unique=True),
    # Both carry all that matching reads: from a few elements to their services, and customer by customer.
    Index("ix_service_element", "element_id", "status", "customer_id", "kind", "valid_from", "valid_to"),
    Index("ix_service_customer", "customer_id", "status", "element_id", "kind", "valid_from", "valid_to"),
)

presence = Table(
    "presence",
    metadata,
    Column("customer_id", ForeignKey("customer.id"), primary_key=True),
    Column("element_id", ForeignKey("element.id"), primary_key=True),
    Column("role", String, primary_key=True),
    Column("seen_at", UtcTime),
    one_of("role", Role),
    CheckConstraint("role = 'home' OR seen_at IS NOT NULL", name="seen"),
    Index("ix_presence_element", "element_id", "role", "seen_at", "customer_id"),
)

opt_out = Table(
    "opt_out",
    metadata,
    Column("channel", String, primary_key=True),
    Column("address", String, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("source", String, nullable=False),
)

survey_refusal = Table(
    "survey_refusal",
    metadata,
    Column("customer_id", ForeignKey("customer.id"), primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("source", String, nullable=False),
)

contact_point = Table(
    "contact_point",
    metadata,
    Column("customer_id", ForeignKey("customer.id"), primary_key=True),
    Column("channel", String, primary_key=True),
    Column("address", String, nullable=False),
    Column("shared", Boolean, nullable=False, server_default=false()),
    one_of("channel", OTHER_CHANNELS),
    Index(None, "channel", "address"),
)
