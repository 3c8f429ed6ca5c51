"""Which element a provider's circuit is; under which number and when each statement of work was written."""

import sqlalchemy as sa
from alembic import op

from tellfirst.store.types import UtcTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "circuit",
        sa.Column("provider", sa.String, primary_key=True),
        sa.Column("object_id", sa.String, primary_key=True),
        sa.Column("element_id", sa.String, sa.ForeignKey("element.id"), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("actor", sa.String, nullable=False),
    )
    # SQLite puts an added column behind the constraints; built anew, the table reads like one made at once.
    with op.batch_alter_table("work_statement", recreate="auto") as batch:
        batch.add_column(sa.Column("external_id", sa.String))
        batch.add_column(sa.Column("stamp", UtcTime()))
        batch.add_column(sa.Column("verdict", sa.String, nullable=False, server_default="new"))
    with op.batch_alter_table("work_object", recreate="auto") as batch:
        batch.add_column(sa.Column("impact", sa.Integer))
        batch.add_column(sa.Column("account", sa.String))


def downgrade() -> None:
    for table, columns in (
        ("work_object", ("account", "impact")),
        ("work_statement", ("verdict", "stamp", "external_id")),
    ):
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column)
    op.drop_table("circuit")
