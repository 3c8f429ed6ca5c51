"""Every place at which a proof may strike, and how often an undisturbed life passes it."""

from collections.abc import Mapping

STATEMENT = "between two statements"
"""Not in the source: before every statement and every commit that a worker makes, counted one by one."""

INSIDE = "inside the call"
"""Not in the source: after the last look at the lease, before the request leaves."""

POINTS: Mapping[str, int] = {
    "lease: taken, not committed": 3,
    "lease: committed": 3,
    "renew: renewed, not committed": 1,
    "intend: judged, not committed": 6,
    "intend: committed": 7,
    "call: about to be made": 30,
    "call: answered, not written down": 6,
    "record: written, not committed": 6,
    "record: committed": 6,
    "release: given back, not committed": 3,
    "release: committed": 3,
    "reap: reaped, not committed": 3,
    "reap: committed": 3,
    "reconcile: about to ask": 1,
    "reconcile: asked, not written": 1,
    "reconcile: written, not committed": 1,
    "reconcile: committed": 1,
    "receipts: kept, not committed": 20,
    "receipts: kept and committed": 20,
    "receipts: applied, not committed": 4,
    "receipts: applied and committed": 4,
    "conclude: settled, not committed": 3,
    "conclude: committed": 3,
    STATEMENT: 220,
    INSIDE: 10,
}
"""Name and usual passages in one life: where a schedule draws the passage it strikes at from."""

AT_THE_DOOR = ("receipts: kept, not committed", "receipts: kept and committed")
"""Passed by whoever takes receipts, not by a worker: there a strike fails the request as a death would."""
RENEWING = ("renew: renewed, not committed",)
"""Passed only by a worker whose lease has grown old: it is made to nap before."""
OPEN_GROUND = (
    "lease: committed",
    "intend: committed",
    "call: about to be made",
    "call: answered, not written down",
    "record: committed",
)
"""Where no transaction is open, so that a person may do something to the books at that very moment."""
ELSEWHERE = (
    "renew: committed",
    "choose: carriers entered, not committed",
    "choose: carriers entered",
    "choose: try claimed, not committed",
    "choose: try claimed",
    "choose: put off, not committed",
    "choose: put off",
    "look back: reaped",
    "look back: asked, not written",
    "look back: written, not committed",
    "look back: committed",
    "pace: slots taken, not committed",
    "pace: slots taken",
    "pace: slots given back, not committed",
    "pace: slots given back",
    "pace: line closed, not committed",
    "pace: line closed",
    "ready: chosen, not committed",
    "ready: committed",
    "send: put off, not committed",
    "send: put off",
    "send: watched, not committed",
    "send: watched",
    "reach: next channels planned, not committed",
    "halt: written, not committed",
    "weigh: shares moved, not committed",
)
"""Passed seldom or never in the lives of a proof, whose carriers have no rate, no rival and no night: no blow is drawn
for them, but between two statements they are struck like everything else."""
NAMES = (*POINTS, *ELSEWHERE)
