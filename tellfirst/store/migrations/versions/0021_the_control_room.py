"""Accounts of the control room with sessions and tokens, the append-only audit, and answers to repeated requests."""

import sqlalchemy as sa
from alembic import op

from tellfirst.store import guards
from tellfirst.store.types import Id, Json, UtcTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_THROUGH = "'room', 'api', 'cli'"


def upgrade() -> None:
    _accounts()
    op.create_table(
        "audit_entry",
        sa.Column("id", Id, primary_key=True),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("account", sa.String, nullable=False),
        sa.Column("through", sa.String, nullable=False),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id")),
        sa.Column("customer_id", Id),
        sa.Column("details", Json, nullable=False),
        sa.CheckConstraint(f"through IN ({_THROUGH})", name="through"),
    )
    for column in ("account", "incident_id", "customer_id"):
        op.create_index(f"ix_audit_entry_{column}", "audit_entry", [column])
    op.create_table(
        "api_answer",
        sa.Column("account_id", Id, sa.ForeignKey("account.id"), primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("request_hash", sa.String, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("body", Json),
    )
    op.create_index("ix_api_answer_at", "api_answer", ["at"])
    guards.put(op.get_bind(), guards.OF_THE_AUDIT)


def _accounts() -> None:
    op.create_table(
        "account",
        sa.Column("id", Id, primary_key=True),
        sa.Column("name", sa.String, nullable=False, unique=True),
        sa.Column("password_hash", sa.String, nullable=False),
        sa.Column("roles", Json, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("password_at", UtcTime, nullable=False),
        sa.CheckConstraint("state IN ('active', 'disabled')", name="state"),
    )
    op.create_table(
        "room_session",
        sa.Column("token_hash", sa.String, primary_key=True),
        sa.Column("account_id", Id, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("begun_at", UtcTime, nullable=False),
        sa.Column("seen_at", UtcTime, nullable=False),
    )
    op.create_index("ix_room_session_account_id", "room_session", ["account_id"])
    op.create_table(
        "api_token",
        sa.Column("id", Id, primary_key=True),
        sa.Column("account_id", Id, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("label", sa.String, nullable=False),
        sa.Column("token_hash", sa.String, nullable=False, unique=True),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("expires_at", UtcTime),
        sa.Column("revoked_at", UtcTime),
    )
    op.create_index("ix_api_token_account_id", "api_token", ["account_id"])
    op.create_table(
        "login_try",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("failure_count", sa.Integer, nullable=False),
        sa.Column("last_at", UtcTime, nullable=False),
    )
    op.create_index("ix_login_try_last_at", "login_try", ["last_at"])


def downgrade() -> None:
    guards.remove(op.get_bind(), guards.OF_THE_AUDIT)
    for table in ("api_answer", "audit_entry", "login_try", "api_token", "room_session", "account"):
        op.drop_table(table)
