"""Run by Alembic, inside the transaction that tellfirst.store.migrate has begun."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON, BigInteger

from tellfirst.store.tables import metadata

OUR_NAMES = {JSON: "Json", BigInteger: "Id"}


def _by_our_name(kind: str, thing: Any, _context: object) -> str | Literal[False]:
    """In a drafted revision our own types stand under their names, not spelled out per database."""
    return OUR_NAMES.get(type(thing), False) if kind == "type" else False


context.configure(
    connection=context.config.attributes["connection"],
    # Also the naming convention of every constraint that a revision leaves without a name.
    target_metadata=metadata,
    compare_server_default=True,
    # SQLite alters most things only by building the table anew.
    render_as_batch=True,
    render_item=_by_our_name,
    user_module_prefix="",
)
context.run_migrations()
