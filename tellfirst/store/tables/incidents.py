"""Signals, the incidents they open, what each hurts and since when, and all that was decided and said about it."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)

from tellfirst.domain.audience import Shape
from tellfirst.domain.incident import Kind, Stage
from tellfirst.store.tables.base import metadata, one_of
from tellfirst.store.types import Id, Json, UtcTime

incident = Table(
    "incident",
    metadata,
    Column("id", Id, primary_key=True),
    Column("reference", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("cause_key", String, nullable=False),
    Column("place", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("held", String),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("playbook", Json),
    Column("severity", String, nullable=False),
    Column("cause", String, nullable=False),
    Column("action", String, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("estimate_at", UtcTime),
    Column("verified_at", UtcTime),
    Column("survey_closes_at", UtcTime),
    Column("closed_at", UtcTime),
    Column("footprint_changed", Boolean, nullable=False, server_default=text("false")),
    Column("audience_revision", Integer, nullable=False, server_default="0"),
    Column("next_due_at", UtcTime),
    Column("flow_run_id", String),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("lease_until", UtcTime),
    Column("approval_needed", Boolean, nullable=False, server_default=false()),
    Column("approved_count", Integer, nullable=False, server_default="0"),
    # When announced work is to end. Where it did not, it became an outage at that moment, and its clocks begin there.
    Column("ends_at", UtcTime),
    # What was last stated of that work and taken up: planned, done, cancelled.
    Column("work_status", String),
    one_of("kind", Kind),
    one_of("stage", Stage),
    Index(None, "next_due_at"),
    Index(None, "cause_key", "stage"),
    Index(None, "stage", "closed_at"),
)

signal = Table(
    "signal",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", String, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("starts_at", UtcTime, nullable=False),
    Column("state", String, nullable=False),
    Column("ends_at", UtcTime),
    Column("received_at", UtcTime, nullable=False),
    Column("last_seen_at", UtcTime, nullable=False),
    Column("seen_count", Integer, nullable=False, server_default="1"),
    Column("labels", Json, nullable=False),
    Column("element_id", String),
    Column("judgement", String, nullable=False),
    Column("incident_id", ForeignKey("incident.id")),
    UniqueConstraint("source", "fingerprint", "starts_at", "state"),
    Index(None, "incident_id"),
)

incident_element = Table(
    "incident_element",
    metadata,
    Column("incident_id", ForeignKey("incident.id"), primary_key=True),
    Column("element_id", String, primary_key=True),
    Column("impact", Integer, nullable=False),
    Column("since_at", UtcTime, nullable=False),
    Column("until_at", UtcTime),
    Column("verified_at", UtcTime),
    Column("withdrawn_at", UtcTime),
)

incident_area = Table(
    "incident_area",
    metadata,
    Column("incident_id", ForeignKey("incident.id"), primary_key=True),
    Column("element_id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("shape", String, nullable=False),
    Column("geometry", Json, nullable=False),
    one_of("shape", Shape),
)

incident_entry = Table(
    "incident_entry",
    metadata,
    Column("id", Id, primary_key=True),
    Column("incident_id", ForeignKey("incident.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("topic", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("details", Json, nullable=False),
    Index(None, "incident_id"),
)

word = Table(
    "word",
    metadata,
    Column("id", Id, primary_key=True),
    Column("incident_id", ForeignKey("incident.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("author", String, nullable=False),
    Column("correction", Boolean, nullable=False),
    Column("cause", String),
    Column("action", String),
    Column("estimate_at", UtcTime),
    Column("notes", Json, nullable=False),
    Column("notice_id", ForeignKey("notice.id")),
    Index(None, "incident_id", "notice_id"),
)
