"""Calls to staff: each level of what comes near or is late, once; and who has taken it."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from tellfirst.domain.escalation import CallState, Subject
from tellfirst.store.tables.base import metadata, one_of
from tellfirst.store.types import Id, UtcTime

escalation = Table(
    "escalation",
    metadata,
    Column("id", Id, primary_key=True),
    # NULL for a contact that is about no incident.
    Column("incident_id", ForeignKey("incident.id")),
    Column("subject", String, nullable=False),
    # The promise, deadline, approval or contact it is about; the incident itself for the others.
    Column("subject_id", Id, nullable=False),
    Column("level", Integer, nullable=False),
    # A role of config/roles.yaml, and which place of its chain is asked, from 0.
    Column("role", String, nullable=False),
    Column("position", Integer, nullable=False),
    Column("duty", String, nullable=False),
    Column("due_at", UtcTime),
    Column("raised_at", UtcTime, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("try_count", Integer, nullable=False),
    # By the machine's clock: when it may be tried, or until when somebody is trying.
    Column("try_at", UtcTime),
    Column("sent_at", UtcTime),
    Column("acknowledged_at", UtcTime),
    Column("acknowledged_by", String),
    UniqueConstraint("subject", "subject_id", "level", "role", "position"),
    one_of("subject", Subject),
    one_of("state", CallState),
    Index(None, "incident_id"),
    Index(None, "state"),
)
