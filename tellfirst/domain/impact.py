"""How badly something is hit: the four steps that carriers' maintenance notices use.

Source: draft-gunter-calext-maintenance-notifications (NO-IMPACT, REDUCED-REDUNDANCY, DEGRADED, OUTAGE).
"""

from enum import IntEnum


class Impact(IntEnum):
    """Ordered, so that the worst of several is their maximum."""

    OK = 0
    AT_RISK = 1
    DEGRADED = 2
    DOWN = 3

    @property
    def word(self) -> str:
        return self.name.lower()
