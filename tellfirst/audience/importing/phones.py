"""Check phone numbers that are here already against their countries' numbering plans, each number once.

The numbers stay: sending goes on and the carrier decides. Whoever looks after the customers gets the list.
"""

from datetime import datetime
from hashlib import sha256
from pathlib import Path

import polars as pl
from sqlalchemy import ColumnElement, Connection, Engine, and_, func, insert, not_, select, true, update

from tellfirst.audience.importing.batches import rules_broken, write_rejects
from tellfirst.audience.importing.findings import Findings
from tellfirst.audience.importing.numbering import Asked, numbered
from tellfirst.audience.importing.pieces import LINE, ROWS
from tellfirst.audience.importing.reporting import Report, Watch
from tellfirst.audience.importing.rules import Rule
from tellfirst.audience.importing.terms import ImportKind, Progress, Terms
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

SOURCE = "customers in the store"


def check_phones(engine: Engine, terms: Terms, now: datetime, progress: Progress) -> Report:
    """Check every number that was not checked since it last changed.

    Committed every 50 000 numbers, so that a pass that was stopped goes on where it stopped. In the rejects
    `line` is the customer's number in the store.
    """
    watch = Watch()
    with reading(engine) as connection:
        waiting = _waiting(connection)
    with watch("record"), writing(engine) as connection:
        batch_id = _open_batch(connection, terms, now)
    row_count = 0
    with watch("check"):
        while count := _check_some(engine, batch_id):
            row_count += count
            progress("checking phones", min(1.0, row_count / max(waiting, 1)))
    return _report(engine, batch_id, terms, row_count, watch)


def _unchecked() -> ColumnElement[bool]:
    return and_(t.customer.c.phone.is_not(None), not_(t.customer.c.phone_checked))


def _waiting(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(t.customer).where(_unchecked())).scalar_one()


def _open_batch(connection: Connection, terms: Terms, now: datetime) -> int:
    made = connection.execute(
        insert(t.import_batch).values(
            kind=ImportKind.PHONES.value,
            file=SOURCE,
            sha256=sha256(b"").hexdigest(),
            at=now,
            actor=terms.actor,
            row_count=0,
            accepted_count=0,
            repaired_count=0,
            rejected_count=0,
        )
    ).inserted_primary_key
    assert made is not None
    return int(made[0])


def _check_some(engine: Engine, batch_id: int) -> int:
    """One transaction; how many numbers it has checked."""
    c, b = t.customer.c, t.import_batch.c
    with writing(engine) as connection:
        some = select(c.id, c.phone).where(_unchecked()).order_by(c.id).limit(ROWS).with_for_update()
        rows = [tuple(row) for row in connection.execute(some)]
        if not rows:
            return 0
        faults = _faults(rows)
        if faults:
            connection.execute(insert(t.import_reject), [{"batch_id": batch_id, **one} for one in faults])
        among = and_(c.id >= rows[0][0], c.id <= rows[-1][0], _unchecked())
        connection.execute(update(t.customer).where(among).values(phone_checked=true()))
        landlines = [one["line"] for one in faults if one["rule"] == Rule.LANDLINE]
        connection.execute(update(t.customer).where(c.id.in_(landlines)).values(phone_landline=true()))
        connection.execute(
            update(t.import_batch)
            .where(b.id == batch_id)
            .values(
                row_count=b.row_count + len(rows),
                accepted_count=b.accepted_count + len(rows) - len(faults),
                rejected_count=b.rejected_count + len(faults),
            )
        )
    return len(rows)


def _faults(rows: list[tuple[object, ...]]) -> list[dict[str, object]]:
    phones = pl.DataFrame(rows, schema={LINE: pl.Int64, "phone": pl.String}, orient="row")
    judged = numbered(phones, Asked.VALID, Asked.LANDLINE)
    findings = Findings(phones)
    findings.reject(judged, ~pl.col(Asked.VALID), "phone", Rule.INVALID_NUMBER)
    findings.reject(judged, pl.col(Asked.LANDLINE), "phone", Rule.LANDLINE)
    return [
        {"line": one.line, "column": one.column, "rule": str(one.rule), "text": one.text}
        for one in findings.faults
    ]


def _report(engine: Engine, batch_id: int, terms: Terms, row_count: int, watch: Watch) -> Report:
    r = t.import_reject.c
    listed = select(r.line, r.column, r.rule, r.text).where(r.batch_id == batch_id).subquery()
    path: Path | None = None
    with watch("record"), reading(engine) as connection:
        broken = rules_broken(connection, listed)
        if broken:
            path = terms.rejects or terms.rejects_folder / f"{ImportKind.PHONES}-{batch_id}.csv"
            write_rejects(connection, listed, path)
    return Report(
        ImportKind.PHONES,
        SOURCE,
        row_count=row_count,
        unchanged_count=row_count - broken.total(),
        rejected_count=broken.total(),
        rejects=broken,
        rejects_file=path,
        batch_id=batch_id,
        seconds=watch.seconds,
    )
