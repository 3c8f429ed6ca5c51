"""Numbers that take no texts are known as such; who was not reached is found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "customer", sa.Column("phone_landline", sa.Boolean, nullable=False, server_default=sa.false())
    )
    unmet = sa.text("state IN ('undelivered', 'failed', 'unconfirmed', 'cancelled')")
    op.create_index(
        "ix_delivery_unmet", "delivery", ["notice_id"], sqlite_where=unmet, postgresql_where=unmet
    )


def downgrade() -> None:
    op.drop_index("ix_delivery_unmet", "delivery")
    op.drop_column("customer", "phone_landline")
