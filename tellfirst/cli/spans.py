"""Times as people type them."""

import re
from datetime import datetime, timedelta

from tellfirst import spans
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.times import utc

_SPAN = re.compile(r"^\+(\d+)(m|h|d)$")


def moment(text: str, now: datetime) -> datetime:
    """'+90m', '+2h', '+1d' from now, or an ISO 8601 time with a zone. Raises RuleBroken for anything else."""
    if found := _SPAN.match(text):
        unit = {"m": "minutes", "h": "hours", "d": "days"}[found[2]]
        return now + timedelta(**{unit: int(found[1])})
    try:
        return utc(datetime.fromisoformat(text))
    except ValueError:
        raise RuleBroken(f"'{text}' is no time; write +90m, +2h, or 2026-11-22T16:30+05:30") from None


def span(text: str) -> timedelta:
    """'30s', '5m' or '1h' as a span. Raises RuleBroken for anything else."""
    try:
        return spans.span(text)
    except ValueError as wrong:
        raise RuleBroken(f"'{text}' is no span; {wrong}") from None
