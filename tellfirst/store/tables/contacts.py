"""What customers bring: what they wrote, what was answered, and how they answered a survey."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from tellfirst.domain.contact import AnswerState, ContactKind, ContactState, Door, Match
from tellfirst.domain.survey import SurveyKind
from tellfirst.store.tables.base import metadata, one_of
from tellfirst.store.types import Id, Json, UtcTime

contact = Table(
    "contact",
    metadata,
    Column("id", Id, primary_key=True),
    Column("channel", String, nullable=False),
    # The carrier's own name for it: what comes twice is kept once.
    Column("carrier_event", String, nullable=False, unique=True),
    Column("address", String, nullable=False),
    Column("customer_id", ForeignKey("customer.id")),
    Column("incident_id", ForeignKey("incident.id")),
    # NULL while nobody knows what it is: a person says.
    Column("kind", String),
    Column("intent", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    # The first answer; all of them stand in contact_answer.
    Column("answered_at", UtcTime),
    Column("answer_kind", String),
    Column("answer", Text),
    Column("subject", String),
    Column("language", String),
    Column("service", String),
    Column("place", String),
    # 0 to 1, and the named reasons: how sure we are of kind, service and place.
    Column("sureness", Float),
    Column("because", Json),
    Column("match", String),
    Column("state", String, nullable=False, server_default=ContactState.RECEIVED),
    Column("state_reason", String),
    Column("queue", String),
    Column("answer_due_at", UtcTime),
    Column("taken_by", String),
    Column("taken_at", UtcTime),
    Column("closed_at", UtcTime),
    # What of the network it is about: an element, where their service hangs or that they name.
    Column("element_id", String),
    one_of("channel", Door),
    one_of("kind", ContactKind),
    one_of("match", Match),
    one_of("state", ContactState),
    CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
    CheckConstraint("state NOT IN ('waiting', 'taken') OR queue IS NOT NULL", name="queue"),
    CheckConstraint("state <> 'taken' OR taken_by IS NOT NULL", name="taken"),
    Index(None, "customer_id"),
    Index(None, "incident_id"),
    Index(None, "state", "answer_due_at"),
    Index(None, "received_at"),
    Index(None, "address", "received_at"),
    Index(None, "element_id", "received_at"),
    Index(None, "match", "service", "received_at"),
)

contact_answer = Table(
    "contact_answer",
    metadata,
    Column("id", Id, primary_key=True),
    Column("contact_id", ForeignKey("contact.id"), nullable=False),
    Column("kind", String, nullable=False),
    # `tellfirst`, or the account of whoever wrote it.
    Column("author", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("subject", String),
    Column("body", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    # Given in the same breath, or to be sent: then it is tried until it is taken or refused.
    Column("state", String, nullable=False),
    Column("reason", String),
    Column("carrier", String),
    Column("carrier_reference", String),
    Column("try_count", Integer, nullable=False, server_default="0"),
    Column("try_at", UtcTime),
    Column("sent_at", UtcTime),
    one_of("channel", Door),
    one_of("state", AnswerState),
    CheckConstraint("(state IN ('given', 'sent')) = (sent_at IS NOT NULL)", name="sent"),
    Index(None, "contact_id"),
    Index(None, "state", "try_at"),
)

contact_file = Table(
    "contact_file",
    metadata,
    Column("id", Id, primary_key=True),
    Column("contact_id", ForeignKey("contact.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("name", String, nullable=False),
    Column("media_type", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
    # What a reader could take from it; NULL while nobody has tried.
    Column("text", Text),
    UniqueConstraint("contact_id", "number"),
    # Why its content was not kept; NULL where it was.
    Column("left_out", String),
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
    # Which question was answered, and with it what the score means.
    Column("kind", String, nullable=False, server_default=SurveyKind.CSAT),
    one_of("kind", SurveyKind),
    CheckConstraint("score BETWEEN 0 AND 10 AND (kind = 'nps' OR score BETWEEN 1 AND 5)", name="score"),
    Index(None, "incident_id"),
    Index(None, "customer_id"),
)
