"""Which posts the receipts of one message become, once the plan of faults has had its say."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tellfirst.simulator.carriers.faults.faults import Faults
from tellfirst.simulator.carriers.faults.kinds import Family, Fault
from tellfirst.simulator.carriers.truth.entries import Channel

APART_SECONDS = 0.05
"""Between two receipts that changed places, and between a receipt and its repetition."""


class Guise(StrEnum):
    """Who seems to post, and what it says."""

    TRUE = "true"
    FORGED = "forged"
    """The opposite, with a wrong signature."""
    STRANGER = "stranger"
    """The opposite, in the name of another account and rightly signed by it."""


@dataclass(frozen=True, slots=True)
class Post:
    """One post of the receipt of `step` (from 0 on), due at `due_at` (unix seconds)."""

    due_at: float
    step: int
    guise: Guise = Guise.TRUE
    before_answer: bool = False


_GUISES = {Fault.RECEIPT_FORGED: Guise.FORGED, Fault.RECEIPT_OF_ANOTHER_ACCOUNT: Guise.STRANGER}


def posts_of(faults: Faults, channel: Channel, dues: Sequence[float]) -> list[Post]:
    """The posts for receipts due at `dues`, one per step. What really happens to them is counted."""
    if not faults.strikes_receipts:
        return [Post(due_at, step) for step, due_at in enumerate(dues)]
    posts: list[Post] = []
    times = list(dues)
    for step in range(len(times)):
        fault = faults.next(Family.RECEIPT, channel)
        if fault is None or not _can_happen(fault, step, len(times)):
            posts.append(Post(times[step], step))
            continue
        faults.happened[fault] += 1
        match fault:
            case Fault.RECEIPT_LOST:
                continue
            case Fault.RECEIPT_LATE:
                posts.append(Post(times[step] + faults.plan.late_seconds, step))
            case Fault.RECEIPT_EARLY:
                posts.append(Post(0.0, step, before_answer=True))
            case Fault.RECEIPT_OUT_OF_ORDER:
                times[step], times[step + 1] = times[step + 1] + APART_SECONDS, times[step]
                posts.append(Post(times[step], step))
            case Fault.RECEIPT_DUPLICATED:
                posts += [Post(times[step], step), Post(times[step] + APART_SECONDS, step)]
            case _:
                posts += [Post(times[step], step, _GUISES[fault]), Post(times[step], step)]
    return posts


def _can_happen(fault: Fault, step: int, count: int) -> bool:
    """Only the first receipt can come before the answer; the last has none after it to change places with."""
    if fault is Fault.RECEIPT_EARLY:
        return step == 0
    return fault is not Fault.RECEIPT_OUT_OF_ORDER or step + 1 < count
