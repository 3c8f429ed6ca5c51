"""Customers are asked whether theirs is still out before everybody hears that service is back."""

import sqlalchemy as sa
from alembic import op

from tellfirst.store.migrations.rewording import reword
from tellfirst.store.types import Id, UtcTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

OLD = ("newly_affected", "worse", "waiting", "back", "wrongly_told", "everyone")
NEW = (*OLD, "sample")


def upgrade() -> None:
    reword("notice", "whom", OLD, NEW)
    op.create_table(
        "sample",
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), primary_key=True),
        sa.Column("round", sa.Integer, primary_key=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
    )
    op.create_table(
        "sample_member",
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), primary_key=True),
        sa.Column("round", sa.Integer, primary_key=True),
        sa.Column("customer_id", Id, sa.ForeignKey("customer.id"), primary_key=True),
    )
    op.create_table(
        "still_out",
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), primary_key=True),
        sa.Column("customer_id", Id, sa.ForeignKey("customer.id"), primary_key=True),
        sa.Column("said_at", UtcTime(), nullable=False),
        sa.Column("settled_at", UtcTime()),
        sa.Column("settled_by", sa.String),
    )


def downgrade() -> None:
    for table in ("still_out", "sample_member", "sample"):
        op.drop_table(table)
    reword("notice", "whom", NEW, OLD)
