"""Contacts are answered: what of the network they are about, late answers told to staff, and what both are found by."""

import sqlalchemy as sa
from alembic import op

from tellfirst.store.types import Id, UtcTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_BEFORE = ("opened", "next_update", "restoration", "deadline", "approval", "silence")
_STATES = ("pending", "sending", "sent", "failed", "nobody", "overtaken", "needless")


def upgrade() -> None:
    op.add_column("contact", sa.Column("element_id", sa.String))
    op.create_index("ix_contact_element_id_received_at", "contact", ["element_id", "received_at"])
    op.create_index("ix_incident_stage_closed_at", "incident", ["stage", "closed_at"])
    op.create_index("ix_element_area", "element", ["area"])
    _let_calls_be_about((*_BEFORE, "contact"), of_an_incident=False)


def downgrade() -> None:
    op.execute("DELETE FROM escalation WHERE subject = 'contact'")
    _let_calls_be_about(_BEFORE, of_an_incident=True)
    op.drop_index("ix_element_area", "element")
    op.drop_index("ix_incident_stage_closed_at", "incident")
    op.drop_index("ix_contact_element_id_received_at", "contact")
    op.drop_column("contact", "element_id")


def _let_calls_be_about(subjects: tuple[str, ...], *, of_an_incident: bool) -> None:
    listed = f"subject IN ({', '.join(repr(one) for one in subjects)})"
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_escalation_subject"), "escalation")
        op.create_check_constraint(op.f("ck_escalation_subject"), "escalation", listed)
        op.alter_column("escalation", "incident_id", nullable=of_an_incident is False)
        return
    # SQLite changes no constraint in place; nothing refers to a call.
    for name in ("incident_id", "state"):
        op.drop_index(f"ix_escalation_{name}", "escalation")
    op.rename_table("escalation", "escalation_before")
    op.create_table(
        "escalation",
        sa.Column("id", Id, primary_key=True),
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), nullable=not of_an_incident),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("subject_id", Id, nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("duty", sa.String, nullable=False),
        sa.Column("due_at", UtcTime),
        sa.Column("raised_at", UtcTime, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("try_count", sa.Integer, nullable=False),
        sa.Column("try_at", UtcTime),
        sa.Column("sent_at", UtcTime),
        sa.Column("acknowledged_at", UtcTime),
        sa.Column("acknowledged_by", sa.String),
        sa.UniqueConstraint("subject", "subject_id", "level", "role", "position"),
        sa.CheckConstraint(listed, name="subject"),
        sa.CheckConstraint(f"state IN ({', '.join(repr(one) for one in _STATES)})", name="state"),
    )
    for name in ("incident_id", "state"):
        op.create_index(f"ix_escalation_{name}", "escalation", [name])
    op.execute("INSERT INTO escalation SELECT * FROM escalation_before")
    op.drop_table("escalation_before")
