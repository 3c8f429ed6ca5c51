"""Texts as they were when a notice was made: kept by version, so that what was said can be said again word for word."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, Select, select
from sqlalchemy.dialects import postgresql, sqlite

from tellfirst.store.inserting import insert_of
from tellfirst.store.prepared import Prepared, asked, parameters, prepared
from tellfirst.store.tables import text_source


def keep(connection: Connection, version: str, texts: Callable[[], Mapping[str, str]]) -> None:
    """Once for each version; `texts` are asked for only then."""
    if _known.run(connection, version=version).first() is not None:
        return
    rows = [{"version": version, "name": name, "source": text} for name, text in texts().items()]
    _KEPT.run_each(connection, rows)


@prepared
def _known() -> Select[tuple[str]]:
    s = text_source.c
    return select(s.version).where(asked(s.version)).limit(1)


def _kept(dialect: str) -> sqlite.Insert | postgresql.Insert:
    given = parameters(text_source, "version", "name", "source")
    return insert_of(dialect, text_source).values(given).on_conflict_do_nothing()


_KEPT = Prepared(_kept)


def kept(connection: Connection, version: str) -> dict[str, str]:
    """The texts of a version by name; empty for one from before they were kept."""
    s = text_source.c
    rows = connection.execute(select(s.name, s.source).where(s.version == version))
    return {row.name: row.source for row in rows}
