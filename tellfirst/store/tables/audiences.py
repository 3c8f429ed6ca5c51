"""Whom an incident hurts, with the reason, by revision."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Integer, String, Table, UniqueConstraint

from tellfirst.domain.audience import Basis, Over
from tellfirst.domain.occasion import Channel
from tellfirst.store.tables.base import either, metadata
from tellfirst.store.types import UtcTime

audience_revision = Table(
    "audience_revision",
    metadata,
    Column("incident_id", ForeignKey("incident.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("topology_version", Integer, nullable=False),
    Column("element_count", Integer, nullable=False),
    Column("affected_count", Integer, nullable=False),
    Column("at_risk_count", Integer, nullable=False),
    Column("uncertain_count", Integer, nullable=False),
    Column("newly_affected_count", Integer, nullable=False),
    Column("worse_count", Integer, nullable=False),
    Column("back_count", Integer, nullable=False),
    Column("wrongly_told_count", Integer, nullable=False),
)

impact_element = Table(
    "impact_element",
    metadata,
    Column("incident_id", ForeignKey("incident.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("element_id", String, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("impact", Integer, nullable=False),
    Column("cause_element", String, nullable=False),
    UniqueConstraint("incident_id", "revision", "number"),
    sqlite_with_rowid=False,
)

audience = Table(
    "audience",
    metadata,
    Column("incident_id", ForeignKey("incident.id"), primary_key=True),
    Column("customer_id", ForeignKey("customer.id"), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("impact", Integer, nullable=False),
    Column("impact_before", Integer, nullable=False),
    Column("services", Integer, nullable=False),
    Column("basis", String, nullable=False),
    Column("hit", Integer, nullable=False),
    Column("channel", String, nullable=False),
    Column("address", String),
    Column("shared", Boolean, nullable=False),
    Column("language", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("affected_revision", Integer),
    Column("worse_revision", Integer),
    Column("over_at", UtcTime),
    Column("over_revision", Integer),
    Column("over", String),
    either("channel", Channel),
    either("basis", Basis),
    either("over", Over),
    CheckConstraint("(channel = 'none') = (address IS NULL)", name="address"),
    CheckConstraint("(over_at IS NULL) = (over IS NULL)", name="over_at"),
    sqlite_with_rowid=False,
)
