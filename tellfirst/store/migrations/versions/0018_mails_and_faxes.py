"""Mails are answered below what they answer; files that were not kept say why; contacts are found by their address."""

import sqlalchemy as sa
from alembic import op

from tellfirst.store.types import Id

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact_mail",
        sa.Column("contact_id", Id, sa.ForeignKey("contact.id"), primary_key=True, autoincrement=False),
        sa.Column("message_id", sa.String, nullable=False),
        sa.Column("thread", sa.String, nullable=False),
    )
    op.add_column("contact_file", sa.Column("left_out", sa.String))
    op.create_index("ix_contact_address_received_at", "contact", ["address", "received_at"])


def downgrade() -> None:
    op.drop_index("ix_contact_address_received_at", "contact")
    op.drop_column("contact_file", "left_out")
    op.drop_table("contact_mail")
