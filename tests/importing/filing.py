"""Files as companies send them, and what the import made of them."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, insert, select

from tellfirst.audience.importing.pipeline import import_file
from tellfirst.audience.importing.reporting import Report
from tellfirst.audience.importing.terms import ImportKind, Terms
from tellfirst.domain.facts import Action, Cause
from tellfirst.domain.incident import Kind, Stage
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
Bring = Callable[..., Report]
HEADER = "reference,zone,phone,email"


def bring_into(folder: Path) -> Bring:
    """bring(engine, kind, content, **terms): `content` is text or bytes."""

    def bring(
        engine: Engine, kind: str, content: str | bytes, *, name: str = "file.csv", **more: Any
    ) -> Report:
        path = folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        given = {"rejects_folder": folder / "rejects", "actor": "asha", "region": "IN", "refuse_above": 1.0}
        terms = Terms(**(given | more))
        return import_file(engine, ImportKind(kind), path, terms, NOW, lambda phase, share: None)

    return bring


def customers(*rows: str, header: str = HEADER) -> str:
    return "\n".join([header, *rows]) + "\n"


def stored(engine: Engine, table: Table, *columns: str) -> list[tuple[Any, ...]]:
    """These columns of every row, in the order of the first."""
    wanted = [table.c[name] for name in columns]
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(select(*wanted).order_by(*wanted))]


def rejects(engine: Engine) -> list[tuple[Any, ...]]:
    """Line, column and rule of every reject in the store."""
    return stored(engine, t.import_reject, "line", "column", "rule")


def build_network(engine: Engine, *elements: str) -> None:
    with writing(engine) as connection:
        rows = [{"id": one, "kind": "site", "name": one, "area": f"around {one}"} for one in elements]
        connection.execute(insert(t.element), rows)


def settle(engine: Engine, *references: str) -> None:
    with writing(engine) as connection:
        row = {"status": "active", "language": "en", "zone": "Asia/Kolkata"}
        connection.execute(insert(t.customer), [{"reference": one, **row} for one in references])


def open_incident(engine: Engine, stage: Stage) -> None:
    """One that waits for nothing."""
    with writing(engine) as connection:
        connection.execute(
            insert(t.incident).values(
                reference="INC-2026-0001",
                kind=Kind.OUTAGE,
                name="north",
                cause_key="area:north",
                place="north",
                stage=stage,
                severity="S2",
                cause=Cause.BEING_INVESTIGATED,
                action=Action.INVESTIGATING,
                started_at=NOW,
                opened_at=NOW,
            )
        )
