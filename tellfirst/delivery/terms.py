"""How long things may take around a call: the numbers that leases, doubt and second tries are made of."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Terms:
    """Spans by the machine's clock. Production has the defaults; a proof of many crashes has shorter ones.

    `look_up_after` must outlast a call that began at the last permitted moment, the difference of two clocks
    and the carrier's own delay in listing what it took: only then does absence prove anything.
    """

    lease_for: timedelta = timedelta(seconds=90)
    skew: timedelta = timedelta(seconds=5)
    """How far two machines' clocks may differ: a lease is shorter for its holder and longer for everyone else."""
    call_within: timedelta = timedelta(seconds=30)
    """Longest time a single call may take; carriers' time-outs stay below it."""
    window_within: timedelta = timedelta(seconds=45)
    """A lease that ends sooner than this is renewed before another window is begun."""
    look_up_after: timedelta = timedelta(seconds=45)
    """How long receipts get to settle a lost answer by themselves before the carrier is asked."""
    ask_again_after: timedelta = timedelta(minutes=5)
    """A carrier that could not say is not asked again at once; a receipt may settle it meanwhile."""
    patience: timedelta = timedelta(seconds=20)
    """A carrier that asks to come again sooner than this is waited for; later ones wait in the ledger."""
    come_back_after: timedelta = timedelta(minutes=2)
    """When a carrier that takes nothing is tried again."""


TERMS = Terms()
