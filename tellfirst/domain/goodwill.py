"""What whoever answers customers may give without asking."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Goodwill:
    """At most `per_customer`, in `currency` (ISO 4217); `from_impact` is the mildest impact that earns it."""

    currency: str
    per_customer: Decimal
    from_impact: str = "down"
