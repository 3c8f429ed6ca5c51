"""Questions to a person before many customers are told, and what was answered."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table

from tellfirst.domain.approval import ApprovalState
from tellfirst.domain.occasion import Occasion
from tellfirst.store.tables.base import metadata, one_of
from tellfirst.store.types import Id, UtcTime

approval = Table(
    "approval",
    metadata,
    Column("id", Id, primary_key=True),
    Column("incident_id", ForeignKey("incident.id"), nullable=False),
    Column("occasion", String, nullable=False),
    Column("revision", Integer, nullable=False),
    # Of the texts, the facts and the revision it was asked about.
    Column("digest", String, nullable=False),
    Column("affected_count", Integer, nullable=False),
    Column("base_count", Integer, nullable=False),
    Column("latecomers", Boolean, nullable=False),
    Column("needed", Integer, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("state", String, nullable=False),
    Column("first_by", String),
    Column("first_at", UtcTime),
    Column("second_by", String),
    Column("second_at", UtcTime),
    Column("reason", String),
    Column("told_at", UtcTime),
    one_of("occasion", Occasion),
    one_of("state", ApprovalState),
    CheckConstraint("needed IN (1, 2)", name="needed"),
    CheckConstraint("first_by <> second_by", name="four_eyes"),
    CheckConstraint(
        "state <> 'approved' OR (first_by IS NOT NULL AND (needed = 1 OR second_by IS NOT NULL))",
        name="agreed",
    ),
    Index(None, "incident_id", "state"),
)
