"""The seeded city: a mobile operator's network and customers in Hyderabad, the same for the same seed."""

from dataclasses import dataclass
from itertools import accumulate, pairwise
from random import Random

from sqlalchemy import Connection, Engine, Table, func, insert, select

from tellfirst.audience.base import count_customers
from tellfirst.audience.sharing import mark_shared_contact_points
from tellfirst.audience.topology import compile_network
from tellfirst.domain.errors import RuleBroken, SetupError
from tellfirst.simulator.city_network import Row, edges, elements, sites
from tellfirst.simulator.city_people import SPECIAL_COUNT, Settlers
from tellfirst.simulator.city_phones import other_contact_points
from tellfirst.simulator.city_places import Surveyor
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

SMALLEST_SHARE, LARGEST_SHARE = 780, 1_220
"""How many customers a site has where the average site has 1 000. Whole numbers: sums of fractions differ
between versions of Python."""


@dataclass(frozen=True, slots=True)
class City:
    """Rows ready for the tables of the same names. Phones and addresses are inside: never log one."""

    seed: int
    element: tuple[Row, ...]
    edge: tuple[Row, ...]
    customer: tuple[Row, ...]
    service: tuple[Row, ...]
    opt_out: tuple[Row, ...]
    presence: tuple[Row, ...]
    contact_point: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class CityCounts:
    """How many rows of each table were loaded."""

    element_count: int
    edge_count: int
    customer_count: int
    service_count: int
    opt_out_count: int
    presence_count: int
    contact_point_count: int


def build_city(seed: int, customer_count: int = 20_000) -> City:
    """A city that depends on `seed` and `customer_count` alone, byte for byte.

    Raises RuleBroken when the smallest site could not hold one customer of every special fate.
    """
    rng = Random(seed)  # noqa: S311 - a city must come out the same again, which secrets must not
    all_sites = sites()
    sizes = _uneven(rng, customer_count, len(all_sites))
    if min(sizes) < SPECIAL_COUNT:
        raise RuleBroken(
            f"{customer_count} customers are too few for {len(all_sites)} sites; ask for 600 or more"
        )
    element = elements(rng)
    settlers = Settlers(rng, all_sites)
    for site, size in zip(all_sites, sizes, strict=True):
        settlers.settle(site, size)
    surveyor = Surveyor(seed, element, all_sites)
    homes: dict[int, str] = {}
    for service in settlers.services:
        homes.setdefault(service["customer_id"], service["element_id"])
    return City(
        seed=seed,
        element=tuple(element),
        edge=tuple(edges()),
        customer=tuple(surveyor.locate(one, homes[one["id"]]) for one in settlers.customers),
        service=tuple(settlers.services),
        opt_out=tuple(settlers.opt_outs),
        presence=tuple(seen for one in settlers.customers for seen in surveyor.visits(one, homes[one["id"]])),
        contact_point=tuple(other_contact_points(seed, settlers.customers)),
    )


def load_city(engine: Engine, city: City) -> CityCounts:
    """Put the city into an empty database, in one transaction.

    Raises SetupError when there are customers or elements already: a city must not be mixed with real ones.
    """
    with writing(engine) as connection:
        _refuse_a_settled_place(connection)
        for table in (t.element, t.edge, t.customer, t.service, t.opt_out, t.presence, t.contact_point):
            if its := list(getattr(city, table.name)):
                connection.execute(insert(table), its)
        _number_on(connection, t.customer)
        compile_network(connection)
        mark_shared_contact_points(connection)
        count_customers(connection)
    return CityCounts(*(len(rows) for rows in _tables(city)))


def _tables(city: City) -> tuple[tuple[Row, ...], ...]:
    return (
        city.element,
        city.edge,
        city.customer,
        city.service,
        city.opt_out,
        city.presence,
        city.contact_point,
    )


def _uneven(rng: Random, total: int, parts: int) -> list[int]:
    """`total` cut into `parts` of evenly spread sizes, in an order of chance."""
    spread = LARGEST_SHARE - SMALLEST_SHARE
    weights = [SMALLEST_SHARE + spread * number // (parts - 1) for number in range(parts)]
    rng.shuffle(weights)
    marks = [total * reached // sum(weights) for reached in accumulate(weights, initial=0)]
    return [end - start for start, end in pairwise(marks)]


def _refuse_a_settled_place(connection: Connection) -> None:
    for table in (t.customer, t.element):
        count = connection.execute(select(func.count()).select_from(table)).scalar_one()
        if count:
            raise SetupError(
                f"this database already holds {count} rows in {table.name}; "
                "the simulated city goes only into an empty one, choose another"
            )


def _number_on(connection: Connection, table: Table) -> None:
    """PostgreSQL does not notice numbers that are given by hand; the next customer must get a free one."""
    if connection.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(table.name, "id")
        highest = select(func.max(table.c.id)).scalar_subquery()
        connection.execute(select(func.setval(sequence, highest)))
