"""`tellfirst surveys`."""

from typing import Annotated

from cyclopts import Parameter

from tellfirst.bootstrap import world
from tellfirst.printing import out, show_json, show_table
from tellfirst.review.interval import Interval
from tellfirst.review.surveyed import Surveyed, surveyed, withheld_from
from tellfirst.store.engine import reading


def surveys(
    *,
    incident: Annotated[str, Parameter(help="Like INC-2026-0007; without it, the newest 50.")] = "",
    customers: Annotated[
        bool, Parameter(help="With --incident: each customer who was not asked, and why.", negative=())
    ] = False,
    json: Annotated[bool, Parameter(help="Print for programs.", negative=())] = False,
) -> None:
    """What customers were asked and said, who was not asked and why, and who is still to be called back."""
    here = world()
    with reading(here.engine) as connection:
        found = surveyed(connection, here.clock.now(), incident)
        withheld = withheld_from(connection, incident) if customers and incident else []
    if json:
        rows = [one.to_json() for one in found]
        show_json([{**row, "customers": withheld} for row in rows] if withheld else rows)
        return
    show_table("Surveys", [_row(one) for one in found], empty="there has been no incident")
    if incident:
        [one] = found
        reasons = [{"not asked because": reason, "customers": n} for reason, n in one.withheld.items()]
        show_table("Not asked", reasons, empty="nobody was left out")
    if customers and incident:
        show_table("Customers who were not asked", withheld, empty="none")
    elif customers:
        out.print("name the incident whose customers you want to see, with --incident")


def _row(one: Surveyed) -> dict[str, object]:
    return {
        "incident": one.incident,
        "place": one.place,
        "gate": one.gate.replace("_", " "),
        "waiting": one.waiting_count,
        "asked": one.asked_count,
        "answered": one.answered_count,
        "score": _score(one),
        "satisfied (95 %)": _share(one),
        "low": one.low_count,
        "to call": one.to_call_count,
        "late": one.late_call_count,
        "not asked": sum(one.withheld.values()),
    }


def _score(one: Surveyed) -> str:
    if one.promoters:
        error = f" ± {one.promoters.error:.1f}" if one.promoters.error is not None else ""
        return f"NPS {one.promoters.score:+.0f}{error}"
    if one.mean is None:
        return ""
    return f"{one.mean:.2f} of {one.kind.scores[-1]}{_within(one.mean_interval, 1, 2)}"


def _share(one: Surveyed) -> str:
    if one.satisfied_share is None:
        return ""
    return f"{one.satisfied_share:.0%}{_within(one.satisfied_interval, 100, 0)}"


def _within(interval: Interval | None, times: int, digits: int) -> str:
    if interval is None:
        return ""
    return f" ({interval.low * times:.{digits}f} to {interval.high * times:.{digits}f})"
