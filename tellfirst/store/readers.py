"""Who reads a message, in one column: what of a customer changes its words, and nothing that identifies them."""

from sqlalchemy import ColumnElement, FromClause, String, cast

from tellfirst.domain.audience import kinds
from tellfirst.domain.impact import Impact
from tellfirst.domain.message import Reader


def packed(rows: FromClause) -> ColumnElement[str]:
    """The reader of a row of the audience (or an alias of it), as `unpacked` reads it."""
    c = rows.c
    return c.language + " " + c.zone + " " + cast(c.impact, String) + " " + cast(c.services, String)


def unpacked(kept: str) -> Reader:
    """'te Asia/Kolkata 3 1' as the reader that a text is rendered for."""
    language, zone, impact, services = kept.split(" ")
    return Reader(language, zone, Impact(int(impact)).word, kinds(int(services)))
