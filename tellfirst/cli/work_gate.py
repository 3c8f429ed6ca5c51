"""`tellfirst work check`: exit 1 stops the pipeline that would begin the work."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from sqlalchemy import Connection

from tellfirst.bootstrap import World, world
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.lead import LeadRule
from tellfirst.printing import err, out, show_json, show_table
from tellfirst.store.engine import reading
from tellfirst.timelines.leads import leads

if TYPE_CHECKING:
    from tellfirst.works.gate import Judged
    from tellfirst.works.impact import WorkImpact
    from tellfirst.works.plans import Plan
    from tellfirst.works.statements import WorksRead


def check(
    what: Annotated[str, Parameter(help="A file of works, or the number of a stored one.")],
    /,
    *,
    provider: Annotated[str, Parameter(help="Whose notice the file is.")] = "",
    zone: Annotated[str, Parameter(help="Where customers live; the work's own zone goes before.")] = "UTC",
    json: Annotated[bool, Parameter(help="Print for programs.", negative="")] = False,
) -> int:
    """Exit 1 when work cannot be announced in time or must not take place as planned; nothing is stored."""
    from tellfirst.works.gate import judge
    from tellfirst.works.reading import read_file
    from tellfirst.works.times import known_zone

    here = world()
    known_zone(zone)
    read = None if _is_stored(what) else read_file(Path(what), provider=provider)
    now = here.clock.now()
    with reading(here.engine) as connection:
        plans = _plans(connection, here, what, read)
        books, policies = here.playbooks, leads_of_policies(here)
        judged = [
            judge(connection, one, books.get(one.playbook), policies, now, zone, plans) for one in plans
        ]
    rejected = [str(one) for one in read.rejected] if read else []
    if json:
        show_json({"works": [_facts(one) for one in judged], "rejected": rejected})
    else:
        for one in judged:
            _show(one)
        for sentence in rejected:
            err.print(f"tellfirst: {sentence}", markup=False, soft_wrap=True)
    return 1 if rejected or not judged or not all(one.is_open for one in judged) else 0


def leads_of_policies(here: World) -> Sequence[LeadRule]:
    """The leads of the policy packs that are on, beside the playbook's own."""
    return leads(here.policy, here.clock.now())


def _is_stored(what: str) -> bool:
    return what.isdecimal() and not Path(what).exists()


def _plans(connection: Connection, here: World, what: str, read: "WorksRead | None") -> list["Plan"]:
    from tellfirst.works.known import by_id
    from tellfirst.works.plans import plan_of_stated, plan_of_stored
    from tellfirst.works.stating import book_for

    if read is None:
        if len(what) > 15:
            raise RuleBroken(f"there is no work {what[:20]}; `tellfirst work list` shows them")
        return [plan_of_stored(connection, by_id(connection, int(what)))]
    stated = [one.stated for one in read.statements]
    return [plan_of_stated(connection, one, book_for(one, here.playbooks)) for one in stated]


def shown_slices(impact: "WorkImpact") -> list[dict[str, Any]]:
    """Times as a table has them."""
    return [
        {
            "from": one.since,
            "to": one.until,
            "worst": one.worst.word,
            "elements": one.element_count,
            "customers": one.customer_count,
            "beside": ", ".join(one.beside),
        }
        for one in impact.slices
    ]


def _facts(one: "Judged") -> dict[str, Any]:
    return {
        "work": one.plan.name,
        "open": one.is_open,
        "starts": one.plan.window.starts_at,
        "ends": one.plan.window.ends_at,
        "worst": one.impact.worst.word,
        "elements": one.impact.element_count,
        "customers": one.impact.customer_count,
        "slices": shown_slices(one.impact),
        "findings": [asdict(finding) for finding in one.findings],
    }


def _show(one: "Judged") -> None:
    verdict = "may take place as planned" if one.is_open else "must not take place as planned"
    out.print(f"{one.plan.name} {verdict}", markup=False)
    show_table("From when to when", shown_slices(one.impact), empty="it hits nothing")
    rows = [
        {
            "": "stop" if finding.blocks else "look" if finding.reason else "ok",
            "about": finding.about,
            "what": finding.says,
            "reason": finding.reason,
            "cure": finding.cure,
        }
        for finding in one.findings
    ]
    show_table("What was looked at", rows)
