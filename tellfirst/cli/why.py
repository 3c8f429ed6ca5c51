"""`tellfirst why`."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.markup import escape

from tellfirst.bootstrap import world
from tellfirst.printing import out, show_json, show_table
from tellfirst.store.engine import reading

if TYPE_CHECKING:
    from tellfirst.review.explaining import Explanation
    from tellfirst.review.proving import Evidence, Period

MOST_CAUSES = 8


def why(
    customer: Annotated[str, Parameter(help="Like C000123.")],
    incident: Annotated[str, Parameter(help="Like INC-2026-0007.")],
    /,
    *,
    json: Annotated[bool, Parameter(help="Print for programs.")] = False,
) -> None:
    """Why an incident hurts a customer or does not, and how and when they were told."""
    # Here and not above: numpy and shapely would cost every other command a quarter of a second.
    from tellfirst.review.explaining import explain

    here = world()
    with reading(here.engine) as connection:
        found = explain(connection, customer, incident, here.clock.now())
    if json:
        show_json(found.to_json())
        return
    _headline(found)
    _say("")
    for finding in found.findings:
        _say(f"  - {finding.sentence}")
    for one in found.evidence:
        _evidence(one)
    _told(found)


def _headline(found: "Explanation") -> None:
    impact = f": {found.impact.replace('_', ' ')}" if found.impact and not found.over_at else ""
    which = f" ({', '.join(found.services)})" if found.services and not found.over_at else ""
    out.print(f"[bold]{escape(found.headline + impact + which)}[/]", soft_wrap=True)
    if found.uncertain:
        _say("uncertain: nobody knows surely where they live")
    if found.revision and found.since:
        _say(f"since revision {found.revision} of {found.since:%Y-%m-%d %H:%M} UTC{_afterwards(found)}")
    if found.telling:
        out.print(f"[bold]{escape(found.telling)}[/]", soft_wrap=True)
    if found.channel:
        _say(found.channel)
    waits = "; a change of the footprint waits to be matched" if found.changes_wait else ""
    matched = (
        f"audience at revision {found.matched_revision}" if found.matched_revision else "not matched yet"
    )
    _say(f"the incident: stage {found.stage}, {matched}{waits}")
    more = f" and {len(found.causes) - MOST_CAUSES} more" if len(found.causes) > MOST_CAUSES else ""
    _say(f"its causes: {', '.join(found.causes[:MOST_CAUSES]) or 'none'}{more}")


def _afterwards(found: "Explanation") -> str:
    said = f", worse since revision {found.worse_revision}" if found.worse_revision else ""
    if found.over_at:
        said += f"; over since revision {found.over_revision} of {found.over_at:%Y-%m-%d %H:%M} UTC"
    return said


def _evidence(one: "Evidence") -> None:
    if not one.path and not one.lived:
        return
    _say("")
    out.print(f"[bold]{escape(one.thing[:1].upper() + one.thing[1:])}[/]", soft_wrap=True)
    for depth, step in enumerate(one.path):
        lead = "" if not depth else "   " * (depth - 1) + "└─ "
        note = f"  {step.note}" if step.note else ""
        _say(f"  {lead}{step.name}  {step.impact}{note}")
    if one.lived:
        _say(f"  history: {', '.join(map(_period, one.lived))}")


def _period(one: "Period") -> str:
    days = "%Y-%m-%d %H:%M" if not one.until or one.since.date() != one.until.date() else "%H:%M"
    until = f"{one.until:{days}}" if one.until else "now"
    whose = f" of {', '.join(one.incidents)}" if one.incidents else ""
    return f"{one.impact} {one.since:%Y-%m-%d %H:%M} to {until} ({one.cause}{whose})"


def _told(found: "Explanation") -> None:
    _say("")
    rows = [
        {
            "left at": one.left_at or "not sent",
            "what": one.occasion,
            "channel": one.channel,
            "state": one.state,
            "because": one.reason.replace("_", " "),
            "covered by": one.covered_by or "",
            "revision": one.revision,
        }
        for one in found.told
    ]
    show_table("What they were told", rows, empty="nothing")


def _say(sentence: str) -> None:
    out.print(sentence, markup=False, soft_wrap=True)
