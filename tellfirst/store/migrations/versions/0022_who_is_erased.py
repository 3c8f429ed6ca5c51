"""Who is erased and must not come back; texts that anybody can make us send, counted."""

import sqlalchemy as sa
from alembic import op

from tellfirst.store import guards
from tellfirst.store.types import Id, Json, UtcTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", Id, primary_key=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("forced", sa.String),
        sa.Column("counts", Json, nullable=False),
        sa.Column("done_at", UtcTime()),
        sa.CheckConstraint("done_at IS NULL OR done_at >= at", name="done_at"),
    )
    op.create_table(
        "suppression",
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("until_at", UtcTime()),
        sa.CheckConstraint("kind IN ('reference', 'number', 'mail', 'address')", name="kind"),
    )
    op.create_index(None, "suppression", ["until_at"])
    op.create_table(
        "provoked_text",
        sa.Column("hour_at", UtcTime(), primary_key=True),
        sa.Column("scope", sa.String, primary_key=True),
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.CheckConstraint("scope IN ('number', 'prefix', 'country', 'total')", name="scope"),
    )
    op.create_table(
        "provoked_alarm",
        sa.Column("id", Id, primary_key=True),
        sa.Column("hour_at", UtcTime(), nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("withheld_count", sa.Integer, nullable=False, server_default="0"),
        sa.Column("told_at", UtcTime()),
        sa.CheckConstraint(
            "reason IN ('number_too_often', 'prefix_too_often', 'country_too_often', 'too_many_in_all', "
            "'country_not_served')",
            name="reason",
        ),
        sa.UniqueConstraint("hour_at", "reason", "subject"),
    )
    op.create_index(None, "provoked_alarm", ["told_at"])
    guards.put_again(op.get_bind())


def downgrade() -> None:
    # The guard looks at `erasure`: it goes first, and comes back without its door.
    guards.remove(op.get_bind())
    for table in ("provoked_alarm", "provoked_text", "suppression", "erasure"):
        op.drop_table(table)
    guards.put(op.get_bind())
