"""Announced work, each statement of it, what it hits, and which element a provider's circuit is."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from tellfirst.domain.work import WorkHeld, WorkSource, WorkStatus
from tellfirst.store.tables.base import metadata, one_of
from tellfirst.store.types import Id, UtcTime

work = Table(
    "work",
    metadata,
    Column("id", Id, primary_key=True),
    # NULL until customers are to hear of it: held or tentative work has no audience.
    Column("incident_id", ForeignKey("incident.id"), unique=True),
    Column("provider", String, nullable=False),
    Column("external_id", String, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("status", String, nullable=False),
    Column("starts_at", UtcTime, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Column("impact", Integer, nullable=False),
    Column("playbook", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("held", String),
    Column("received_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    UniqueConstraint("provider", "external_id"),
    one_of("status", WorkStatus),
    one_of("held", WorkHeld),
    CheckConstraint("ends_at > starts_at", name="window"),
    Index(None, "provider", "starts_at"),
)

work_statement = Table(
    "work_statement",
    metadata,
    Column("id", Id, primary_key=True),
    Column("work_id", ForeignKey("work.id"), nullable=False),
    # A hash of what came in, so that the same notice may come again.
    Column("digest", String, nullable=False, unique=True),
    Column("source", String, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("status", String, nullable=False),
    Column("starts_at", UtcTime, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", String, nullable=False),
    # Under which number it came: every one of them leads to the work. NULL: under that of the work.
    Column("external_id", String),
    # When its provider wrote it; decides between equal sequences.
    Column("stamp", UtcTime),
    # What it brought.
    Column("verdict", String, nullable=False, server_default="new"),
    one_of("source", WorkSource),
    Index(None, "work_id"),
)

work_object = Table(
    "work_object",
    metadata,
    Column("work_id", ForeignKey("work.id"), primary_key=True),
    Column("object_id", String, primary_key=True),
    # NULL while nobody has said which element of ours it is.
    Column("element_id", String),
    # NULL: as the work says.
    Column("impact", Integer),
    # Of which account of ours the provider spoke: each is told of its own objects alone.
    Column("account", String),
    Index(None, "element_id"),
)

circuit = Table(
    "circuit",
    metadata,
    Column("provider", String, primary_key=True),
    Column("object_id", String, primary_key=True),
    Column("element_id", ForeignKey("element.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", String, nullable=False),
)
