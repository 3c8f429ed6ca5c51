"""Contacts at every door: what they are about, how far they are, every answer, and the files that came with them."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from tellfirst.store.types import Id, Json, UtcTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_DOORS = "'sms', 'whatsapp', 'voice', 'email', 'fax', 'web', 'agent'"
_CHECKS = {
    "channel": f"channel IN ({_DOORS})",
    "kind": "kind IN ('enquiry', 'order', 'service_request', 'incident_report', 'invoice_query', 'complaint')",
    "match": "match IN ('known', 'announced', 'over', 'missed', 'opened', 'none')",
    "state": "state IN ('received', 'answered', 'waiting', 'taken', 'closed')",
    "closed": "(state = 'closed') = (closed_at IS NOT NULL)",
    "queue": "state NOT IN ('waiting', 'taken') OR queue IS NOT NULL",
    "taken": "state <> 'taken' OR taken_by IS NOT NULL",
}
_COLUMNS: tuple[tuple[str, Any, dict[str, Any]], ...] = (
    ("subject", sa.String, {}),
    ("language", sa.String, {}),
    ("service", sa.String, {}),
    ("place", sa.String, {}),
    ("sureness", sa.Float, {}),
    ("because", Json, {}),
    ("match", sa.String, {}),
    ("state", sa.String, {"nullable": False, "server_default": "received"}),
    ("state_reason", sa.String, {}),
    ("queue", sa.String, {}),
    ("answer_due_at", UtcTime, {}),
    ("taken_by", sa.String, {}),
    ("taken_at", UtcTime, {}),
    ("closed_at", UtcTime, {}),
)


_BEFORE = (
    *("id", "channel", "carrier_event", "address", "customer_id", "incident_id", "kind", "intent", "body"),
    *("received_at", "answered_at", "answer_kind", "answer"),
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _anew((*_columns(kind_is_known=False), *_new_columns()), _CHECKS)
    else:
        for column in _new_columns():
            op.add_column("contact", column)
        op.alter_column("contact", "kind", nullable=True)
        for name, check in _CHECKS.items():
            op.create_check_constraint(op.f(f"ck_contact_{name}"), "contact", check)
    op.create_index("ix_contact_state_answer_due_at", "contact", ["state", "answer_due_at"])
    op.create_index("ix_contact_received_at", "contact", ["received_at"])
    op.execute("UPDATE contact SET state = 'answered' WHERE answered_at IS NOT NULL")
    op.create_table(
        "contact_answer",
        sa.Column("id", Id, primary_key=True),
        sa.Column("contact_id", Id, sa.ForeignKey("contact.id"), nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("author", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("subject", sa.String),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("carrier", sa.String),
        sa.Column("carrier_reference", sa.String),
        sa.Column("try_count", sa.Integer, nullable=False, server_default="0"),
        sa.Column("try_at", UtcTime),
        sa.Column("sent_at", UtcTime),
        sa.CheckConstraint(f"channel IN ({_DOORS})", name="channel"),
        sa.CheckConstraint("state IN ('given', 'pending', 'sending', 'sent', 'failed')", name="state"),
        sa.CheckConstraint("(state IN ('given', 'sent')) = (sent_at IS NOT NULL)", name="sent"),
    )
    op.create_index("ix_contact_answer_contact_id", "contact_answer", ["contact_id"])
    op.create_index("ix_contact_answer_state_try_at", "contact_answer", ["state", "try_at"])
    op.execute(
        "INSERT INTO contact_answer (contact_id, kind, author, channel, body, at, state, sent_at) "
        "SELECT id, answer_kind, 'tellfirst', channel, answer, answered_at, 'given', answered_at "
        "FROM contact WHERE answered_at IS NOT NULL AND answer IS NOT NULL AND answer_kind IS NOT NULL"
    )
    op.create_table(
        "contact_file",
        sa.Column("id", Id, primary_key=True),
        sa.Column("contact_id", Id, sa.ForeignKey("contact.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("media_type", sa.String, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("text", sa.Text),
        sa.UniqueConstraint("contact_id", "number"),
    )


def downgrade() -> None:
    op.drop_table("contact_file")
    op.drop_table("contact_answer")
    for name in ("received_at", "state_answer_due_at"):
        op.drop_index(f"ix_contact_{name}", "contact")
    # What was not understood was kept as an enquiry before.
    op.execute("UPDATE contact SET kind = 'enquiry' WHERE kind IS NULL")
    if op.get_bind().dialect.name == "sqlite":
        _anew(_columns(kind_is_known=True), {})
        return
    for name in reversed(_CHECKS):
        op.drop_constraint(op.f(f"ck_contact_{name}"), "contact", type_="check")
    op.alter_column("contact", "kind", nullable=False)
    for column in reversed(_new_columns()):
        op.drop_column("contact", column.name)


def _columns(*, kind_is_known: bool) -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("id", Id, primary_key=True),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("carrier_event", sa.String, nullable=False, unique=True),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("customer_id", Id, sa.ForeignKey("customer.id")),
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id")),
        sa.Column("kind", sa.String, nullable=not kind_is_known),
        sa.Column("intent", sa.String, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("received_at", UtcTime, nullable=False),
        sa.Column("answered_at", UtcTime),
        sa.Column("answer_kind", sa.String),
        sa.Column("answer", sa.Text),
    )


def _new_columns() -> tuple[sa.Column[Any], ...]:
    return tuple(sa.Column(name, kind, **how) for name, kind, how in _COLUMNS)


def _anew(columns: tuple[sa.Column[Any], ...], checks: Mapping[str, str]) -> None:
    """SQLite changes a column only by building the table anew. Nothing points to this one."""
    for name in ("customer_id", "incident_id"):
        op.drop_index(f"ix_contact_{name}", "contact")
    op.rename_table("contact", "contact_before")
    op.create_table(
        "contact", *columns, *(sa.CheckConstraint(check, name=name) for name, check in checks.items())
    )
    names = ", ".join(_BEFORE)
    op.execute(f"INSERT INTO contact ({names}) SELECT {names} FROM contact_before")  # noqa: S608 - ours
    op.drop_table("contact_before")
    for name in ("customer_id", "incident_id"):
        op.create_index(f"ix_contact_{name}", "contact", [name])
