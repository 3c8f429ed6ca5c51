"""Announced work is told: four more occasions, and when the work of an incident is to end."""

import sqlalchemy as sa
from alembic import op

from tellfirst.store import guards
from tellfirst.store.migrations.rewording import reword
from tellfirst.store.types import UtcTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_BEFORE = ("first_word", "update", "overrun", "restored", "correction", "survey")
_OF_WORK = {"planned": "first_word", "reminder": "update", "started": "first_word", "cancelled": "correction"}
"""Each with the word it would have been before."""
_NOW = (*_BEFORE, *_OF_WORK)


def upgrade() -> None:
    for table in ("notice", "approval"):
        reword(table, "occasion", _BEFORE, _NOW)
    op.add_column("incident", sa.Column("ends_at", UtcTime()))
    op.add_column("incident", sa.Column("work_status", sa.String))
    guards.put_again(op.get_bind())


def downgrade() -> None:
    for word, before in _OF_WORK.items():
        for table in ("notice", "delivery", "approval"):
            as_before = sa.text(f"UPDATE {table} SET occasion = :before WHERE occasion = :word")  # noqa: S608 - ours
            op.execute(as_before.bindparams(before=before, word=word))
    for column in ("work_status", "ends_at"):
        op.drop_column("incident", column)
    for table in ("approval", "notice"):
        reword(table, "occasion", _NOW, _BEFORE)
    guards.put_again(op.get_bind())
