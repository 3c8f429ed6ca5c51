"""Texts as they were when a notice was made: kept by version, so that what was said can be said again word for word."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, select

from tellfirst.store.inserting import insert_into
from tellfirst.store.tables import text_source


def keep(connection: Connection, version: str, texts: Callable[[], Mapping[str, str]]) -> None:
    """Once for each version; `texts` are asked for only then."""
    s = text_source.c
    if connection.scalar(select(s.version).where(s.version == version).limit(1)) is not None:
        return
    if rows := [{"version": version, "name": name, "source": text} for name, text in texts().items()]:
        connection.execute(insert_into(connection, text_source).on_conflict_do_nothing(), rows)


def kept(connection: Connection, version: str) -> dict[str, str]:
    """The texts of a version by name; empty for one from before they were kept."""
    s = text_source.c
    rows = connection.execute(select(s.name, s.source).where(s.version == version))
    return {row.name: row.source for row in rows}
