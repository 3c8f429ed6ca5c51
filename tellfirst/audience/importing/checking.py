"""Check: every value against its column, every row against the rules of its kind; what passes has its types."""

from collections import Counter
from dataclasses import dataclass, replace

import polars as pl

from tellfirst.audience.importing.findings import Findings
from tellfirst.audience.importing.layouts import Column, Holds, Layout
from tellfirst.audience.importing.moments import KEPT
from tellfirst.audience.importing.pieces import LINE, Fault, Piece, shown
from tellfirst.audience.importing.row_rules import ROW_RULES
from tellfirst.audience.importing.rules import Note, Rule

_VALUE, _NOTE, _RULE = "value*", "note*", "rule*"
"""No column of a file can have these names."""


@dataclass(frozen=True, slots=True)
class Checked:
    """`frame` has the rows that passed, each column of the layout with its type."""

    frame: pl.DataFrame
    faults: tuple[Fault, ...]
    notes: Counter[tuple[str, Note]]
    repaired_count: int


def check(piece: Piece, layout: Layout) -> Checked:
    """The piece with every rule applied. No row is lost: it passes or is among the faults."""
    findings = Findings(piece.frame, [replace(one, text=shown(one.text)) for one in piece.faults])
    frame = _without_spaces(piece.frame, layout, findings)
    for column in layout.columns:
        frame = _judge(frame, column, findings)
    frame = _typed(frame, layout, findings)
    # A value that was rejected is gone from its row: what it would have been together with others, nobody knows.
    frame = ROW_RULES[layout.kind](_sound(frame, findings), findings)
    return Checked(_sound(frame, findings), tuple(findings.faults), *findings.mended())


def _sound(frame: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    rejected = findings.rejected_lines()
    return frame.filter(~pl.col(LINE).is_in(rejected.implode())) if len(rejected) else frame


def _without_spaces(frame: pl.DataFrame, layout: Layout, findings: Findings) -> pl.DataFrame:
    """Empty is the same as not there; a column the file has not is empty in every row."""
    there = [name for name in layout.names if name in frame.columns]
    trimmed = frame.with_columns(pl.col(there).str.strip_chars())
    for name in there:
        lines = frame[LINE].filter((frame[name] != trimmed[name]).fill_null(False))
        findings.note(name, Note.SPACES_TRIMMED, lines)
    emptied = [pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in there]
    absent = [pl.lit(None, pl.String).alias(name) for name in layout.names if name not in there]
    return trimmed.select(LINE, *emptied, *absent)


def _judge(frame: pl.DataFrame, column: Column, findings: Findings) -> pl.DataFrame:
    """Only texts that do not match the column's plain form are judged, each different one once."""
    name = column.name
    texts = frame[name]
    if column.required and texts.null_count():
        findings.reject(frame, pl.col(name).is_null(), name, Rule.MISSING)
    doubtful = texts.drop_nulls()
    if column.plain is not None:
        doubtful = doubtful.filter(~doubtful.str.contains(column.plain))
    if len(doubtful):
        frame = _with_verdicts(frame, column, doubtful.unique(), findings)
    return frame.with_columns(pl.col(name).fill_null(column.default)) if column.default else frame


def _with_verdicts(
    frame: pl.DataFrame, column: Column, doubtful: pl.Series, findings: Findings
) -> pl.DataFrame:
    name = column.name
    verdicts = [column.judge(text) for text in doubtful]
    judged = pl.DataFrame(
        {
            name: doubtful,
            _VALUE: [verdict.value for verdict in verdicts],
            _NOTE: [verdict.note for verdict in verdicts],
            _RULE: [verdict.rule for verdict in verdicts],
        },
        schema=dict.fromkeys((name, _VALUE, _NOTE, _RULE), pl.String),
    ).with_columns(pl.lit(True).alias("judged*"))
    joined = frame.join(judged, on=name, how="left", maintain_order="left")
    for rule in {verdict.rule for verdict in verdicts if verdict.rule}:
        findings.reject(joined, pl.col(_RULE) == rule, name, rule)
    for note in {verdict.note for verdict in verdicts if verdict.note}:
        findings.note(name, note, joined.filter(pl.col(_NOTE) == note)[LINE])
    value = pl.when(pl.col("judged*")).then(pl.col(_VALUE)).otherwise(pl.col(name))
    return joined.with_columns(value.alias(name)).drop(_VALUE, _NOTE, _RULE, "judged*")


def _typed(frame: pl.DataFrame, layout: Layout, findings: Findings) -> pl.DataFrame:
    """A text of the right shape may still be no value: a thirteenth month."""
    casts = {
        Holds.WHOLE: lambda text: text.cast(pl.Int64, strict=False),
        Holds.DECIMAL: lambda text: text.cast(pl.Float64, strict=False),
        Holds.TIME: lambda text: text.str.to_datetime(KEPT, time_unit="us", strict=False),
    }
    wrong = {Holds.WHOLE: Rule.NOT_A_NUMBER, Holds.DECIMAL: Rule.NOT_A_NUMBER, Holds.TIME: Rule.NOT_A_TIME}
    columns = [column for column in layout.columns if column.holds in casts]
    typed = frame.with_columns(casts[column.holds](pl.col(column.name)) for column in columns)
    for column in columns:
        if typed[column.name].null_count() > frame[column.name].null_count():
            lost = frame.filter(typed[column.name].is_null() & frame[column.name].is_not_null())
            findings.reject(lost, pl.lit(True), column.name, wrong[column.holds])
    return typed
