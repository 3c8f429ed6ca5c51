"""The first tables, with the guards over them."""

import sqlalchemy as sa
from alembic import op

from tellfirst.store import guards
from tellfirst.store.types import Id, Json, UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "element",
    "edge",
    "customer",
    "service",
    "opt_out",
    "incident",
    "signal",
    "incident_element",
    "incident_entry",
    "impact_element",
    "audience",
    "notice",
    "chunk",
    "delivery",
    "receipt",
    "word",
    "promise",
    "contact",
    "response",
    "review",
    "stepped_clock",
)
"""Each after those it points to."""


def upgrade() -> None:
    _network_and_customers()
    _incidents()
    _audience()
    _notices_and_ledger()
    _promises()
    _contacts_surveys_reviews()
    _clock()
    guards.put(op.get_bind())


def downgrade() -> None:
    guards.remove(op.get_bind())
    for table in reversed(TABLES):
        op.drop_table(table)


def _one_of(column: str, *words: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


def _network_and_customers() -> None:
    op.create_table(
        "element",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("area", sa.String, nullable=False),
        sa.Column("lat", sa.Float),
        sa.Column("lon", sa.Float),
    )
    op.create_table(
        "edge",
        sa.Column("child", sa.String, sa.ForeignKey("element.id"), primary_key=True),
        sa.Column("grp", sa.String, primary_key=True),
        sa.Column("parent", sa.String, sa.ForeignKey("element.id"), primary_key=True),
        sa.Column("need", sa.Integer, nullable=False),
        sa.CheckConstraint("need >= 1", name="need"),
    )
    op.create_index("ix_edge_parent", "edge", ["parent"])
    op.create_table(
        "customer",
        sa.Column("id", Id, primary_key=True),
        sa.Column("reference", sa.String, nullable=False, unique=True),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("zone", sa.String, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False, server_default="0"),
        sa.Column("phone", sa.String),
        sa.Column("email", sa.String),
        sa.Column("wish", sa.String),
    )
    op.create_index("ix_customer_phone", "customer", ["phone"])
    op.create_table(
        "service",
        sa.Column("id", Id, primary_key=True),
        sa.Column("customer_id", Id, sa.ForeignKey("customer.id"), nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("element_id", sa.String, sa.ForeignKey("element.id"), nullable=False),
        sa.Column("status", sa.String, nullable=False),
    )
    op.create_index("ix_service_element", "service", ["element_id", "status", "customer_id", "kind"])
    op.create_table(
        "opt_out",
        sa.Column("channel", sa.String, primary_key=True),
        sa.Column("address", sa.String, primary_key=True),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("source", sa.String, nullable=False),
    )


def _incidents() -> None:
    op.create_table(
        "incident",
        sa.Column("id", Id, primary_key=True),
        sa.Column("reference", sa.String, nullable=False, unique=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("cause_key", sa.String, nullable=False),
        sa.Column("place", sa.String, nullable=False),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column("held", sa.String),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("playbook", Json),
        sa.Column("severity", sa.String, nullable=False),
        sa.Column("cause", sa.String, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("started_at", UtcTime, nullable=False),
        sa.Column("opened_at", UtcTime, nullable=False),
        sa.Column("estimate_at", UtcTime),
        sa.Column("verified_at", UtcTime),
        sa.Column("survey_closes_at", UtcTime),
        sa.Column("closed_at", UtcTime),
        sa.Column("footprint_changed", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("audience_revision", sa.Integer, nullable=False, server_default="0"),
        sa.Column("next_due_at", UtcTime),
        sa.Column("flow_run_id", sa.String),
        sa.Column("fence", sa.Integer, nullable=False, server_default="0"),
        sa.Column("lease_until", UtcTime),
        _one_of("kind", "outage", "planned_work"),
        _one_of(
            "stage",
            "opened",
            "detected",
            "matched",
            "told",
            "following_up",
            "restored",
            "verified",
            "surveyed",
            "closed",
        ),
    )
    op.create_index("ix_incident_cause_key_stage", "incident", ["cause_key", "stage"])
    op.create_index("ix_incident_next_due_at", "incident", ["next_due_at"])
    op.create_table(
        "signal",
        sa.Column("id", Id, primary_key=True),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("fingerprint", sa.String, nullable=False),
        sa.Column("starts_at", UtcTime, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("ends_at", UtcTime),
        sa.Column("received_at", UtcTime, nullable=False),
        sa.Column("last_seen_at", UtcTime, nullable=False),
        sa.Column("seen_count", sa.Integer, nullable=False, server_default="1"),
        sa.Column("labels", Json, nullable=False),
        sa.Column("element_id", sa.String),
        sa.Column("judgement", sa.String, nullable=False),
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id")),
        sa.UniqueConstraint("source", "fingerprint", "starts_at", "state"),
    )
    op.create_index("ix_signal_incident_id", "signal", ["incident_id"])
    op.create_table(
        "incident_element",
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), primary_key=True),
        sa.Column("element_id", sa.String, primary_key=True),
        sa.Column("impact", sa.Integer, nullable=False),
        sa.Column("since_at", UtcTime, nullable=False),
        sa.Column("until_at", UtcTime),
        sa.Column("verified_at", UtcTime),
    )
    op.create_table(
        "incident_entry",
        sa.Column("id", Id, primary_key=True),
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("topic", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("details", Json, nullable=False),
    )
    op.create_index("ix_incident_entry_incident_id", "incident_entry", ["incident_id"])


def _audience() -> None:
    op.create_table(
        "impact_element",
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("element_id", sa.String, primary_key=True),
        sa.Column("impact", sa.Integer, nullable=False),
        sa.Column("cause_element", sa.String, nullable=False),
    )
    op.create_table(
        "audience",
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), primary_key=True),
        sa.Column("customer_id", Id, sa.ForeignKey("customer.id"), primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("impact", sa.Integer, nullable=False),
        sa.Column("service_kind", sa.String, nullable=False),
        sa.Column("element_id", sa.String, nullable=False),
        sa.Column("cause_element", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("address", sa.String),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("zone", sa.String, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("covered_by", Id, sa.ForeignKey("customer.id")),
        sa.Column("over_at", UtcTime),
        _one_of("channel", "sms", "email", "none"),
        sa.CheckConstraint("(channel = 'none') = (address IS NULL)", name="address"),
        sqlite_with_rowid=False,
    )


def _notices_and_ledger() -> None:
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
        sa.UniqueConstraint("incident_id", "sequence"),
        _one_of("occasion", "first_word", "update", "overrun", "restored", "correction", "survey"),
    )
    op.create_table(
        "chunk",
        sa.Column("id", Id, primary_key=True),
        sa.Column("notice_id", Id, sa.ForeignKey("notice.id"), nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("fence", sa.Integer, nullable=False, server_default="0"),
        sa.Column("lease_until", UtcTime),
        sa.Column("due_at", UtcTime, nullable=False),
        sa.Column("done_at", UtcTime),
    )
    op.create_index("ix_chunk_notice_id", "chunk", ["notice_id"])
    op.create_table(
        "delivery",
        sa.Column("id", Id, primary_key=True),
        sa.Column("notice_id", Id, sa.ForeignKey("notice.id"), nullable=False),
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("customer_id", Id, sa.ForeignKey("customer.id"), nullable=False),
        sa.Column("occasion", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("chunk_id", Id, sa.ForeignKey("chunk.id")),
        sa.Column("fence", sa.Integer, nullable=False, server_default="0"),
        sa.Column("try_count", sa.Integer, nullable=False, server_default="0"),
        sa.Column("resend_count", sa.Integer, nullable=False, server_default="0"),
        sa.Column("carrier", sa.String),
        sa.Column("carrier_ref", sa.String),
        sa.Column("carrier_code", sa.String),
        sa.Column("intended_at", UtcTime),
        sa.Column("asked_at", UtcTime),
        sa.Column("handed_over_at", UtcTime),
        sa.Column("final_at", UtcTime),
        sa.UniqueConstraint("notice_id", "customer_id", "channel"),
        _one_of(
            "state",
            "pending",
            "sending",
            "sent",
            "unknown",
            "delivered",
            "undelivered",
            "failed",
            "unconfirmed",
            "cancelled",
        ),
    )
    op.create_index("ix_delivery_chunk_id", "delivery", ["chunk_id"])
    op.create_index("ix_delivery_customer_id", "delivery", ["customer_id"])
    op.create_index(
        "ix_delivery_incident_id_customer_id_occasion", "delivery", ["incident_id", "customer_id", "occasion"]
    )
    op.create_table(
        "receipt",
        sa.Column("carrier", sa.String, primary_key=True),
        sa.Column("event_id", sa.String, primary_key=True),
        sa.Column("delivery_id", Id, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("carrier_ref", sa.String, nullable=False),
        sa.Column("code", sa.String, nullable=False),
        sa.Column("received_at", UtcTime, nullable=False),
        sa.Column("applied_at", UtcTime),
        sa.Column("verdict", sa.String),
    )
    op.create_index("ix_receipt_applied_at", "receipt", ["applied_at"])
    op.create_table(
        "word",
        sa.Column("id", Id, primary_key=True),
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("author", sa.String, nullable=False),
        sa.Column("correction", sa.Boolean, nullable=False),
        sa.Column("cause", sa.String),
        sa.Column("action", sa.String),
        sa.Column("estimate_at", UtcTime),
        sa.Column("notes", Json, nullable=False),
        sa.Column("notice_id", Id, sa.ForeignKey("notice.id")),
    )
    op.create_index("ix_word_incident_id_notice_id", "word", ["incident_id", "notice_id"])


def _promises() -> None:
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
        _one_of("kind", "next_update", "restoration"),
        _one_of("state", "open", "kept", "broken", "replaced"),
        sa.CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled"),
    )
    op.create_index("ix_promise_incident_id_state", "promise", ["incident_id", "state"])


def _contacts_surveys_reviews() -> None:
    op.create_table(
        "contact",
        sa.Column("id", Id, primary_key=True),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("carrier_event", sa.String, nullable=False, unique=True),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("customer_id", Id, sa.ForeignKey("customer.id")),
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id")),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("intent", sa.String, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("received_at", UtcTime, nullable=False),
        sa.Column("answered_at", UtcTime),
        sa.Column("answer_kind", sa.String),
        sa.Column("answer", sa.Text),
    )
    op.create_index("ix_contact_customer_id", "contact", ["customer_id"])
    op.create_index("ix_contact_incident_id", "contact", ["incident_id"])
    op.create_table(
        "response",
        sa.Column("delivery_id", Id, sa.ForeignKey("delivery.id"), primary_key=True),
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("customer_id", Id, sa.ForeignKey("customer.id"), nullable=False),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name="score"),
    )
    op.create_index("ix_response_incident_id", "response", ["incident_id"])
    op.create_table(
        "review",
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), primary_key=True),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("measures", Json, nullable=False),
        sa.Column("page", sa.Text, nullable=False),
    )


def _clock() -> None:
    op.create_table(
        "stepped_clock",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("now_at", UtcTime, nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
    )
