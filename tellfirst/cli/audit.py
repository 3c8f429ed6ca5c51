"""`tellfirst audit`: who looked at which customers, and who did what."""

from typing import Annotated

from cyclopts import Parameter

from tellfirst.accounts.audit import Entry, entries
from tellfirst.bootstrap import world
from tellfirst.printing import show_json, show_table
from tellfirst.store.engine import reading


def audit(
    *,
    account: Annotated[str, Parameter(help="Only what this account did.")] = "",
    incident: Annotated[str, Parameter(help="Only about this incident, like INC-2026-0007.")] = "",
    customer: Annotated[str, Parameter(help="Only looks at this customer, like C000123.")] = "",
    before: Annotated[int | None, Parameter(help="Only entries older than this number.")] = None,
    json: Annotated[bool, Parameter(help="Print for programs.")] = False,
) -> None:
    """Every act and every look at customers, the newest first, a hundred at a time."""
    with reading(world().engine) as connection:
        found = entries(connection, account=account, incident=incident, customer=customer, before=before)
    rows = [_row(one) for one in found]
    show_json(rows) if json else show_table("Audit", rows, empty="nothing")


def _row(one: Entry) -> dict[str, object]:
    return {
        "no.": one.id,
        "at": one.at,
        "account": one.account,
        "through": one.through.value,
        "what": one.what.value,
        "incident": one.incident or "",
        "customer": one.customer or "",
        "details": ", ".join(f"{name} {value}" for name, value in one.details.items()),
    }
