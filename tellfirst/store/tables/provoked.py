"""Texts that anybody can make us send: how many left in each hour, and when there were too many."""

from sqlalchemy import Column, Index, Integer, String, Table, UniqueConstraint

from tellfirst.domain.provoked import Scope, Trip
from tellfirst.store.tables.base import metadata, one_of
from tellfirst.store.types import Id, UtcTime

provoked_text = Table(
    "provoked_text",
    metadata,
    Column("hour_at", UtcTime, primary_key=True),
    Column("scope", String, primary_key=True),
    # The beginning of a number, a country's code, or a keyed hash of a whole number.
    Column("subject", String, primary_key=True),
    Column("count", Integer, nullable=False),
    one_of("scope", Scope),
)

provoked_alarm = Table(
    "provoked_alarm",
    metadata,
    Column("id", Id, primary_key=True),
    Column("hour_at", UtcTime, nullable=False),
    Column("reason", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    # How many were not sent since.
    Column("withheld_count", Integer, nullable=False, server_default="0"),
    Column("told_at", UtcTime),
    one_of("reason", Trip),
    UniqueConstraint("hour_at", "reason", "subject"),
    Index(None, "told_at"),
)
"""Numbers that asked too often are not alarms of their own: that is one phone, not an attack."""
