"""The texts of each version, and who read a message: so that what was said can be rebuilt from the books alone."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "text_source",
        sa.Column("version", sa.String, primary_key=True),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
    )
    op.add_column("delivery", sa.Column("reader", sa.String))


def downgrade() -> None:
    op.drop_column("delivery", "reader")
    op.drop_table("text_source")
