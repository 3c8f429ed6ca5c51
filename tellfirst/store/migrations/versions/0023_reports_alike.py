"""Reports that nothing explains yet are found without looking through a city."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_contact_match_service_received_at", "contact", ["match", "service", "received_at"])


def downgrade() -> None:
    op.drop_index("ix_contact_match_service_received_at", "contact")
