"""A CSV of works. The columns: docs/how-to/announce-work.md. Every row is accepted or rejected with its reason."""

import csv
import io
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from tellfirst.domain.errors import Mistake, RuleBroken
from tellfirst.domain.impact import Impact
from tellfirst.domain.work import UNSAID, StatedWork, Window, WorkSource, WorkStatus
from tellfirst.works.statements import OWN, Statement, WorksRead, digest_of, refused
from tellfirst.works.times import written_time

REQUIRED = ("id", "starts_at", "ends_at", "objects")
OPTIONAL = ("provider", "status", "impact", "sequence", "reason", "zone", "account", "playbook")
MOST_ROWS = 100_000
MOST_CHARACTERS = 1_000
SEPARATOR = "|"
"""Between the objects of a work."""

Row = Mapping[str, str]


def read_list(raw: bytes, file: str, *, provider: str = "") -> WorksRead:
    """The works of a list. `provider` is for rows that name none; else they are our own.

    Raises Refused for a list that cannot be read at all: its header, its encoding, its size.
    """
    try:
        lines = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True)
        header = [name.strip().lower() for name in next(lines, [])]
        _judge_header(header, file)
        statements: list[Statement] = []
        rejected: list[Mistake] = []
        first: dict[tuple[str, str, str], int] = {}
        for line, row in _rows(lines, header, file, rejected):
            try:
                one = _statement(row, line, provider)
                _refuse_second(one, first)
                statements.append(one)
            except RuleBroken as broken:
                rejected.append(Mistake(file, line, str(broken), "correct the row and import the list again"))
    except UnicodeDecodeError:
        raise refused(file, [Mistake(file, 0, "is not UTF-8", "save it as UTF-8")]) from None
    except csv.Error as broken:
        raise refused(file, [Mistake(file, 0, f"is no CSV: {broken}", "close its quotes")]) from None
    return WorksRead(tuple(statements), tuple(rejected))


def _judge_header(header: list[str], file: str) -> None:
    known = (*REQUIRED, *OPTIONAL)
    mistakes = []
    for name in header:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            cure = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            mistakes.append(Mistake(file, 1, f"the column '{name[:40]}' is unknown", cure))
        elif header.count(name) > 1:
            mistakes.append(Mistake(file, 1, f"the column {name} stands there twice", "leave one"))
    lacking = [name for name in REQUIRED if name not in header]
    if lacking:
        mistakes.append(Mistake(file, 1, f"lacks {', '.join(lacking)}", "begin with a header of the columns"))
    if mistakes:
        raise refused(file, mistakes)


def _rows(
    lines: Iterator[list[str]], header: list[str], file: str, rejected: list[Mistake]
) -> Iterator[tuple[int, Row]]:
    reader = lines
    for number, fields in enumerate(reader):
        line = getattr(reader, "line_num", number + 2)
        if number >= MOST_ROWS:
            raise refused(file, [Mistake(file, line, f"has more than {MOST_ROWS} rows", "split the list")])
        if not any(field.strip() for field in fields):
            continue
        if len(fields) != len(header):
            problem = f"has {len(fields)} fields, the header {len(header)}"
            rejected.append(Mistake(file, line, problem, "put fields with a comma into quotes"))
        elif any(len(field) > MOST_CHARACTERS for field in fields):
            rejected.append(
                Mistake(file, line, "has a field that is too long", "shorten it to 1,000 letters")
            )
        else:
            yield line, dict(zip(header, (field.strip() for field in fields), strict=True))


def _statement(row: Row, line: int, provider: str) -> Statement:
    zone = row.get("zone", "")
    stated = StatedWork(
        provider=row.get("provider", "") or provider or OWN,
        external_id=row["id"],
        sequence=_sequence(row.get("sequence", "")),
        status=_status(row.get("status", "")),
        window=Window(written_time(row["starts_at"], zone), written_time(row["ends_at"], zone)),
        objects=tuple(dict.fromkeys(one.strip() for one in row["objects"].split(SEPARATOR) if one.strip())),
        impact=impact_of(row.get("impact", "")),
        source=WorkSource.CSV,
        reason=row.get("reason", ""),
        account=row.get("account", ""),
        zone=zone,
        status_is_said=bool(row.get("status", "")),
        playbook=row.get("playbook", ""),
    )
    told = "\0".join(f"{name}={value}" for name, value in sorted(row.items()) if value)
    # Of the row alone: a list grows, and what stood in it before has then been stated before.
    return Statement(stated, digest_of(f"{stated.provider}\0{told}".encode()), line)


def _refuse_second(one: Statement, first: dict[tuple[str, str, str], int]) -> None:
    stated = one.stated
    key = stated.provider, stated.external_id, stated.account
    if key in first:
        raise RuleBroken(f"{stated.external_id} stands in line {first[key]} already")
    first[key] = one.line


def _sequence(word: str) -> int:
    if not word:
        return UNSAID
    if not word.isdecimal() or len(word) > 9:
        raise RuleBroken(f"the sequence '{word[:20]}' is no number from 0")
    return int(word)


def _status(word: str) -> WorkStatus:
    try:
        return WorkStatus(word.lower().replace("-", "_")) if word else WorkStatus.CONFIRMED
    except ValueError:
        raise RuleBroken(f"the status '{word[:20]}' is unknown; write {', '.join(WorkStatus)}") from None


def impact_of(word: str) -> Impact:
    """How badly work hits, as people write it; left out, it is down. Raises RuleBroken."""
    named = {one.word: one for one in Impact}
    if word and word.lower() not in named:
        raise RuleBroken(f"the impact '{word[:20]}' is unknown; write {', '.join(named)}")
    return named[word.lower()] if word else Impact.DOWN
