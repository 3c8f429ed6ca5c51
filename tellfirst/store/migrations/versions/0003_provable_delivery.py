"""Provable delivery: stops, anomalies, doubt by notice, several carriers, contact points of other channels."""

import sqlalchemy as sa
from alembic import op

from tellfirst.store import guards
from tellfirst.store.types import Id, Json, UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NEW_TABLES = (
    "contact_point",
    "anomaly",
    "stop",
    "ledger_mark",
    "sender",
    "carrier_standing",
    "carrier_entry",
)


def upgrade() -> None:
    _new_tables()
    op.execute("ALTER TABLE delivery RENAME COLUMN asked_at TO look_up_at")
    op.execute("UPDATE delivery SET look_up_at = coalesce(look_up_at, intended_at) WHERE state = 'unknown'")
    doubt = _one_of("doubt", "look_up_then_resend", "never_twice", "at_least_once")
    op.add_column(
        "notice", sa.Column("doubt", sa.String, doubt, nullable=False, server_default="look_up_then_resend")
    )
    op.add_column("notice", sa.Column("halted_at", UtcTime))
    op.add_column("notice", sa.Column("halted_reason", sa.String))
    op.add_column("chunk", sa.Column("wave", sa.Integer, nullable=False, server_default="0"))
    _let_the_audience_have("sms", "email", "whatsapp", "voice", "fax", "webhook", "none")
    guards.put_again(op.get_bind(), "delivery_keeps_its_end")


def downgrade() -> None:
    _let_the_audience_have("sms", "email", "none")
    op.drop_column("chunk", "wave")
    for name in ("halted_reason", "halted_at", "doubt"):
        op.drop_column("notice", name)
    op.execute("ALTER TABLE delivery RENAME COLUMN look_up_at TO asked_at")
    for name in reversed(NEW_TABLES):
        op.drop_table(name)


def _one_of(column: str, *words: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


def _either(column: str, *words: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(" OR ".join(f"{column} = '{word}'" for word in words), name=column)


def _new_tables() -> None:
    op.create_table(
        "contact_point",
        sa.Column("customer_id", Id, sa.ForeignKey("customer.id"), primary_key=True),
        sa.Column("channel", sa.String, primary_key=True),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("shared", sa.Boolean, nullable=False, server_default=sa.false()),
        _one_of("channel", "whatsapp", "voice", "fax", "webhook"),
    )
    op.create_index("ix_contact_point_channel_address", "contact_point", ["channel", "address"])
    op.create_table(
        "anomaly",
        sa.Column("id", Id, primary_key=True),
        sa.Column("delivery_id", Id, sa.ForeignKey("delivery.id"), nullable=False),
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("carrier", sa.String, nullable=False),
        sa.Column("carrier_ref", sa.String, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.UniqueConstraint("delivery_id", "kind", "carrier_ref"),
        _one_of("kind", "late_acceptance", "second_acceptance", "receipts_disagree", "receipt_for_unsent"),
    )
    op.create_index("ix_anomaly_incident_id_kind", "anomaly", ["incident_id", "kind"])
    op.create_table(
        "stop",
        sa.Column("id", Id, primary_key=True),
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id")),
        sa.Column("effect", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("lifted_at", UtcTime),
        sa.Column("lifted_by", sa.String),
        _one_of("effect", "cancel", "hold"),
    )
    op.create_index("ix_stop_lifted_at", "stop", ["lifted_at"])
    op.create_table(
        "ledger_mark",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("epoch", Id, nullable=False, autoincrement=False),
        sa.CheckConstraint("id = 1", name="one_row"),
    )
    op.create_table(
        "sender",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("free_at", UtcTime, nullable=False),
    )
    _tables_of_carriers()


def _tables_of_carriers() -> None:
    op.create_table(
        "carrier_standing",
        sa.Column("carrier", sa.String, primary_key=True),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("share", sa.Integer, nullable=False),
        sa.Column("since", UtcTime, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("closed_at", UtcTime),
        sa.Column("closed_code", sa.String),
        sa.Column("try_at", UtcTime),
        sa.CheckConstraint("share BETWEEN 0 AND 100", name="share"),
    )
    op.create_table(
        "carrier_entry",
        sa.Column("id", Id, primary_key=True),
        sa.Column("carrier", sa.String, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("share", sa.Integer, nullable=False),
        sa.Column("details", Json, nullable=False),
    )
    op.create_index("ix_carrier_entry_carrier_at", "carrier_entry", ["carrier", "at"])


def _let_the_audience_have(*channels: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("ck_audience_channel", "audience")
        op.create_check_constraint("channel", "audience", _either("channel", *channels).sqltext)
        return
    # SQLite changes no constraint in place. Whom a channel of tomorrow does not know goes to nobody.
    op.execute("CREATE TABLE kept AS SELECT * FROM audience")
    op.drop_table("audience")
    op.create_table(
        "audience",
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), primary_key=True),
        sa.Column("customer_id", Id, sa.ForeignKey("customer.id"), primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("impact", sa.Integer, nullable=False),
        sa.Column("impact_before", sa.Integer, nullable=False),
        sa.Column("services", sa.Integer, nullable=False),
        sa.Column("basis", sa.String, nullable=False),
        sa.Column("hit", sa.Integer, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("address", sa.String),
        sa.Column("shared", sa.Boolean, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("zone", sa.String, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("affected_revision", sa.Integer),
        sa.Column("worse_revision", sa.Integer),
        sa.Column("over_at", UtcTime),
        sa.Column("over_revision", sa.Integer),
        sa.Column("over", sa.String),
        _either("channel", *channels),
        _either("basis", "service", "home_cell", "recent_cell", "area", "element_in_area"),
        _either("over", "back", "wrongly_told"),
        sa.CheckConstraint("(channel = 'none') = (address IS NULL)", name="address"),
        sa.CheckConstraint("(over_at IS NULL) = (over IS NULL)", name="over_at"),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO audience SELECT * FROM kept")
    op.drop_table("kept")
