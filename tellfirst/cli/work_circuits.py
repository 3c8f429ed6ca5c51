"""`tellfirst work map|same|apart`: what a person knows about a notice that no programme can."""

import getpass
from typing import Annotated

from cyclopts import Parameter

from tellfirst.bootstrap import world
from tellfirst.domain.errors import RuleBroken
from tellfirst.printing import out, show_json, show_table
from tellfirst.store.engine import reading, writing
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
    now = here.clock.now()
    with writing(here.engine) as connection:
        if forget:
            if not circuits.forget_circuit(connection, provider, circuit):
                raise RuleBroken(f"nobody said what {circuit} of {provider} is; nothing was changed")
            freed: tuple[int, ...] = ()
        else:
            freed = circuits.name_circuit(connection, provider, circuit, element, getpass.getuser(), now)
    if json:
        show_json({"provider": provider, "circuit": circuit, "element": element or None, "freed": freed})
    else:
        said = f"{circuit} of {provider} is {element}" if element else f"{circuit} of {provider} is forgotten"
        went = f"; works that waited for it: {', '.join(map(str, freed))}" if freed else ""
        out.print(said + went, markup=False, soft_wrap=True)
    return 0


def same(work: WorkId, other: WorkId, /, *, json: Json = False) -> None:
    """The first is the newest word about the second: that one takes its times, and its number leads there."""
    from tellfirst.works.resolving import is_same

    here = world()
    with writing(here.engine) as connection:
        found = is_same(connection, work, other, getpass.getuser(), here.playbooks, here.clock.now())
    if json:
        show_json({"work": found.work_id, "verdict": found.verdict, "held": found.held})
    else:
        out.print(f"work {work} is part of work {found.work_id} now: {found.verdict}")


def apart(work: WorkId, /, *, json: Json = False) -> None:
    """It is a work of its own, however near to another."""
    from tellfirst.works.resolving import is_apart

    here = world()
    with writing(here.engine) as connection:
        it = is_apart(connection, work, here.clock.now())
    if json:
        show_json({"work": it.id, "held": it.held})
    else:
        out.print(f"work {it.id} stands by itself" + (f"; it is held: {it.held}" if it.held else ""))
