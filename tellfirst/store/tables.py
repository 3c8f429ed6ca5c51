"""Every table, by who owns it. Keys and constraints make the lies impossible that code could tell."""

from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from tellfirst.domain.audience import Basis, Over, Role, Shape, Whom
from tellfirst.domain.delivery import Anomaly, DeliveryState, Doubt, StopEffect
from tellfirst.domain.incident import Kind, Stage
from tellfirst.domain.occasion import OTHER_CHANNELS, Channel, Occasion
from tellfirst.domain.promise import PromiseKind, PromiseState
from tellfirst.store.types import Id, Json, UtcTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _one_of(column: str, words: Any) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def _either(column: str, words: Any) -> CheckConstraint:
    """The same for a table of a million rows at once: SQLite builds the list of an IN anew for every row."""
    listed = " OR ".join(f"{column} = '{word}'" for word in words)
    return CheckConstraint(listed, name=column)


# The network and the customers

element = Table(
    "element",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("area", String, nullable=False),
    Column("lat", Float),
    Column("lon", Float),
)

edge = Table(
    "edge",
    metadata,
    Column("child", ForeignKey("element.id"), primary_key=True),
    Column("grp", String, primary_key=True),
    Column("parent", ForeignKey("element.id"), primary_key=True),
    Column("need", Integer, nullable=False),
    CheckConstraint("need >= 1", name="need"),
    Index(None, "parent"),
)

topology = Table(
    "topology",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("compiled_version", Integer),
    Column("compiled", LargeBinary),
    Column("customer_count", Integer),
    CheckConstraint("id = 1", name="one_row"),
)

customer = Table(
    "customer",
    metadata,
    Column("id", Id, primary_key=True),
    Column("reference", String, nullable=False, unique=True),
    Column("status", String, nullable=False),
    Column("language", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("phone", String),
    Column("email", String),
    Column("wish", String),
    Column("phone_shared", Boolean, nullable=False, server_default=false()),
    Column("email_shared", Boolean, nullable=False, server_default=false()),
    Column("phone_checked", Boolean, nullable=False, server_default=false()),
    Column("household", String),
    Column("district", String),
    Column("area_code", String),
    Column("lat", Float),
    Column("lon", Float),
    Column(
        "location",
        String,
        CheckConstraint(
            "CASE WHEN location IS NULL THEN lat IS NULL AND lon IS NULL "
            "ELSE location IN ('exact', 'default') AND lat IS NOT NULL AND lon IS NOT NULL END",
            name="location",
        ),
    ),
    Column("located_at", UtcTime),
    # The number is known to take no texts: by its country's plan, or because a carrier said so.
    Column("phone_landline", Boolean, nullable=False, server_default=false()),
    Index(None, "phone"),
    Index(None, "email"),
    Index(None, "area_code"),
    Index(None, "district"),
    Index("ix_customer_place", "lat", "lon", "location", "located_at"),
)

service = Table(
    "service",
    metadata,
    Column("id", Id, primary_key=True),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("element_id", ForeignKey("element.id"), nullable=False),
    Column("status", String, nullable=False),
    Column("reference", String),
    Column("valid_from", UtcTime),
    Column("valid_to", UtcTime),
    Index(None, "reference", unique=True),
    # Both carry all that matching reads: from a few elements to their services, and customer by customer.
    Index("ix_service_element", "element_id", "status", "customer_id", "kind", "valid_from", "valid_to"),
    Index("ix_service_customer", "customer_id", "status", "element_id", "kind", "valid_from", "valid_to"),
)

presence = Table(
    "presence",
    metadata,
    Column("customer_id", ForeignKey("customer.id"), primary_key=True),
    Column("element_id", ForeignKey("element.id"), primary_key=True),
    Column("role", String, primary_key=True),
    Column("seen_at", UtcTime),
    _one_of("role", Role),
    CheckConstraint("role = 'home' OR seen_at IS NOT NULL", name="seen"),
    Index("ix_presence_element", "element_id", "role", "seen_at", "customer_id"),
)

opt_out = Table(
    "opt_out",
    metadata,
    Column("channel", String, primary_key=True),
    Column("address", String, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("source", String, nullable=False),
)

contact_point = Table(
    "contact_point",
    metadata,
    Column("customer_id", ForeignKey("customer.id"), primary_key=True),
    Column("channel", String, primary_key=True),
    Column("address", String, nullable=False),
    Column("shared", Boolean, nullable=False, server_default=false()),
    _one_of("channel", OTHER_CHANNELS),
    Index(None, "channel", "address"),
)

# What was imported, and what was refused

import_batch = Table(
    "import_batch",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String, nullable=False),
    Column("file", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", String, nullable=False),
    Column("row_count", Integer, nullable=False),
    Column("accepted_count", Integer, nullable=False),
    Column("repaired_count", Integer, nullable=False),
    Column("rejected_count", Integer, nullable=False),
)

import_reject = Table(
    "import_reject",
    metadata,
    Column("batch_id", ForeignKey("import_batch.id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("column", String, primary_key=True),
    Column("rule", String, primary_key=True),
    Column("text", Text, nullable=False),
)

# Signals and incidents

incident = Table(
    "incident",
    metadata,
    Column("id", Id, primary_key=True),
    Column("reference", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("cause_key", String, nullable=False),
    Column("place", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("held", String),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("playbook", Json),
    Column("severity", String, nullable=False),
    Column("cause", String, nullable=False),
    Column("action", String, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("estimate_at", UtcTime),
    Column("verified_at", UtcTime),
    Column("survey_closes_at", UtcTime),
    Column("closed_at", UtcTime),
    Column("footprint_changed", Boolean, nullable=False, server_default=text("false")),
    Column("audience_revision", Integer, nullable=False, server_default="0"),
    Column("next_due_at", UtcTime),
    Column("flow_run_id", String),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("lease_until", UtcTime),
    Column("approval_needed", Boolean, nullable=False, server_default=false()),
    Column("approved_count", Integer, nullable=False, server_default="0"),
    _one_of("kind", Kind),
    _one_of("stage", Stage),
    Index(None, "next_due_at"),
    Index(None, "cause_key", "stage"),
)

signal = Table(
    "signal",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", String, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("starts_at", UtcTime, nullable=False),
    Column("state", String, nullable=False),
    Column("ends_at", UtcTime),
    Column("received_at", UtcTime, nullable=False),
    Column("last_seen_at", UtcTime, nullable=False),
    Column("seen_count", Integer, nullable=False, server_default="1"),
    Column("labels", Json, nullable=False),
    Column("element_id", String),
    Column("judgement", String, nullable=False),
    Column("incident_id", ForeignKey("incident.id")),
    UniqueConstraint("source", "fingerprint", "starts_at", "state"),
    Index(None, "incident_id"),
)

incident_element = Table(
    "incident_element",
    metadata,
    Column("incident_id", ForeignKey("incident.id"), primary_key=True),
    Column("element_id", String, primary_key=True),
    Column("impact", Integer, nullable=False),
    Column("since_at", UtcTime, nullable=False),
    Column("until_at", UtcTime),
    Column("verified_at", UtcTime),
    Column("withdrawn_at", UtcTime),
)

incident_area = Table(
    "incident_area",
    metadata,
    Column("incident_id", ForeignKey("incident.id"), primary_key=True),
    Column("element_id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("shape", String, nullable=False),
    Column("geometry", Json, nullable=False),
    _one_of("shape", Shape),
)

incident_entry = Table(
    "incident_entry",
    metadata,
    Column("id", Id, primary_key=True),
    Column("incident_id", ForeignKey("incident.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("topic", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("details", Json, nullable=False),
    Index(None, "incident_id"),
)

word = Table(
    "word",
    metadata,
    Column("id", Id, primary_key=True),
    Column("incident_id", ForeignKey("incident.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("author", String, nullable=False),
    Column("correction", Boolean, nullable=False),
    Column("cause", String),
    Column("action", String),
    Column("estimate_at", UtcTime),
    Column("notes", Json, nullable=False),
    Column("notice_id", ForeignKey("notice.id")),
    Index(None, "incident_id", "notice_id"),
)

# The audience: whom it hurts, with the reason

audience_revision = Table(
    "audience_revision",
    metadata,
    Column("incident_id", ForeignKey("incident.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("topology_version", Integer, nullable=False),
    Column("element_count", Integer, nullable=False),
    Column("affected_count", Integer, nullable=False),
    Column("at_risk_count", Integer, nullable=False),
    Column("uncertain_count", Integer, nullable=False),
    Column("newly_affected_count", Integer, nullable=False),
    Column("worse_count", Integer, nullable=False),
    Column("back_count", Integer, nullable=False),
    Column("wrongly_told_count", Integer, nullable=False),
)

impact_element = Table(
    "impact_element",
    metadata,
    Column("incident_id", ForeignKey("incident.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("element_id", String, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("impact", Integer, nullable=False),
    Column("cause_element", String, nullable=False),
    UniqueConstraint("incident_id", "revision", "number"),
    sqlite_with_rowid=False,
)

audience = Table(
    "audience",
    metadata,
    Column("incident_id", ForeignKey("incident.id"), primary_key=True),
    Column("customer_id", ForeignKey("customer.id"), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("impact", Integer, nullable=False),
    Column("impact_before", Integer, nullable=False),
    Column("services", Integer, nullable=False),
    Column("basis", String, nullable=False),
    Column("hit", Integer, nullable=False),
    Column("channel", String, nullable=False),
    Column("address", String),
    Column("shared", Boolean, nullable=False),
    Column("language", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("affected_revision", Integer),
    Column("worse_revision", Integer),
    Column("over_at", UtcTime),
    Column("over_revision", Integer),
    Column("over", String),
    _either("channel", Channel),
    _either("basis", Basis),
    _either("over", Over),
    CheckConstraint("(channel = 'none') = (address IS NULL)", name="address"),
    CheckConstraint("(over_at IS NULL) = (over IS NULL)", name="over_at"),
    sqlite_with_rowid=False,
)

# Notices and the ledger of deliveries

notice = Table(
    "notice",
    metadata,
    Column("id", Id, primary_key=True),
    Column("incident_id", ForeignKey("incident.id"), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("occasion", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("holding", Boolean, nullable=False),
    Column("facts", Json, nullable=False),
    Column("template_version", String, nullable=False),
    Column("audience_revision", Integer, nullable=False),
    Column("author", String, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("spoken_at", UtcTime),
    Column("next_update_at", UtcTime),
    Column("estimate_at", UtcTime),
    # The default is for notices from before this column; whoever makes one says whom it is for.
    Column("whom", String, _one_of("whom", Whom), nullable=False, server_default=Whom.EVERYONE),
    # What to do with its messages whose answer was lost.
    Column(
        "doubt", String, _one_of("doubt", Doubt), nullable=False, server_default=Doubt.LOOK_UP_THEN_RESEND
    ),
    # When sending was stopped for all of it, and why.
    Column("halted_at", UtcTime),
    Column("halted_reason", String),
    UniqueConstraint("incident_id", "sequence"),
    _one_of("occasion", Occasion),
)

chunk = Table(
    "chunk",
    metadata,
    Column("id", Id, primary_key=True),
    Column("notice_id", ForeignKey("notice.id"), nullable=False),
    Column("channel", String, nullable=False),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("lease_until", UtcTime),
    Column("due_at", UtcTime, nullable=False),
    Column("done_at", UtcTime),
    # Which part of the notice's messages on this channel it holds, from 1; NULL in books from before this column.
    Column("part", Integer),
    # 0 is the canary; a later wave leaves only when those before it went well.
    Column("wave", Integer, nullable=False, server_default="0"),
    Index(None, "notice_id"),
    Index("ix_chunk_part", "notice_id", "channel", "part", unique=True),
)

UNMET_STATES = "state IN ('undelivered', 'failed', 'unconfirmed', 'cancelled')"

delivery = Table(
    "delivery",
    metadata,
    Column("id", Id, primary_key=True),
    Column("notice_id", ForeignKey("notice.id"), nullable=False),
    Column("incident_id", ForeignKey("incident.id"), nullable=False),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    Column("occasion", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("chunk_id", ForeignKey("chunk.id")),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("try_count", Integer, nullable=False, server_default="0"),
    Column("resend_count", Integer, nullable=False, server_default="0"),
    Column("carrier", String),
    Column("carrier_ref", String),
    Column("carrier_code", String),
    Column("intended_at", UtcTime),
    # When the carrier may be asked what became of it; receipts settle most doubts before.
    Column("look_up_at", UtcTime),
    Column("handed_over_at", UtcTime),
    Column("final_at", UtcTime),
    Column("covered_by", Id),
    UniqueConstraint("notice_id", "customer_id", "channel"),
    _one_of("state", DeliveryState),
    # Those that ended without the customer being told: few, and looked for at every decision.
    Index(
        "ix_delivery_unmet", "notice_id", sqlite_where=text(UNMET_STATES), postgresql_where=text(UNMET_STATES)
    ),
    Index(None, "chunk_id"),
    Index(None, "incident_id", "customer_id", "occasion"),
    Index(None, "customer_id"),
)

receipt = Table(
    "receipt",
    metadata,
    Column("carrier", String, primary_key=True),
    Column("event_id", String, primary_key=True),
    Column("delivery_id", Id, nullable=False),
    Column("state", String, nullable=False),
    Column("carrier_ref", String, nullable=False),
    Column("code", String, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("applied_at", UtcTime),
    Column("verdict", String),
    Index(None, "applied_at"),
)

anomaly = Table(
    "anomaly",
    metadata,
    Column("id", Id, primary_key=True),
    Column("delivery_id", ForeignKey("delivery.id"), nullable=False),
    Column("incident_id", ForeignKey("incident.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("carrier", String, nullable=False),
    Column("carrier_ref", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    UniqueConstraint("delivery_id", "kind", "carrier_ref"),
    _one_of("kind", Anomaly),
    Index(None, "incident_id", "kind"),
)

stop = Table(
    "stop",
    metadata,
    Column("id", Id, primary_key=True),
    Column("incident_id", ForeignKey("incident.id")),
    Column("effect", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("lifted_at", UtcTime),
    Column("lifted_by", String),
    _one_of("effect", StopEffect),
    Index(None, "lifted_at"),
)

ledger_mark = Table(
    "ledger_mark",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("epoch", Id, nullable=False, autoincrement=False),
    CheckConstraint("id = 1", name="one_row"),
)

# The carriers: how fast each sender may go, and which of several is used

sender = Table(
    "sender",
    metadata,
    Column("name", String, primary_key=True),
    Column("free_at", UtcTime, nullable=False),
)

carrier_standing = Table(
    "carrier_standing",
    metadata,
    Column("carrier", String, primary_key=True),
    Column("channel", String, nullable=False),
    Column("share", Integer, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("reason", String, nullable=False),
    Column("closed_at", UtcTime),
    Column("closed_code", String),
    Column("try_at", UtcTime),
    CheckConstraint("share BETWEEN 0 AND 100", name="share"),
)

carrier_entry = Table(
    "carrier_entry",
    metadata,
    Column("id", Id, primary_key=True),
    Column("carrier", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("reason", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("share", Integer, nullable=False),
    Column("details", Json, nullable=False),
    Index(None, "carrier", "at"),
)

# Promises

promise = Table(
    "promise",
    metadata,
    Column("id", Id, primary_key=True),
    Column("incident_id", ForeignKey("incident.id"), nullable=False),
    Column("notice_id", ForeignKey("notice.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("state", String, nullable=False),
    Column("settled_at", UtcTime),
    Column("settled_by", ForeignKey("notice.id")),
    Column("late_by_seconds", Integer, nullable=False, server_default="0"),
    Column("reason", String),
    UniqueConstraint("notice_id", "kind"),
    _one_of("kind", PromiseKind),
    _one_of("state", PromiseState),
    CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled"),
    Index(None, "incident_id", "state"),
)

# Contacts, surveys, reviews

contact = Table(
    "contact",
    metadata,
    Column("id", Id, primary_key=True),
    Column("channel", String, nullable=False),
    Column("carrier_event", String, nullable=False, unique=True),
    Column("address", String, nullable=False),
    Column("customer_id", ForeignKey("customer.id")),
    Column("incident_id", ForeignKey("incident.id")),
    Column("kind", String, nullable=False),
    Column("intent", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("answered_at", UtcTime),
    Column("answer_kind", String),
    Column("answer", Text),
    Index(None, "customer_id"),
    Index(None, "incident_id"),
)

response = Table(
    "response",
    metadata,
    Column("delivery_id", ForeignKey("delivery.id"), primary_key=True),
    Column("incident_id", ForeignKey("incident.id"), nullable=False),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    Column("score", Integer, nullable=False),
    Column("comment", Text, nullable=False),
    Column("channel", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    CheckConstraint("score BETWEEN 1 AND 5", name="score"),
    Index(None, "incident_id"),
)

review = Table(
    "review",
    metadata,
    Column("incident_id", ForeignKey("incident.id"), primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("measures", Json, nullable=False),
    Column("page", Text, nullable=False),
)

# The stepped clock of scenarios: one row, read by every process

stepped_clock = Table(
    "stepped_clock",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("now_at", UtcTime, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)
