"""`tellfirst evidence`."""

import csv
import json as json_
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from sqlalchemy import Connection

from tellfirst.bootstrap import world
from tellfirst.printing import out, show_json, show_table
from tellfirst.review import evidence as found
from tellfirst.store import incidents
from tellfirst.store.engine import reading

MANIFEST = "manifest.json"


def evidence(
    incident: Annotated[str, Parameter(help="Like INC-2026-0007.")],
    /,
    *,
    customer: Annotated[str, Parameter(help="Only this customer, like C000123.")] = "",
    to: Annotated[Path | None, Parameter(help="Write all of it into this folder, with a manifest.")] = None,
    json: Annotated[bool, Parameter(help="Print for programs.")] = False,
) -> None:
    """Who was told what, when, in which language and version of the texts, and why not: from the books alone."""
    here = world()
    with reading(here.engine) as connection:
        if to is not None:
            written = _write(connection, incident, to, here.clock.now())
            show_json(written) if json else _show_written(written, to / incident)
            return
        said = found.texts(connection, incident)
        rows = list(found.deliveries(connection, incident, said, customer)) if customer else []
        notices = found.notices(connection, incident)
        head = found.counts(connection, incident)
    if json:
        show_json({**head, "notices": notices, "texts": [asdict(one) for one in said], "deliveries": rows})
        return
    show_table("Evidence", [{"figure": name, "value": _flat(value)} for name, value in head.items()])
    show_table("Notices", [_short(one) for one in notices], empty="nobody was told anything")
    if customer:
        show_table(f"What {customer} was told", [_told(one) for one in rows], empty="nothing")
        read = {row["text"] for row in rows}
        for one in said:
            if one.text in read:
                out.print(f"text {one.text}: {one.words}", markup=False, soft_wrap=True)


def _write(connection: Connection, reference: str, folder: Path, now: datetime) -> dict[str, Any]:
    """The folder as a whole; the manifest comes last, so that a folder without one is not finished."""
    here = folder / reference
    here.mkdir(parents=True, exist_ok=True)
    (here / MANIFEST).unlink(missing_ok=True)
    said = found.texts(connection, reference)
    it = incidents.by_reference(connection, reference)
    record = asdict(it) | {"playbook": asdict(it.playbook) if it.playbook else None}
    _json(here / "incident.json", record)
    _json(here / "notices.json", found.notices(connection, reference))
    _json(here / "texts.json", [asdict(one) for one in said])
    _csv(here / "deliveries.csv", found.deliveries(connection, reference, said))
    _csv(here / "not_told.csv", found.not_told(connection, reference))
    for table, rows in found.tables_of(connection, reference):
        _csv(here / f"{table.name}.csv", rows)
    manifest = {
        **found.counts(connection, reference),
        "made at": now,
        "files": {path.name: _digest(path) for path in sorted(here.iterdir())},
    }
    _json(here / MANIFEST, manifest)
    return manifest


def _json(path: Path, value: Any) -> None:
    path.write_text(json_.dumps(value, indent=2, ensure_ascii=False, default=_plain) + "\n", encoding="utf-8")


def _csv(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Nothing is written where there are no rows."""
    path.unlink(missing_ok=True)
    waiting: Iterator[dict[str, Any]] = iter(rows)
    if (first := next(waiting, None)) is None:
        return
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(first))
        writer.writeheader()
        for row in chain((first,), waiting):
            writer.writerow({name: _cell(value) for name, value in row.items()})


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        return json_.dumps(value, ensure_ascii=False, default=_plain)
    return value.isoformat() if isinstance(value, datetime) else value


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        digest = sha256()
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _show_written(manifest: dict[str, Any], folder: Path) -> None:
    show_table("Evidence", [{"file": name, "sha256": digest} for name, digest in manifest["files"].items()])
    out.print(f"written to {folder}; {MANIFEST} names each file with its hash", soft_wrap=True)


def _short(one: dict[str, Any]) -> dict[str, Any]:
    names = (
        "sequence",
        "occasion",
        "whom",
        "reason",
        "author",
        "created_at",
        "template_version",
        "texts_kept",
    )
    return {name.replace("_", " "): one[name] for name in names} | {"deliveries": _flat(one["deliveries"])}


def _told(row: dict[str, Any]) -> dict[str, Any]:
    names = ("notice", "occasion", "channel", "language", "state", "reason", "taken at", "text")
    return {name: row[name] for name in names}


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in value.items()) or "-"
    return str(value)
