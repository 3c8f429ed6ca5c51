"""Announced work: when customers hear of it, and what it becomes when it does not end in time."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class PlannedRules:
    """`lead` is how long before the work customers must have heard of it, `remind_before` when they are reminded.

    `becomes` names the playbook that takes over when the announced end has passed.
    """

    lead: timedelta = timedelta(days=10)
    remind_before: timedelta = timedelta(hours=24)
    becomes: str = ""
