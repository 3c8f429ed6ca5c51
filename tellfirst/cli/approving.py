"""`tellfirst incident approve|decline` and `tellfirst approvals`: who may be told so many."""

import os
import pwd
import sys
from datetime import timedelta
from typing import Annotated, Any

from cyclopts import Parameter
from rich.markup import escape

from tellfirst.acting import approvals as acts
from tellfirst.audience.approving import affected_count, percent, share, waiting_share
from tellfirst.bootstrap import World, world
from tellfirst.domain.audit import Actor, Through
from tellfirst.domain.errors import RuleBroken
from tellfirst.notices import approving
from tellfirst.notices.approving import Answered
from tellfirst.printing import out, show_json, show_table
from tellfirst.review.approvals import Waiting, waiting
from tellfirst.store import incidents
from tellfirst.store.engine import reading
from tellfirst.waking import nudge

Reference = Annotated[str, Parameter(help="Like INC-2026-0007.")]
Revision = Annotated[int | None, Parameter(help="The revision of the audience that you looked at.")]
By = Annotated[str, Parameter(help="Who decided, where you only type it; your own account is what counts.")]


def approve(reference: Reference, /, *, revision: Revision = None, by: By = "") -> int:
    """Let an unusually large or an empty audience be told, as you saw it at a revision."""
    here = world()
    if revision is None:
        revision = _ask(here, reference)
    remark = f"decided by {by}" if by else ""
    done = acts.approve(here, Actor(account(), Through.CLI), reference, revision, remark)
    nudge(here, [reference])
    out.print(_said(reference, revision, done), soft_wrap=True)
    return 1 if done.outdated else 0


def decline(
    reference: Reference,
    /,
    *,
    reason: Annotated[str, Parameter(help="What is wrong with this audience.")],
    revision: Revision = None,
    by: By = "",
) -> None:
    """Say no: nobody new is told until the audience changes or somebody asks again (`incident retry`)."""
    here = world()
    remark = f"{reason} (decided by {by})" if by and reason.strip() else reason
    revision, done = acts.decline(here, Actor(account(), Through.CLI), reference, revision, remark)
    nudge(here, [reference])
    out.print(
        f"{reference} is declined at revision {revision}: {done.affected_count:,} customers are told nothing. Whoever "
        f"of them is truly affected waits: mend what is wrong, then `tellfirst incident retry {reference}`",
        soft_wrap=True,
    )


def approvals(*, json: Annotated[bool, Parameter(help="Print for programs.")] = False) -> None:
    """What waits for a person's approval: how many, what share, until when, how long the texts are."""
    here = world()
    with reading(here.engine) as connection:
        found = waiting(connection, here.templates, here.house, here.clock.now())
    rows = [_row(one) for one in found]
    show_json(rows) if json else show_table("Waiting for approval", rows, empty="nothing")


def account() -> str:
    """The account that typed this, as the system knows it and not as the environment says."""
    return pwd.getpwuid(os.getuid()).pw_name


def _row(one: Waiting) -> dict[str, Any]:
    return {
        "incident": one.reference,
        "place": one.name,
        "state": one.state,
        "customers": one.affected_count,
        "share": one.share,
        "revision": one.revision,
        "agreed": f"{one.agreed} of {one.needed}",
        "asked": one.asked_at,
        "due": one.due_at,
        "clock": _clock(one.left),
        "text parts": one.segment_count,
        "why not": one.reason or "",
    }


def _clock(left: timedelta | None) -> str:
    if left is None:
        return ""
    minutes, seconds = divmod(abs(int(left.total_seconds())), 60)
    return f"{minutes}:{seconds:02} {'late' if left < timedelta(0) else 'left'}"


def _said(reference: str, revision: int, done: Answered) -> str:
    counted = (
        f"{done.affected_count:,} customers, {percent(share(done.affected_count, done.base_count))} of all"
    )
    if done.outdated:
        return (
            f"nothing was approved: what would be said about {reference} has changed since it was asked. It is asked "
            f"again for {counted}; look with `tellfirst preview {reference}`"
        )
    if done.waits_for_second:
        return f"{reference}: one of two has agreed to tell {counted}; a second account must agree as well"
    if done.affected_count:
        return f"{reference} is approved at revision {revision}: {counted}; they are told at once"
    return f"{reference} is approved at revision {revision}: it goes on with nobody affected"


def _ask(here: World, reference: str) -> int:
    """The revision that a person at a terminal has just said yes to. Raises RuleBroken everywhere else."""
    with reading(here.engine) as connection:
        it = incidents.by_reference(connection, reference)
        waits = waiting_share(connection, it)
        count = affected_count(connection, it)
        refused = approving.nothing_waits(connection, it)
    if not waits:
        raise RuleBroken(refused)
    if not sys.stdin.isatty():
        raise RuleBroken(
            f"say which revision you looked at: `tellfirst preview {reference}` shows it, then "
            f"`tellfirst incident approve {reference} --revision {it.audience_revision}`"
        )
    out.print(
        f"[bold]{escape(it.name)}[/]  revision {it.audience_revision}: {count:,} customers affected; {waits}"
    )
    question = f"Tell these {count:,} customers?" if count else "Go on with nobody affected?"
    try:
        said = input(f"{question} Type yes: ")
    except EOFError:
        said = ""
    if said.strip().lower() != "yes":
        raise RuleBroken("nothing was approved")
    return it.audience_revision
