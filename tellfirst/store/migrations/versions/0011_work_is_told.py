"""Announced work is told: four more occasions, and when the work of an incident is to end."""

import sqlalchemy as sa
from alembic import op

from tellfirst.store import guards
from tellfirst.store.types import Id, Json, UtcTime

revision = "0011"
down_revision = "0006"
branch_labels = None
depends_on = None

_BEFORE = ("first_word", "update", "overrun", "restored", "correction", "survey")
_OF_WORK = {"planned": "first_word", "reminder": "update", "started": "first_word", "cancelled": "correction"}
"""Each with the word it would have been before."""


def upgrade() -> None:
    _notices_may_be(*_BEFORE, *_OF_WORK)
    op.add_column("incident", sa.Column("ends_at", UtcTime()))
    op.add_column("incident", sa.Column("work_status", sa.String))
    guards.put_again(op.get_bind())


def downgrade() -> None:
    for word, before in _OF_WORK.items():
        for table in ("notice", "delivery"):
            as_before = sa.text(f"UPDATE {table} SET occasion = :before WHERE occasion = :word")  # noqa: S608 - ours
            op.execute(as_before.bindparams(before=before, word=word))
    for column in ("work_status", "ends_at"):
        op.drop_column("incident", column)
    _notices_may_be(*_BEFORE)
    guards.put_again(op.get_bind())


def _one_of(column: str, *words: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


def _notices_may_be(*occasions: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("ck_notice_occasion", "notice")
        op.create_check_constraint("occasion", "notice", _one_of("occasion", *occasions).sqltext)
        return
    # SQLite changes no constraint in place, and takes the table away only while its references may wait: until the
    # end of this transaction, when the same rows are there again.
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute("CREATE TABLE kept AS SELECT * FROM notice")
    op.drop_table("notice")
    doubt = ("look_up_then_resend", "never_twice", "at_least_once")
    whom = ("newly_affected", "worse", "waiting", "back", "wrongly_told", "everyone")
    op.create_table(
        "notice",
        sa.Column("id", Id, primary_key=True),
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("occasion", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("holding", sa.Boolean, nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("template_version", sa.String, nullable=False),
        sa.Column("audience_revision", sa.Integer, nullable=False),
        sa.Column("author", sa.String, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("spoken_at", UtcTime),
        sa.Column("next_update_at", UtcTime),
        sa.Column("estimate_at", UtcTime),
        sa.Column("whom", sa.String, _one_of("whom", *whom), nullable=False, server_default="everyone"),
        sa.Column(
            "doubt", sa.String, _one_of("doubt", *doubt), nullable=False, server_default="look_up_then_resend"
        ),
        sa.Column("halted_at", UtcTime),
        sa.Column("halted_reason", sa.String),
        sa.UniqueConstraint("incident_id", "sequence"),
        _one_of("occasion", *occasions),
    )
    op.execute("INSERT INTO notice SELECT * FROM kept")
    op.drop_table("kept")
