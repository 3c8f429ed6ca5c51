"""`tellfirst doctor`."""

from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from tellfirst.bootstrap import world
from tellfirst.examining import examine
from tellfirst.printing import show_json, show_table


def doctor(*, json: Annotated[bool, Parameter(help="Print for programs.")] = False) -> int:
    """Examine this installation: versions, the database's own known faults, ports, clock, permissions."""
    findings = examine(world())
    rows = [asdict(one) for one in findings]
    show_json(rows) if json else show_table("Findings", rows)
    return 1 if any(one.verdict == "fault" for one in findings) else 0
