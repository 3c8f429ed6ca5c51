"""Canary and ramp: a large notice begins small, and stops where too much of it fails.

A mis-send is noticed within seconds; what a canary saves is everybody who had not been written to by then.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from math import ceil

SMALLEST, LARGEST, SHARE, STEP = 10, 100, 0.01, 10
"""The canary of a channel is 1 % of its messages, at least ten and at most a hundred; the second wave ten times
as many."""
RECEIPTS_WITHIN = timedelta(seconds=60)
"""How long the next wave waits for the receipts of the one before."""
TOO_FEW_TO_JUDGE = 5
"""Fewer failures than this stop nothing: with ten messages one would be a tenth."""
UNWRITABLE_LIMIT = 50
"""Texts that cannot be made out of the facts: a fault of ours, and of all readers alike."""


@dataclass(frozen=True, slots=True)
class Canary:
    """`start` is the number of messages above which a notice has a canary; `stop_above` a share, 0 to 1.

    At ten thousand 1 % is the hundred that the canary may be at most. A smaller notice is out within a minute or
    two, which is about as long as a canary would hold it up.
    """

    start: int = 10_000
    stop_above: float = 0.05


class HaltReason(StrEnum):
    """Why the rest of a notice does not leave before a person has looked."""

    FAILURE_RATE = "failure_rate"
    """More of its messages failed than the playbook allows."""
    UNWRITABLE_TEXTS = "unwritable_texts"
    """Its text cannot be made out of its facts for too many readers."""
    RESUMED = "resumed"
    """A person has seen its failures and let it go on, or nobody came and it had to."""
    OVER = "over"
    """A person cancelled it, or nobody came before its word was out of date: what is left does not leave."""


HALT_LASTS = timedelta(minutes=30)
"""How long a halted notice that promises no next word waits for a person."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the messages of a notice that were offered so far; those still on their way are in neither."""

    offered: int
    failed: int
    unwritable: int


def waves(pending: int) -> tuple[int, int]:
    """How many messages of a channel leave in the first wave, and in the second; the rest is the third."""
    first = min(pending, max(SMALLEST, min(LARGEST, ceil(pending * SHARE))))
    return first, min(pending - first, first * STEP)


def halts(tally: Tally, canary: Canary, *, ramped: bool) -> HaltReason | None:
    """Whether the rest must wait for a person. A notice without waves is over before a rate says anything."""
    if tally.unwritable > UNWRITABLE_LIMIT:
        return HaltReason.UNWRITABLE_TEXTS
    enough = tally.failed >= TOO_FEW_TO_JUDGE
    if ramped and enough and tally.failed > canary.stop_above * tally.offered:
        return HaltReason.FAILURE_RATE
    return None
