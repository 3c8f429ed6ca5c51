"""A span of time as people write it in a file: 90s, 30m, 2h, 1d."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

# Five digits: 273 years at most, so that no time plus a span is beyond what a calendar holds.
_SPAN = re.compile(r"^(\d{1,5})\s*(s|m|h|d)$")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def span(value: Any) -> timedelta:
    """'30m' as a span. Raises ValueError for anything that is not a whole number above zero and a unit."""
    found = _SPAN.match(value) if isinstance(value, str) else None
    if not found or int(found[1]) == 0:
        raise ValueError("write a span above zero with its unit, like 30m, 2h or 1d")
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]])


Span = Annotated[timedelta, BeforeValidator(span)]
