"""Times as people write them: a span in a file like 90s, 30m, 2h, 1d; a moment at a terminal or in a form."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.times import utc

# Five digits: 273 years at most, so that no time plus a span is beyond what a calendar holds.
_SPAN = re.compile(r"^(\d{1,5})\s*(s|m|h|d)$")
_AHEAD = re.compile(r"^\+(\d{1,5})(m|h|d)$")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def span(value: Any) -> timedelta:
    """'30m' as a span. Raises ValueError for anything that is not a whole number above zero and a unit."""
    found = _SPAN.match(value) if isinstance(value, str) else None
    if not found or int(found[1]) == 0:
        raise ValueError("write a span above zero with its unit, like 30m, 2h or 1d")
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]])


Span = Annotated[timedelta, BeforeValidator(span)]


def moment(text: str, now: datetime) -> datetime:
    """'+90m', '+2h', '+1d' from now, or an ISO 8601 time with a zone. Raises RuleBroken for anything else."""
    if found := _AHEAD.match(text):
        # Five digits: 273 years at most, so that it is still a time.
        return now + timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
    try:
        return utc(datetime.fromisoformat(text))
    except ValueError:
        raise RuleBroken(f"'{text[:40]}' is no time; write +90m, +2h, or 2026-11-22T16:30+05:30") from None
