"""Accounts of the control room, their sessions and tokens; and the audit of what they did and whom they looked at."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from tellfirst.domain.account import AccountState
from tellfirst.domain.audit import Through
from tellfirst.store.tables.base import metadata, one_of
from tellfirst.store.types import Id, Json, UtcTime

account = Table(
    "account",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    # Argon2id with its parameters and salt in one text (RFC 9106).
    Column("password_hash", String, nullable=False),
    Column("roles", Json, nullable=False),
    Column("state", String, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("password_at", UtcTime, nullable=False),
    one_of("state", AccountState),
)

room_session = Table(
    "room_session",
    metadata,
    # SHA-256 of the random token: whoever reads the database cannot be anybody.
    Column("token_hash", String, primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Column("begun_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Index(None, "account_id"),
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Column("label", String, nullable=False),
    Column("token_hash", String, nullable=False, unique=True),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    Column("revoked_at", UtcTime),
    Index(None, "account_id"),
)

login_try = Table(
    "login_try",
    metadata,
    # SHA-256 of a name, or of a name and an address: what strangers type is not kept.
    Column("key", String, primary_key=True),
    Column("failure_count", Integer, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    Index(None, "last_at"),
)

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", UtcTime, nullable=False),
    # The name: at a terminal it is the system's account, which has no row above.
    Column("account", String, nullable=False),
    Column("through", String, nullable=False),
    # A word of `domain.audit.Audited`; unchecked, so that a new act needs no migration of what cannot change.
    Column("what", String, nullable=False),
    Column("incident_id", ForeignKey("incident.id")),
    # No foreign key: once a customer is erased the number stands for nobody, and the entry must stay.
    Column("customer_id", Id),
    Column("details", Json, nullable=False),
    one_of("through", Through),
    Index(None, "account"),
    Index(None, "incident_id"),
    Index(None, "customer_id"),
)

api_answer = Table(
    "api_answer",
    metadata,
    Column("account_id", ForeignKey("account.id"), primary_key=True),
    Column("key", String, primary_key=True),
    # SHA-256 of method, path and body: the same key for something else is a mistake.
    Column("request_hash", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    # NULL while the request goes on, or where it never ended.
    Column("status", Integer),
    Column("body", Json),
    Index(None, "at"),
)
