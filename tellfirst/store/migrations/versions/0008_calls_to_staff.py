"""Calls to staff."""

import sqlalchemy as sa
from alembic import op

from tellfirst.store.types import Id, UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SUBJECTS = "'opened', 'next_update', 'restoration', 'deadline', 'approval', 'silence'"
_STATES = "'pending', 'sending', 'sent', 'failed', 'nobody', 'overtaken', 'needless'"


def upgrade() -> None:
    op.create_table(
        "escalation",
        sa.Column("id", Id, primary_key=True),
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("subject_id", Id, nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("duty", sa.String, nullable=False),
        sa.Column("due_at", UtcTime()),
        sa.Column("raised_at", UtcTime(), nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("try_count", sa.Integer, nullable=False),
        sa.Column("try_at", UtcTime()),
        sa.Column("sent_at", UtcTime()),
        sa.Column("acknowledged_at", UtcTime()),
        sa.Column("acknowledged_by", sa.String),
        sa.UniqueConstraint("subject", "subject_id", "level", "role", "position"),
        sa.CheckConstraint(f"subject IN ({_SUBJECTS})", name="subject"),
        sa.CheckConstraint(f"state IN ({_STATES})", name="state"),
    )
    op.create_index(None, "escalation", ["incident_id"])
    op.create_index(None, "escalation", ["state"])


def downgrade() -> None:
    op.drop_table("escalation")
