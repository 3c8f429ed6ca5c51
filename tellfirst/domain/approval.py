"""Who must agree before many customers are told, and by when."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Approvals:
    """Shares are of all active customers, 0 to 1; either measure alone asks for a person.

    `within` is how long the question may stand: after it the safe holding notice goes out, never silence.
    """

    above: float = 1.0
    above_count: int | None = None
    second_above: float | None = None
    """Above this share a second account must agree as well."""
    second_above_count: int | None = None
    within: timedelta = timedelta(minutes=15)

    def needed(self, count: int, base: int) -> int:
        """How many accounts must agree before `count` of `base` customers are told: 0, 1 or 2."""
        share = count / base if base else 0.0
        if _exceeds(count, share, self.second_above_count, self.second_above):
            return 2
        return 1 if _exceeds(count, share, self.above_count, self.above) else 0


def _exceeds(count: int, share: float, count_limit: int | None, share_limit: float | None) -> bool:
    return (count_limit is not None and count > count_limit) or (
        share_limit is not None and share > share_limit
    )
