"""`tellfirst compensation`."""

import csv
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from tellfirst.bootstrap import world
from tellfirst.domain.errors import Refused
from tellfirst.printing import show_json, show_table
from tellfirst.review.compensating import compensation as reckon
from tellfirst.store import incidents
from tellfirst.store.engine import reading

COLUMNS = ("customer", "monthly_fee")


def compensation(
    reference: Annotated[str, Parameter(help="Like INC-2026-0007.")],
    /,
    *,
    fees: Annotated[Path | None, Parameter(help="CSV with the columns customer and monthly_fee.")] = None,
    json: Annotated[bool, Parameter(help="Print for programs, with each customer's amount.")] = False,
) -> None:
    """What customers are due by each policy pack that binds an incident; packs are never merged."""
    here = world()
    known = read_fees(fees) if fees else {}
    with reading(here.engine) as connection:
        it = incidents.by_reference(connection, reference)
        found = reckon(connection, it, here.policy, here.clock.now(), known)
    if json:
        show_json([asdict(one) for one in found])
        return
    show_table("Compensation", [one.to_row() for one in found], empty="no pack that binds it gives any")


def read_fees(path: Path) -> dict[str, Decimal]:
    """Monthly fees by customer's reference. Raises Refused that names the line, and nothing is used."""
    fees: dict[str, Decimal] = {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if missing := set(COLUMNS) - set(rows.fieldnames or ()):
            raise Refused("columns", f"{path}:1: the column {', '.join(sorted(missing))} is missing; add it")
        for row in rows:
            try:
                fee = Decimal(row["monthly_fee"] or "")
            except InvalidOperation:
                fee = Decimal(-1)
            if not row["customer"] or not fee.is_finite() or fee < 0:
                raise Refused("fee", f"{path}:{rows.line_num}: write a customer and a fee like 39.99")
            fees[row["customer"]] = fee
    return fees
