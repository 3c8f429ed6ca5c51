"""`tellfirst sources`."""

from typing import Annotated, Any

from cyclopts import Parameter
from sqlalchemy import select

from tellfirst.bootstrap import world
from tellfirst.printing import out, show_json, show_table
from tellfirst.store import tables as t
from tellfirst.store.engine import reading


def sources(*, json: Annotated[bool, Parameter(help="Print for programs.")] = False) -> None:
    """The monitors that may speak: when each was heard, when it was asked, and what a person has to do for it."""
    here = world()
    with reading(here.engine) as connection:
        known = {row.source: row for row in connection.execute(select(t.source_standing))}
    rows: list[dict[str, Any]] = []
    for name, source in here.sources.all.items():
        stands = known.get(name)
        rows.append(
            {
                "source": name,
                "kind": source.parser,
                "door": f"/signals/{name}",
                "heard": stands.heard_at if stands else None,
                "asked": stands.polled_at if stands else None,
                "answered": stands.answered_at if stands else None,
                "fault": (stands.fault if stands else None) or ("" if source.poll else "is never asked"),
                "to do": (stands.to_do if stands else None) or "",
            }
        )
    if json:
        show_json(rows)
        return
    show_table("Sources", [{key: one[key] for key in one if key != "to do"} for one in rows], empty="none")
    for one in rows:
        if one["to do"]:
            out.print(f"[bold red]{one['source']}[/]: {one['to do']}", soft_wrap=True)
