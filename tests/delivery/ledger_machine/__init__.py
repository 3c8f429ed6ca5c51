"""Workers, clocks, receipts, people and kills in any order against the ledger, and the invariants after each."""

from ledger_machine.invariants import Invariants
from ledger_machine.people import People
from ledger_machine.workers import Workers


class LedgerMachine(Workers, People, Invariants):
    """Two workers and everything that happens to them."""
