"""`tellfirst doctor`."""

from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from tellfirst.bootstrap import world
from tellfirst.cli import watching
from tellfirst.cli.spans import span
from tellfirst.examining import examine
from tellfirst.printing import show_json, show_table


def doctor(
    *,
    watch: Annotated[bool, Parameter(help="Say whether the teller itself is late, again and again.")] = False,
    every: Annotated[str, Parameter(help="How often with --watch, like 30s.")] = "30s",
    once: Annotated[bool, Parameter(help="One look with --watch: exit 1 when it is late.")] = False,
    json: Annotated[bool, Parameter(help="Print for programs.")] = False,
) -> int:
    """Examine this installation: versions, the database's own known faults, ports, clock, permissions."""
    if watch:
        return watching.watch(world(), span(every), once=once, json=json)
    findings = examine(world())
    rows = [asdict(one) for one in findings]
    show_json(rows) if json else show_table("Findings", rows)
    return 1 if any(one.verdict == "fault" for one in findings) else 0
