"""`tellfirst deadlines`, `tellfirst packs`, and what a person says about them: acknowledge, exempt, declare, fulfil."""

from typing import Annotated

from cyclopts import Parameter

from tellfirst.acting import taking
from tellfirst.acting.deed import deed
from tellfirst.bootstrap import world
from tellfirst.cli.spans import moment
from tellfirst.cli.typist import typist
from tellfirst.domain.audit import Audited
from tellfirst.domain.deadline import DeadlineName
from tellfirst.domain.errors import NotFound
from tellfirst.domain.pack import Ground
from tellfirst.printing import out, show_json, show_table
from tellfirst.store import incidents
from tellfirst.store.engine import reading
from tellfirst.timelines import applying, judging
from tellfirst.timelines import deadlines as ledger
from tellfirst.timelines.owed import owed
from tellfirst.timelines.reading_packs import described, listed

Reference = Annotated[str, Parameter(help="Like INC-2026-0007.")]
PackId = Annotated[str, Parameter(help="Like au-acma-local; `tellfirst packs` lists them.")]
Json = Annotated[bool, Parameter(help="Print for programs.")]
By = Annotated[str, Parameter(help="Who says so; your account when left out.")]


def deadlines(
    *,
    incident: Annotated[str, Parameter(help="Only of this incident, with those settled.")] = "",
    json: Json = False,
) -> None:
    """What is owed by policy, to whom and until when, the earliest first."""
    here = world()
    with reading(here.engine) as connection:
        its = incidents.by_reference(connection, incident).id if incident else None
        rows = owed(connection, here.clock.now(), its)
    if json:
        show_json(rows)
    else:
        show_table("Deadlines", rows, empty="nothing is owed")


def packs(pack: Annotated[str, Parameter(help="All of this one.")] = "", /, *, json: Json = False) -> None:
    """The policy packs: where each comes from, how sure its numbers are, and whether it is on."""
    policy = world().policy
    if pack and pack not in policy.known:
        raise NotFound(f"there is no pack {pack}; `tellfirst packs` lists them")
    if not pack:
        rows = listed(policy)
        if json:
            show_json(rows)
        else:
            show_table("Policy packs", rows)
        return
    parts = described(policy.known[pack])
    if json:
        show_json(parts)
        return
    for title, rows in parts.items():
        show_table(title, rows, empty="none")


def acknowledge(reference: Reference, /, *, by: By = "") -> None:
    """Say that a person has taken this incident; what staff were called about so far is not handed on."""
    here = world()
    done = taking.acknowledge(here, typist(by), reference)
    calls = f"; {done.calls_answered} calls to staff are answered by that" if done.calls_answered else ""
    out.print(f"{reference} is {'yours' if done.taken else 'taken already; nothing was changed'}{calls}")


def exempt(
    reference: Reference,
    pack: PackId,
    /,
    *,
    ground: Annotated[Ground, Parameter(help="Which of the exemptions that the pack knows.")],
    reason: Annotated[str, Parameter(help="What happened; it is kept as evidence.")],
    by: Annotated[str, Parameter(help="Who claims it.")],
) -> None:
    """Claim an exemption from a pack for one incident; the house default goes on."""
    here = world()
    now = here.clock.now()
    with deed(here, typist(by), Audited.EXEMPTED, reference, pack=pack, ground=ground) as doing:
        connection = doing.connection
        it = incidents.by_reference(connection, reference)
        applying.exempt(connection, it, here.policy, pack, ground=ground, reason=reason, by=by, now=now)
        ledger.lay(connection, reference, here.policy, now)
    out.print(f"{reference} is exempt from {pack}; what the house owes its customers goes on")


def declare(
    reference: Reference,
    pack: PackId,
    /,
    *,
    reason: Annotated[str, Parameter(help="Who called for it; it is kept as evidence.")],
    by: By = "",
) -> None:
    """Say that a pack binds an incident which no measure can show, like one an authority has called for."""
    here = world()
    now = here.clock.now()
    actor = typist(by)
    with deed(here, actor, Audited.DECLARED_BOUND, reference, pack=pack) as doing:
        connection = doing.connection
        it = incidents.by_reference(connection, reference)
        applying.declare(connection, it, here.policy, pack, reason=reason, by=actor.name, now=now)
        ledger.lay(connection, reference, here.policy, now)
    out.print(
        f"{reference} is declared under {pack}; `tellfirst deadlines --incident {reference}` shows what it owes"
    )


def fulfil(
    reference: Reference,
    pack: PackId,
    name: Annotated[DeadlineName, Parameter(help="What was done, like report.")],
    /,
    *,
    at: Annotated[str, Parameter(help="When: an ISO time with its zone; now when left out.")] = "",
    by: By = "",
) -> None:
    """Say that something was done which these books cannot see, like a report that was filed."""
    here = world()
    now = here.clock.now()
    actor = typist(by)
    with deed(here, actor, Audited.FULFILLED, reference, pack=pack, deadline=name) as doing:
        it = incidents.by_reference(doing.connection, reference)
        when = moment(at, now) if at else now
        judging.fulfil(doing.connection, it, pack, name, when, actor.name, now)
    out.print(f"{reference}: {name} of {pack} is done")
