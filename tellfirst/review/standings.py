"""How rows of an audience stand, as conditions: one reading of the books for every table and count."""

from sqlalchemy import ColumnElement, String, and_, case, literal

from tellfirst.domain.audience import Over
from tellfirst.domain.explanation import Standing
from tellfirst.store import tables as t


def affected_now() -> ColumnElement[bool]:
    """Whoever is affected at this moment."""
    return and_(t.audience.c.affected_revision.is_not(None), t.audience.c.over_at.is_(None))


def at_risk_now(revision: int, tell_from: int) -> ColumnElement[bool]:
    """Whoever `revision`, the latest, reaches too little to be told; some of them were affected before."""
    return and_(t.audience.c.revision == revision, t.audience.c.impact < tell_from)


def standing(revision: int) -> ColumnElement[str]:
    """The standing of a row at `revision`, the latest; `not_affected`: at risk once, and not any more."""
    a = t.audience.c
    rules = (
        (a.over == Over.BACK.value, Standing.BACK),
        (a.over == Over.WRONGLY_TOLD.value, Standing.WRONGLY_TOLD),
        (a.affected_revision.is_not(None), Standing.AFFECTED),
        (a.revision == revision, Standing.AT_RISK),
    )
    return case(
        *((rule, literal(word.value, String)) for rule, word in rules),
        else_=literal(Standing.NOT_AFFECTED.value, String),
    )
