"""Who asked whether they are affected, as hashes."""

import sqlalchemy as sa
from alembic import op

from tellfirst.store.types import Id, UtcTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "affected_question",
        sa.Column("id", Id, primary_key=True),
        sa.Column("number_hash", sa.String, nullable=False),
        sa.Column("address_hash", sa.String, nullable=False),
        sa.Column("code_hash", sa.String, nullable=False),
        sa.Column("asked_at", UtcTime, nullable=False),
        sa.Column("try_count", sa.Integer, nullable=False, server_default="0"),
        sa.Column("used_at", UtcTime),
        sa.Column("contact_id", Id, sa.ForeignKey("contact.id", ondelete="SET NULL")),
    )
    op.create_index(
        "ix_affected_question_number_hash_asked_at", "affected_question", ["number_hash", "asked_at"]
    )
    op.create_index(
        "ix_affected_question_address_hash_asked_at", "affected_question", ["address_hash", "asked_at"]
    )
    op.create_index("ix_affected_question_asked_at", "affected_question", ["asked_at"])


def downgrade() -> None:
    op.drop_table("affected_question")
