"""Questions before many are told, the last tick of the clock, and reports of gaps."""

import sqlalchemy as sa
from alembic import op

from tellfirst.store.types import Id, Json, UtcTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_OCCASION = "'first_word', 'update', 'overrun', 'restored', 'correction', 'survey'"
_STATE = "'open', 'approved', 'declined', 'lapsed', 'outdated'"


def upgrade() -> None:
    op.create_table(
        "approval",
        sa.Column("id", Id, primary_key=True),
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("occasion", sa.String, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("affected_count", sa.Integer, nullable=False),
        sa.Column("base_count", sa.Integer, nullable=False),
        sa.Column("latecomers", sa.Boolean, nullable=False),
        sa.Column("needed", sa.Integer, nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("first_by", sa.String),
        sa.Column("first_at", UtcTime()),
        sa.Column("second_by", sa.String),
        sa.Column("second_at", UtcTime()),
        sa.Column("reason", sa.String),
        sa.Column("told_at", UtcTime()),
        sa.CheckConstraint(f"occasion IN ({_OCCASION})", name="occasion"),
        sa.CheckConstraint(f"state IN ({_STATE})", name="state"),
        sa.CheckConstraint("needed IN (1, 2)", name="needed"),
        sa.CheckConstraint("first_by <> second_by", name="four_eyes"),
        sa.CheckConstraint(
            "state <> 'approved' OR (first_by IS NOT NULL AND (needed = 1 OR second_by IS NOT NULL))",
            name="agreed",
        ),
    )
    op.create_index(None, "approval", ["incident_id", "state"])
    op.create_table(
        "tick",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
    )
    op.create_table(
        "gap_report",
        sa.Column("id", Id, primary_key=True),
        sa.Column("since_at", UtcTime(), nullable=False),
        sa.Column("until_at", UtcTime(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("incident_count", sa.Integer, nullable=False),
        sa.Column("gaps", Json, nullable=False),
        sa.Column("page", sa.Text, nullable=False),
    )


def downgrade() -> None:
    for table in ("gap_report", "tick", "approval"):
        op.drop_table(table)
