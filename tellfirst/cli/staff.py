"""`tellfirst escalations` and `tellfirst roles`."""

from typing import Annotated

from cyclopts import App, Parameter

from tellfirst.bootstrap import World, world
from tellfirst.domain.duty import Rota
from tellfirst.domain.errors import NotFound
from tellfirst.printing import out, show_json, show_table
from tellfirst.store.engine import reading
from tellfirst.timelines import escalating

Json = Annotated[bool, Parameter(help="Print for programs.")]
roles = App(name="roles", help="Who is told inside the company, and whether that works.")


def escalations(
    *,
    incident: Annotated[str, Parameter(help="Only of this one, like INC-2026-0007.")] = "",
    json: Json = False,
) -> None:
    """Calls to staff: what came near or was late, who was asked, and who has taken it."""
    here = world()
    with reading(here.engine) as connection:
        rows = escalating.listed(connection, [incident] if incident else [])
    show_json(rows) if json else show_table("Calls to staff", rows, empty="nobody had to be called")


@roles.default
def list_(*, json: Json = False) -> None:
    """Every role, who is asked first now, and which places cannot be reached."""
    here = world()
    rows = [_row(here, rota) for rota in here.roles.rotas.values()]
    show_json(rows) if json else show_table("Roles", rows)


@roles.command
def test(name: Annotated[str, Parameter(help="A role, like noc.")], /) -> int:
    """Send a test to everyone in the chain of a role; exit status 1 when somebody cannot be reached."""
    here = world()
    if name not in here.roles.rotas:
        raise NotFound(f"there is no role {name}; there are {', '.join(here.roles.rotas)}")
    unreached = []
    for duty in here.roles.rotas[name].chain:
        addresses = [found for one in duty.channels if (found := here.settings.variable(one))]
        title, body = "A test by tellfirst", f"You stand in the chain of {name} as {duty.name}."
        told = bool(addresses) and here.pager.tell(addresses, title, body)
        out.print(f"{duty.name}: {'told' if told else 'not told; see ' + ', '.join(duty.channels)}")
        unreached += [] if told else [duty.name]
    return 1 if unreached else 0


def _row(here: World, rota: Rota) -> dict[str, object]:
    now = here.clock.now()
    calendars = here.markets.around(now)
    asked = rota.first(calendars, now)
    later: list[int] = []
    while (place := rota.after(asked if not later else later[-1], calendars, now)) is not None:
        later.append(place)
    unset = [name for duty in rota.chain for name in duty.channels if not here.settings.variable(name)]
    return {
        "role": rota.role,
        "asked now": rota.chain[asked].name,
        "then": ", ".join(rota.chain[place].name for place in later) or "nobody",
        "after": rota.hand_over,
        "not set": ", ".join(dict.fromkeys(unset)),
    }
