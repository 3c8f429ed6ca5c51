"""What we owe by policy: deadlines, the packs that bind an incident, its measured scope, and who took it."""

import sqlalchemy as sa
from alembic import op

from tellfirst.store.types import Id, Json, UtcTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_NAMES = (
    "'acknowledge', 'public_by', 'push_started_by', 'push_p50_by', 'push_p95_by', 'estimate', 'update', 'restore', "
    "'close', 'answer', 'receipt', 'claims', 'pay', 'signpost', 'alert', 'details', 'report', 'final_report'"
)
_HEARERS = "'customers', 'operators', 'regulator', 'emergency_services'"
_ANCHORS = (
    "'started', 'detected', 'acknowledged', 'told', 'restored', 'verified', 'reported', "
    "'work_starts', 'work_ends'"
)
_REASONS = (
    "'met_in_time', 'time_passed', 'met_late', 'never_met', 'no_longer_asked', 'pack_left', 'exempt', 'over'"
)
_GROUNDS = (
    "'natural_disaster', 'force_majeure', 'security', 'customers_own_fault', 'statutory_order', 'announced_work', "
    "'upstream_carrier', 'severe_weather'"
)


def upgrade() -> None:
    op.create_table(
        "deadline",
        sa.Column("id", Id, primary_key=True),
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("pack", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("audience", sa.String, nullable=False),
        sa.Column("anchor", sa.String, nullable=False),
        sa.Column("subject", sa.Integer, nullable=False, server_default="0"),
        sa.Column("number", sa.Integer, nullable=False, server_default="1"),
        sa.Column("anchor_at", UtcTime(), nullable=False),
        sa.Column("counts_from", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("settled_at", UtcTime()),
        sa.Column("settled_by", sa.String),
        sa.Column("late_by_seconds", sa.Integer),
        sa.UniqueConstraint("incident_id", "pack", "name", "audience", "anchor", "subject", "number"),
        sa.CheckConstraint(f"name IN ({_NAMES})", name="name"),
        sa.CheckConstraint(f"audience IN ({_HEARERS})", name="audience"),
        sa.CheckConstraint(f"anchor IN ({_ANCHORS})", name="anchor"),
        sa.CheckConstraint("state IN ('open', 'met', 'missed', 'void')", name="state"),
        sa.CheckConstraint(f"reason IN ({_REASONS})", name="reason"),
        sa.CheckConstraint("(state = 'open') = (reason IS NULL)", name="open"),
        sa.CheckConstraint("state NOT IN ('met', 'void') OR settled_at IS NOT NULL", name="settled"),
        sa.CheckConstraint("due_at >= anchor_at", name="order"),
    )
    op.create_index(None, "deadline", ["state", "due_at"])
    op.create_table(
        "incident_pack",
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), primary_key=True),
        sa.Column("pack", sa.String, primary_key=True),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("since_at", UtcTime()),
        sa.Column("promoted", sa.Boolean, nullable=False),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("word_every_seconds", sa.Integer),
        sa.Column("declared_at", UtcTime()),
        sa.Column("declared_by", sa.String),
        sa.Column("declared_reason", sa.String),
        sa.Column("exempt_at", UtcTime()),
        sa.Column("exempt_by", sa.String),
        sa.Column("exempt_ground", sa.String),
        sa.Column("exempt_reason", sa.String),
        sa.CheckConstraint(f"exempt_ground IN ({_GROUNDS})", name="exempt_ground"),
        sa.CheckConstraint(
            "exempt_at IS NULL OR (exempt_by IS NOT NULL AND exempt_ground IS NOT NULL AND exempt_reason IS NOT NULL)",
            name="exempt",
        ),
    )
    op.create_table(
        "incident_scope",
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("measured", Json, nullable=False),
        sa.Column("digest", sa.String),
        sa.Column("again_at", UtcTime()),
    )
    op.create_table(
        "acknowledgement",
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), primary_key=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("by", sa.String, nullable=False),
    )


def downgrade() -> None:
    for table in ("acknowledgement", "incident_scope", "incident_pack", "deadline"):
        op.drop_table(table)
