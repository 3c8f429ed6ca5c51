"""What of a customer's mail its answer needs."""

from sqlalchemy import Column, ForeignKey, String, Table

from tellfirst.store.tables.base import metadata
from tellfirst.store.types import Id

contact_mail = Table(
    "contact_mail",
    metadata,
    Column("contact_id", Id, ForeignKey("contact.id"), primary_key=True, autoincrement=False),
    # With its angle brackets, as it stands in the headers; empty where the mail had none.
    Column("message_id", String, nullable=False),
    # What the answer says under References: theirs, and their own id.
    Column("thread", String, nullable=False),
)
