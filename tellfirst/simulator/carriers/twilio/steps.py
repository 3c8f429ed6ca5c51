"""The statuses a text or a call goes through. They follow from number, seed and row, so none is stored."""

from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache

from tellfirst.simulator.carriers.receipts.pace import Pace
from tellfirst.simulator.carriers.special_recipients import fate_of_call, fate_of_phone
from tellfirst.simulator.carriers.truth.entries import Call, Text

API_VERSION = "2010-04-01"


@dataclass(frozen=True, slots=True)
class Step:
    """One status reached at `at` (unix seconds)."""

    status: str
    at: float
    error_code: int | None = None


def steps_of(entry: Text | Call, pace: Pace) -> list[Step]:
    """The statuses after `queued`, in order."""
    if isinstance(entry, Call):
        statuses = fate_of_call(entry.to).statuses
        due = pace.due(entry.row, entry.at, len(statuses))
        return [Step(status, at) for status, at in zip(statuses, due, strict=True)]
    fate = fate_of_phone(entry.to)
    if not fate.statuses:
        return []
    due = pace.due(entry.row, entry.at, len(fate.statuses))
    steps = [Step(status, at) for status, at in zip(fate.statuses, due, strict=True)]
    if fate.error_code:
        steps[-1] = Step(steps[-1].status, steps[-1].at, fate.error_code)
    return steps


@lru_cache(maxsize=4096)
def rfc2822(second: int) -> str:
    """RFC 2822 with a numeric zone, as Twilio writes it; `second` in unix time."""
    return formatdate(second)[:-5] + "+0000"
