"""`tellfirst work map|same|apart`: what a person knows about a notice that no programme can."""

from typing import Annotated

from cyclopts import Parameter

from tellfirst.acting.deed import deed
from tellfirst.bootstrap import world
from tellfirst.cli.typist import typist
from tellfirst.domain.audit import Audited
from tellfirst.domain.errors import RuleBroken
from tellfirst.printing import out, show_json, show_table
from tellfirst.store.engine import reading
from tellfirst.works import circuits, listing

Json = Annotated[bool, Parameter(help="Print for programs.", negative="")]
WorkId = Annotated[int, Parameter(help="Its number in `tellfirst work list`.")]


def map_(
    provider: Annotated[str, Parameter(help="As the notices call it, like zayo.")] = "",
    circuit: Annotated[str, Parameter(help="As the provider calls it.")] = "",
    element: Annotated[str, Parameter(help="Which element of ours it is, like fibre:HYD-7.")] = "",
    /,
    *,
    forget: Annotated[bool, Parameter(help="It is no element of ours any more.", negative="")] = False,
    json: Json = False,
) -> int:
    """Say which element a provider's circuit is, for good; work that waits for it goes on. Alone: what is known."""
    here = world()
    if not circuit:
        with reading(here.engine) as connection:
            rows = listing.circuits_shown(connection, provider)
        show_json(rows) if json else show_table("Circuits", rows, empty="none known")
        return 0
    if forget == bool(element):
        raise RuleBroken("name the element that the circuit is, or --forget; not both")
    now, actor = here.clock.now(), typist()
    named = {"provider": provider, "circuit": circuit, "element": element or None}
    with deed(here, actor, Audited.CIRCUIT_NAMED) as doing:
        doing.details |= named
        if forget:
            if not circuits.forget_circuit(doing.connection, provider, circuit):
                raise RuleBroken(f"nobody said what {circuit} of {provider} is; nothing was changed")
            freed: tuple[int, ...] = ()
        else:
            freed = circuits.name_circuit(doing.connection, provider, circuit, element, actor.name, now)
    if json:
        show_json({**named, "freed": freed})
    else:
        said = f"{circuit} of {provider} is {element}" if element else f"{circuit} of {provider} is forgotten"
        went = f"; works that waited for it: {', '.join(map(str, freed))}" if freed else ""
        out.print(said + went, markup=False, soft_wrap=True)
    return 0


def same(work: WorkId, other: WorkId, /, *, json: Json = False) -> None:
    """The first is the newest word about the second: that one takes its times, and its number leads there."""
    from tellfirst.works.resolving import is_same

    here, actor = world(), typist()
    with deed(here, actor, Audited.WORK_RESOLVED, work=work, same_as=other) as doing:
        found = is_same(doing.connection, work, other, actor.name, here.playbooks, here.clock.now())
    if json:
        show_json({"work": found.work_id, "verdict": found.verdict, "held": found.held})
    else:
        out.print(f"work {work} is part of work {found.work_id} now: {found.verdict}")


def apart(work: WorkId, /, *, json: Json = False) -> None:
    """It is a work of its own, however near to another."""
    from tellfirst.works.resolving import is_apart

    here = world()
    with deed(here, typist(), Audited.WORK_RESOLVED, work=work) as doing:
        it = is_apart(doing.connection, work, here.clock.now())
    if json:
        show_json({"work": it.id, "held": it.held})
    else:
        out.print(f"work {it.id} stands by itself" + (f"; it is held: {it.held}" if it.held else ""))
