"""How a time that is owed is written in a file: '30m', '5 working days', 'end of next day'."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

from tellfirst.domain.due import Counting, Due
from tellfirst.spans import span

_COUNTED = re.compile(r"^(\d{1,3}) (working hour|working day|calendar day)s?$")
_COUNTINGS = {
    "working hour": (Counting.WORKING_HOURS, timedelta(hours=1)),
    "working day": (Counting.WORKING_DAYS, timedelta(days=1)),
    "calendar day": (Counting.CALENDAR_DAYS, timedelta(days=1)),
}
END_OF_NEXT_DAY = "end of next day"
_WAYS = "like 30m, 2h, 4 working hours, 5 working days, 1 calendar day or end of next day"


def due(value: Any) -> Due:
    """The words as a due. Raises ValueError that shows every way to write one."""
    if value == END_OF_NEXT_DAY:
        return Due(Counting.END_OF_NEXT_DAY)
    found = _COUNTED.match(value) if isinstance(value, str) else None
    if found and int(found[1]):
        counting, one = _COUNTINGS[found[2]]
        return Due(counting, int(found[1]) * one)
    try:
        return Due(Counting.REAL, span(value))
    except ValueError:
        raise ValueError(f"write a time that is owed {_WAYS}") from None


def written(one: Due) -> str:
    """The opposite of `due`, for people."""
    if one.counting is Counting.END_OF_NEXT_DAY:
        return END_OF_NEXT_DAY
    for words, (counting, unit) in _COUNTINGS.items():
        if one.counting is counting:
            count = one.span // unit
            return f"{count} {words}{'s' if count != 1 else ''}"
    return in_units(one.span)


def in_units(long: timedelta) -> str:
    """A span in the largest unit that divides it: '30m', '6h', '10d'."""
    seconds = int(long.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


DueText = Annotated[Due, BeforeValidator(due)]
