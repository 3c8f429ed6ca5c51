"""What sources answered about causes that were reported gone, how each source stands, and what explains a storm."""

from sqlalchemy import Column, ForeignKey, String, Table

from tellfirst.domain.confirmation import Answer
from tellfirst.store.tables.base import metadata, one_of
from tellfirst.store.types import UtcTime

confirmation = Table(
    "confirmation",
    metadata,
    Column("incident_id", ForeignKey("incident.id"), primary_key=True),
    Column("element_id", String, primary_key=True),
    Column("source", String, nullable=False),
    Column("answer", String, nullable=False),
    # NULL until the source was asked for the first time.
    Column("asked_at", UtcTime),
    # Since when there has been no answer that can be believed; a renewed answer does not move it.
    Column("since_at", UtcTime, nullable=False),
    # Why it waits for a person, once the source has had its time.
    Column("held", String),
    one_of("answer", Answer),
)

source_standing = Table(
    "source_standing",
    metadata,
    Column("source", String, primary_key=True),
    Column("heard_at", UtcTime),
    Column("polled_at", UtcTime),
    Column("answered_at", UtcTime),
    # Why the last poll got no answer; NULL when it got one.
    Column("fault", String),
    # What a person has to do before the source can speak.
    Column("to_do", String),
)

incident_explanation = Table(
    "incident_explanation",
    metadata,
    Column("incident_id", ForeignKey("incident.id"), primary_key=True),
    # An element whose failure explains the alerts of the incident; with several, it is their failing together.
    Column("element_id", String, primary_key=True),
)
