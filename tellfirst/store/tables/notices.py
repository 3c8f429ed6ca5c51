"""One message for one audience and occasion, and the promises it makes."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from tellfirst.domain.audience import Whom
from tellfirst.domain.delivery import Doubt
from tellfirst.domain.occasion import Occasion, Reach
from tellfirst.domain.promise import PromiseKind, PromiseState
from tellfirst.store.tables.base import metadata, one_of
from tellfirst.store.types import Id, Json, UtcTime

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
    Column("whom", String, one_of("whom", Whom), nullable=False, server_default=Whom.EVERYONE),
    # What to do with its messages whose answer was lost.
    Column("doubt", String, one_of("doubt", Doubt), nullable=False, server_default=Doubt.LOOK_UP_THEN_RESEND),
    # When sending was stopped for all of it, and why.
    Column("halted_at", UtcTime),
    Column("halted_reason", String),
    # A published word is for everyone who looks: it has no deliveries.
    Column("reach", String, one_of("reach", Reach), nullable=False, server_default=Reach.PUSH),
    UniqueConstraint("incident_id", "sequence"),
    one_of("occasion", Occasion),
)

text_source = Table(
    "text_source",
    metadata,
    # What `notice.template_version` names: every text and word list of an occasion as they were then.
    Column("version", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("source", Text, nullable=False),
)

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
    one_of("kind", PromiseKind),
    one_of("state", PromiseState),
    CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled"),
    Index(None, "incident_id", "state"),
)
