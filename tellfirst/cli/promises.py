"""`tellfirst promises`."""

from collections import Counter
from typing import Annotated, Any

from cyclopts import Parameter

from tellfirst.bootstrap import world
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.promise import PromiseState
from tellfirst.printing import out, show_json, show_table
from tellfirst.store.engine import reading
from tellfirst.timelines.promised import Promised, Which, promised


def promises(
    *,
    incident: Annotated[str, Parameter(help="Only those of this incident, like INC-2026-0007.")] = "",
    customer: Annotated[str, Parameter(help="Only those given to this customer, like C000123.")] = "",
    due: Annotated[bool, Parameter(help="Only what is still owed.")] = False,
    broken: Annotated[bool, Parameter(help="Only what was broken.")] = False,
    json: Annotated[bool, Parameter(help="Print for programs.")] = False,
) -> None:
    """Every time that was given to customers: due, kept, replaced or broken, by how much and why."""
    if due and broken:
        raise RuleBroken("a promise is either still due or broken already; ask for one of --due and --broken")
    which = Which.DUE if due else Which.BROKEN if broken else Which.ALL
    with reading(world().engine) as connection:
        found = promised(connection, incident=incident, customer=customer, which=which)
    rows = [_row(one, of_customer=bool(customer)) for one in found]
    if json:
        show_json(rows)
        return
    show_table(_title(incident, customer, which), rows, empty="none")
    if found:
        count = Counter(one.state for one in found)
        out.print(", ".join(f"{count[state]:,} {state}" for state in PromiseState if count[state]))


def _title(incident: str, customer: str, which: Which) -> str:
    what = {Which.ALL: "Promises", Which.DUE: "Promises still owed", Which.BROKEN: "Broken promises"}[which]
    return " ".join([what, *(f"to {customer}",) * bool(customer), *(f"of {incident}",) * bool(incident)])


def _row(one: Promised, *, of_customer: bool) -> dict[str, Any]:
    row = {
        "incident": one.incident,
        "promise": one.kind.value,
        "made in": one.made_in,
        "made at": one.made_at,
        "due": one.due_at,
        "state": one.state.value,
        "late by (s)": int(one.late_by.total_seconds()),
        "why": one.reason,
        "settled at": one.settled_at,
        "answered by": one.answered_by,
    }
    return row | {"heard": one.heard} if of_customer else row
