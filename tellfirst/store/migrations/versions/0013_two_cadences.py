"""Two cadences: words that are published where customers look, and the promise of the next of them."""

import sqlalchemy as sa
from alembic import op

from tellfirst.store.types import Id, UtcTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_REACH = sa.CheckConstraint("reach IN ('push', 'pull')", name="reach")
_BY_PUSH = ("next_update", "restoration")


def upgrade() -> None:
    op.add_column("notice", sa.Column("reach", sa.String, _REACH, nullable=False, server_default="push"))
    _let_promises_be(*_BY_PUSH, "page_update")


def downgrade() -> None:
    op.execute("DELETE FROM promise WHERE kind = 'page_update'")
    _let_promises_be(*_BY_PUSH)
    # A published word has no deliveries, so nothing but later promises' answers speaks of it.
    op.execute(
        "UPDATE promise SET settled_by = NULL WHERE settled_by IN (SELECT id FROM notice WHERE reach = 'pull')"
    )
    op.execute("DELETE FROM notice WHERE reach = 'pull'")
    op.drop_column("notice", "reach")


def _let_promises_be(*kinds: str) -> None:
    listed = f"kind IN ({', '.join(repr(kind) for kind in kinds)})"
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("ck_promise_kind", "promise")
        op.create_check_constraint("kind", "promise", listed)
        return
    # SQLite changes no constraint in place; nothing refers to a promise.
    op.execute("CREATE TABLE kept AS SELECT * FROM promise")
    op.drop_table("promise")
    op.create_table(
        "promise",
        sa.Column("id", Id, primary_key=True),
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("notice_id", Id, sa.ForeignKey("notice.id"), nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("made_at", UtcTime, nullable=False),
        sa.Column("due_at", UtcTime, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("settled_at", UtcTime),
        sa.Column("settled_by", Id, sa.ForeignKey("notice.id")),
        sa.Column("late_by_seconds", sa.Integer, nullable=False, server_default="0"),
        sa.Column("reason", sa.String),
        sa.UniqueConstraint("notice_id", "kind"),
        sa.CheckConstraint(listed, name="kind"),
        sa.CheckConstraint("state IN ('open', 'kept', 'broken', 'replaced')", name="state"),
        sa.CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled"),
    )
    op.create_index(None, "promise", ["incident_id", "state"])
    op.execute("INSERT INTO promise SELECT * FROM kept")
    op.drop_table("kept")
