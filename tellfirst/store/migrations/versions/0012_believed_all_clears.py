"""What sources answered about causes reported gone, how each source stands, and what explains a storm."""

import sqlalchemy as sa
from alembic import op

from tellfirst.store.types import Id, UtcTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ANSWERS = (
    "'not_asked_yet', 'confirmed_gone', 'still_firing', 'vanished', 'source_silent', 'a_person_vouches'"
)


def upgrade() -> None:
    op.create_table(
        "confirmation",
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), primary_key=True),
        sa.Column("element_id", sa.String, primary_key=True),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("answer", sa.String, nullable=False),
        sa.Column("asked_at", UtcTime()),
        sa.Column("since_at", UtcTime(), nullable=False),
        sa.Column("held", sa.String),
        sa.CheckConstraint(f"answer IN ({_ANSWERS})", name="answer"),
    )
    op.create_table(
        "source_standing",
        sa.Column("source", sa.String, primary_key=True),
        sa.Column("heard_at", UtcTime()),
        sa.Column("polled_at", UtcTime()),
        sa.Column("answered_at", UtcTime()),
        sa.Column("fault", sa.String),
        sa.Column("to_do", sa.String),
    )
    op.create_table(
        "incident_explanation",
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), primary_key=True),
        sa.Column("element_id", sa.String, primary_key=True),
    )


def downgrade() -> None:
    for table in ("incident_explanation", "source_standing", "confirmation"):
        op.drop_table(table)
