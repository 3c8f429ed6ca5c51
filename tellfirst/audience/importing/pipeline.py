"""Import one file: read → check → stage → merge → report."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, and_, func, select

from tellfirst.audience.importing.batches import record, rules_broken, write_rejects
from tellfirst.audience.importing.checking import Checked, check
from tellfirst.audience.importing.circles import CircleFound, reject_the_circle
from tellfirst.audience.importing.composites import Composites
from tellfirst.audience.importing.erased import reject_erased
from tellfirst.audience.importing.following import follow_changed_records
from tellfirst.audience.importing.layouts import Layout, layout
from tellfirst.audience.importing.merging import TABLES, Merged, merge
from tellfirst.audience.importing.pieces import Piece
from tellfirst.audience.importing.reading import Origin, Source, open_source, origin
from tellfirst.audience.importing.references import reject_unknown
from tellfirst.audience.importing.reporting import Report, Watch
from tellfirst.audience.importing.rules import Note
from tellfirst.audience.importing.staging import Stage
from tellfirst.audience.importing.terms import ImportKind, Progress, Terms
from tellfirst.store.bulk import make_room, refresh_statistics
from tellfirst.store.engine import will_write


def import_file(
    engine: Engine, kind: ImportKind, path: Path, terms: Terms, now: datetime, progress: Progress
) -> Report:
    """Import one file as a whole, or nothing of it; every row is in the report.

    Raises FileRefused when the file cannot be read as a table of `kind`; a file that was read and then refused
    is a report that says so. Whatever fails, the store is as it was.
    """
    run = _Run(layout(kind, terms.region), path, terms, now, progress)
    with run.watch("open"):
        source, run.file = open_source(path, run.layout, terms), origin(path)
    with _connected(engine) as connection:
        with _transaction(connection, writes=False):
            stage, composites = run.stage(connection, source)
            refusal = run.refusal(stage)
        if refusal is None:
            try:
                with _transaction(connection, keep=not terms.dry_run):
                    return run.merge(stage, source, composites)
            except CircleFound as circle:
                with _transaction(connection, writes=False):
                    line = reject_the_circle(stage, circle)
                refusal = f"{path.name}:{line}: {circle}"
        with _transaction(connection, keep=not terms.dry_run):
            return run.refuse(stage, refusal)


@dataclass(slots=True)
class _Run:
    """One file on its way: what has been counted so far."""

    layout: Layout
    path: Path
    terms: Terms
    now: datetime
    progress: Progress
    watch: Watch = field(default_factory=Watch)
    file: Origin = field(init=False)
    row_count: int = 0
    ignored_count: int = 0
    repaired_count: int = 0
    notes: Counter[tuple[str, Note]] = field(default_factory=Counter)

    def stage(self, connection: Connection, source: Source) -> tuple[Stage, Composites | None]:
        """Every row of the file, read and checked, in the stage or among the rejects."""
        stage = Stage(connection, self.layout)
        pieces = source.pieces()
        while piece := self._next(pieces):
            with self.watch("check"):
                checked = check(piece, self.layout)
            self._count(piece, checked)
            with self.watch("stage"):
                stage.put(checked.frame)
                stage.put_rejects(checked.faults)
            self.progress(f"reading {self.path.name}", piece.done)
        with self.watch("look up"):
            stage.settle()
            self.ignored_count = stage.drop_doubled()
            composites = Composites(stage) if self.layout.kind is ImportKind.SERVICES else None
            reject_erased(stage, self.terms.suppression_key, self.now)
            reject_unknown(stage, composites)
        return stage, composites

    def refusal(self, stage: Stage) -> str | None:
        """Why the file is refused as a whole although it could be read."""
        rejected, allowed = stage.rejected_count(), self.terms.refuse_above
        if rejected <= self.row_count * allowed:
            return None
        return (
            f"{rejected} of {self.row_count} rows of {self.path.name} were rejected, more than {allowed * 100:g} %; "
            "mend the file, or allow more with --refuse-above"
        )

    def merge(self, stage: Stage, source: Source, composites: Composites | None) -> Report:
        """Put the staged rows into the store, and whatever follows from that."""
        self.progress(f"merging {self.path.name}", 0)
        with self.watch("merge"):
            merged = merge(stage, source.header, composites)
            if merged.changed_anything:
                refresh_statistics(stage.connection, TABLES[self.layout.kind])
        with self.watch("record"):
            accepted = stage.count()
            batch_id = self._record(stage, accepted)
            following = 0
            if merged.changed_anything:
                following = follow_changed_records(
                    stage.connection, self.layout.kind, batch_id, self.now, self.terms.actor
                )
            return self._report(stage, batch_id, merged, incident_count=following)

    def refuse(self, stage: Stage, refusal: str) -> Report:
        """Nothing but the batch and its rejects is kept."""
        with self.watch("record"):
            batch_id = self._record(stage, 0)
            return self._report(stage, batch_id, Merged(0, 0, 0), refused=refusal)

    def _next(self, pieces: Iterator[Piece]) -> Piece | None:
        with self.watch("read"):
            return next(pieces, None)

    def _count(self, piece: Piece, checked: Checked) -> None:
        self.row_count += piece.row_count
        self.repaired_count += checked.repaired_count
        self.notes += checked.notes

    def _record(self, stage: Stage, accepted: int) -> int:
        return record(
            stage.connection,
            self.layout.kind,
            self.file,
            self.terms,
            self.now,
            stage.rejects,
            row_count=self.row_count,
            accepted_count=accepted,
            repaired_count=self.repaired_count,
            rejected_count=stage.rejected_count(),
        )

    def _report(self, stage: Stage, batch_id: int, merged: Merged, **more: Any) -> Report:
        rejects = rules_broken(stage.connection, stage.rejects)
        return Report(
            self.layout.kind,
            self.path.name,
            row_count=self.row_count,
            new_count=merged.new_count,
            changed_count=merged.changed_count,
            unchanged_count=merged.unchanged_count,
            removed_count=merged.removed_count,
            ignored_count=self.ignored_count,
            rejected_count=stage.rejected_count(),
            repaired_count=self.repaired_count,
            unreachable_count=_unreachable(stage),
            notes=self.notes,
            rejects=rejects,
            rejects_file=self._rejects_file(stage, batch_id) if rejects else None,
            batch_id=None if self.terms.dry_run else batch_id,
            dry_run=self.terms.dry_run,
            seconds=self.watch.seconds,
            **more,
        )

    def _rejects_file(self, stage: Stage, batch_id: int) -> Path:
        number = "dry-run" if self.terms.dry_run else str(batch_id)
        path = self.terms.rejects or self.terms.rejects_folder / f"{self.layout.kind}-{number}.csv"
        write_rejects(stage.connection, stage.rejects, path)
        return path


def _unreachable(stage: Stage) -> int:
    """Accepted customers whom nothing could be sent to: in every audience they are counted, never lost."""
    if stage.layout.kind is not ImportKind.CUSTOMERS:
        return 0
    rows = stage.rows.c
    without = and_(rows.phone.is_(None), rows.email.is_(None))
    return stage.connection.execute(select(func.count()).select_from(stage.rows).where(without)).scalar_one()


@contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    """A connection of its own, closed at the end: temporary tables and a large cache go with it."""
    with engine.connect() as connection:
        connection.detach()
        # SQLAlchemy would forget how many rows an insert touched.
        yield connection.execution_options(preserve_rowcount=True)


@contextmanager
def _transaction(connection: Connection, *, writes: bool = True, keep: bool = True) -> Iterator[None]:
    """One transaction; on SQLite only one that `writes` takes the write lock. Rolled back unless to `keep`."""
    will_write(connection, writes)
    with connection.begin() as transaction:
        make_room(connection)
        yield
        if not keep:
            transaction.rollback()
