"""Who asked not to be asked: no survey goes to them, while every word about their service does."""

import sqlalchemy as sa
from alembic import op

from tellfirst.store.types import Id, UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "survey_refusal",
        sa.Column("customer_id", Id, sa.ForeignKey("customer.id"), primary_key=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("source", sa.String, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("survey_refusal")
