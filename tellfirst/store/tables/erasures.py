"""That a customer was erased, and by which hashes they are kept from coming back."""

from sqlalchemy import CheckConstraint, Column, Index, String, Table

from tellfirst.domain.erasing import Kind
from tellfirst.store.tables.base import metadata, one_of
from tellfirst.store.types import Id, Json, UtcTime

erasure = Table(
    "erasure",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", String, nullable=False),
    # Why it was done although they waited for a word; NULL when nobody waited.
    Column("forced", String),
    # How many rows of each table were removed or emptied.
    Column("counts", Json, nullable=False),
    # NULL only inside the transaction that erases: while it is, the log may be emptied of mentions (store/guards.py).
    Column("done_at", UtcTime),
    CheckConstraint("done_at IS NULL OR done_at >= at", name="done_at"),
)

suppression = Table(
    "suppression",
    metadata,
    # Keyed: without the secret of the installation nobody finds out by trying which number it is.
    Column("digest", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    # After which the address may be somebody else's; NULL: for good.
    Column("until_at", UtcTime),
    one_of("kind", Kind),
    Index(None, "until_at"),
)
"""No column says whose it is: what belongs to one person is not to be put together again."""
