"""Announced work, each statement of it, and what it hits."""

import sqlalchemy as sa
from alembic import op

from tellfirst.store.types import Id, UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_STATUS = "'tentative', 'confirmed', 'in_process', 'completed', 'cancelled'"
_HELD = "'unknown_circuit', 'no_playbook', 'never_announced', 'perhaps_the_same'"


def upgrade() -> None:
    op.create_table(
        "work",
        sa.Column("id", Id, primary_key=True),
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), unique=True),
        sa.Column("provider", sa.String, nullable=False),
        sa.Column("external_id", sa.String, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("starts_at", UtcTime(), nullable=False),
        sa.Column("ends_at", UtcTime(), nullable=False),
        sa.Column("impact", sa.Integer, nullable=False),
        sa.Column("playbook", sa.String, nullable=False),
        sa.Column("zone", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("held", sa.String),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.UniqueConstraint("provider", "external_id"),
        sa.CheckConstraint(f"status IN ({_STATUS})", name="status"),
        sa.CheckConstraint(f"held IN ({_HELD})", name="held"),
        sa.CheckConstraint("ends_at > starts_at", name="window"),
    )
    op.create_index(None, "work", ["provider", "starts_at"])
    op.create_table(
        "work_statement",
        sa.Column("id", Id, primary_key=True),
        sa.Column("work_id", Id, sa.ForeignKey("work.id"), nullable=False),
        sa.Column("digest", sa.String, nullable=False, unique=True),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("starts_at", UtcTime(), nullable=False),
        sa.Column("ends_at", UtcTime(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.CheckConstraint("source IN ('ical', 'mail', 'csv', 'cli', 'form')", name="source"),
    )
    op.create_index(None, "work_statement", ["work_id"])
    op.create_table(
        "work_object",
        sa.Column("work_id", Id, sa.ForeignKey("work.id"), primary_key=True),
        sa.Column("object_id", sa.String, primary_key=True),
        sa.Column("element_id", sa.String),
    )
    op.create_index(None, "work_object", ["element_id"])


def downgrade() -> None:
    for table in ("work_object", "work_statement", "work"):
        op.drop_table(table)
