"""Pages of one's own: links and what ends them, changed wishes, and scores of either kind of survey."""

import sqlalchemy as sa
from alembic import op

from tellfirst.store.types import Id, UtcTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_BEFORE = ("delivery_id", "incident_id", "customer_id", "score", "comment", "channel", "at")
_SCORE_BEFORE = "score BETWEEN 1 AND 5"
_SCORE = "score BETWEEN 0 AND 10 AND (kind = 'nps' OR score BETWEEN 1 AND 5)"
_KIND = "kind IN ('csat', 'nps')"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _anew(with_kind=True)
    else:
        op.add_column("response", _kind())
        op.drop_constraint(op.f("ck_response_score"), "response", type_="check")
        op.create_check_constraint(op.f("ck_response_kind"), "response", _KIND)
        op.create_check_constraint(op.f("ck_response_score"), "response", _SCORE)
    op.create_index("ix_response_customer_id", "response", ["customer_id"])
    op.create_table(
        "link_token",
        sa.Column("hash", sa.String, primary_key=True),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("delivery_id", Id, sa.ForeignKey("delivery.id"), nullable=False),
        sa.Column("customer_id", Id, sa.ForeignKey("customer.id"), nullable=False),
        sa.Column("expires_at", UtcTime, nullable=False),
        sa.CheckConstraint("purpose IN ('survey')", name="purpose"),
    )
    for column in ("customer_id", "delivery_id"):
        op.create_index(f"ix_link_token_{column}", "link_token", [column])
    op.create_table(
        "link_revocation",
        sa.Column("customer_id", Id, sa.ForeignKey("customer.id"), primary_key=True),
        sa.Column("until_at", UtcTime, nullable=False),
        sa.Column("source", sa.String, nullable=False),
    )
    op.create_table(
        "preference_change",
        sa.Column("id", Id, primary_key=True),
        sa.Column("customer_id", Id, sa.ForeignKey("customer.id"), nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("was", sa.String),
        sa.Column("became", sa.String),
        sa.Column("source", sa.String, nullable=False),
    )
    op.create_index("ix_preference_change_customer_id", "preference_change", ["customer_id"])


def downgrade() -> None:
    for table in ("preference_change", "link_revocation", "link_token"):
        op.drop_table(table)
    op.drop_index("ix_response_customer_id", "response")
    # What was asked with another scale cannot be told on the old one.
    op.execute("DELETE FROM response WHERE kind <> 'csat'")
    if op.get_bind().dialect.name == "sqlite":
        _anew(with_kind=False)
        return
    for name in ("score", "kind"):
        op.drop_constraint(op.f(f"ck_response_{name}"), "response", type_="check")
    op.drop_column("response", "kind")
    op.create_check_constraint(op.f("ck_response_score"), "response", _SCORE_BEFORE)


def _kind() -> sa.Column[str]:
    return sa.Column("kind", sa.String, nullable=False, server_default="csat")


def _anew(*, with_kind: bool) -> None:
    """SQLite changes a check only by building the table anew. Nothing points to this one."""
    op.drop_index("ix_response_incident_id", "response")
    op.rename_table("response", "response_before")
    op.create_table(
        "response",
        sa.Column("delivery_id", Id, sa.ForeignKey("delivery.id"), primary_key=True),
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("customer_id", Id, sa.ForeignKey("customer.id"), nullable=False),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        *([_kind(), sa.CheckConstraint(_KIND, name="kind")] if with_kind else []),
        sa.CheckConstraint(_SCORE if with_kind else _SCORE_BEFORE, name="score"),
    )
    names = ", ".join(_BEFORE)
    op.execute(f"INSERT INTO response ({names}) SELECT {names} FROM response_before")  # noqa: S608 - ours
    op.drop_table("response_before")
    op.create_index("ix_response_incident_id", "response", ["incident_id"])
