"""`tellfirst city`."""

from typing import Annotated

from cyclopts import Parameter

from tellfirst.bootstrap import world
from tellfirst.domain.errors import RuleBroken
from tellfirst.printing import out
from tellfirst.simulator.city import build_city, load_city
from tellfirst.store.migrate import migrate


def city(
    *,
    customers: Annotated[int, Parameter(help="How many people live there.")] = 20_000,
    seed: Annotated[int, Parameter(help="The same seed gives the same city.")] = 7,
) -> None:
    """Load a seeded city into an empty installation, to try everything by hand."""
    here = world()
    if not here.simulated:
        # Its numbers are well formed, so some may be somebody's.
        raise RuleBroken("real carriers are configured; a made-up city must never be texted for real")
    here.settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    migrate(here.engine)
    counts = load_city(here.engine, build_city(seed, customers))
    out.print(f"a city of {counts.customer_count} customers on {counts.element_count} elements is loaded")
