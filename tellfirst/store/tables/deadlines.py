"""What we owe by policy: which packs bind an incident, each deadline, and what a person said about them."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from tellfirst.domain.deadline import Anchor, DeadlineName, DeadlineReason, DeadlineState, Hearer
from tellfirst.domain.pack import Ground
from tellfirst.store.tables.base import metadata, one_of
from tellfirst.store.types import Id, Json, UtcTime

deadline = Table(
    "deadline",
    metadata,
    Column("id", Id, primary_key=True),
    Column("incident_id", ForeignKey("incident.id"), nullable=False),
    Column("pack", String, nullable=False),
    Column("name", String, nullable=False),
    Column("audience", String, nullable=False),
    Column("anchor", String, nullable=False),
    # The contact it is about; 0 for the incident as a whole, because a NULL would be unique beside itself.
    Column("subject", Integer, nullable=False, server_default="0"),
    Column("number", Integer, nullable=False, server_default="1"),
    Column("anchor_at", UtcTime, nullable=False),
    # A word said before it was due for an earlier time: doing it counts from here on.
    Column("counts_from", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String),
    Column("settled_at", UtcTime),
    Column("settled_by", String),
    Column("late_by_seconds", Integer),
    UniqueConstraint("incident_id", "pack", "name", "audience", "anchor", "subject", "number"),
    one_of("name", DeadlineName),
    one_of("audience", Hearer),
    one_of("anchor", Anchor),
    one_of("state", DeadlineState),
    one_of("reason", DeadlineReason),
    CheckConstraint("(state = 'open') = (reason IS NULL)", name="open"),
    CheckConstraint("state NOT IN ('met', 'void') OR settled_at IS NOT NULL", name="settled"),
    CheckConstraint("due_at >= anchor_at", name="order"),
    Index(None, "state", "due_at"),
)

incident_pack = Table(
    "incident_pack",
    metadata,
    Column("incident_id", ForeignKey("incident.id"), primary_key=True),
    Column("pack", String, primary_key=True),
    Column("version", String, nullable=False),
    # NULL while it does not bind.
    Column("since_at", UtcTime),
    # It began to bind in the middle of the incident, not at the first look.
    Column("promoted", Boolean, nullable=False),
    Column("reasons", Json, nullable=False),
    Column("word_every_seconds", Integer),
    Column("declared_at", UtcTime),
    Column("declared_by", String),
    Column("declared_reason", String),
    Column("exempt_at", UtcTime),
    Column("exempt_by", String),
    Column("exempt_ground", String),
    Column("exempt_reason", String),
    one_of("exempt_ground", Ground),
    CheckConstraint(
        "exempt_at IS NULL OR (exempt_by IS NOT NULL AND exempt_ground IS NOT NULL AND exempt_reason IS NOT NULL)",
        name="exempt",
    ),
)

incident_scope = Table(
    "incident_scope",
    metadata,
    Column("incident_id", ForeignKey("incident.id"), primary_key=True),
    # Of the audience that was measured: measuring a million customers is done once for each.
    Column("revision", Integer, nullable=False),
    Column("measured", Json, nullable=False),
    # Of all that deadlines were laid from, and when time alone may change them: else there is nothing to lay.
    Column("digest", String),
    Column("again_at", UtcTime),
)

acknowledgement = Table(
    "acknowledgement",
    metadata,
    Column("incident_id", ForeignKey("incident.id"), primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("by", String, nullable=False),
)
