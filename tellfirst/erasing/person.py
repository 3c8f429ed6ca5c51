"""Everything by which a customer can be recognised in the books."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from tellfirst.domain.erasing import Kind, kind_of
from tellfirst.domain.errors import NotFound
from tellfirst.store import tables as t
from tellfirst.store.suppressions import Named

ERASED = "erased"
"""The status of a customer of whom nothing is known any more."""


@dataclass(frozen=True, slots=True)
class Person:
    """`addresses` are theirs alone; of what a household shares, the others go on living: `shared`."""

    id: int
    reference: str = field(repr=False)
    addresses: frozenset[str] = field(repr=False)
    shared: frozenset[str] = field(repr=False)
    services: frozenset[str] = field(repr=False)

    @property
    def words(self) -> frozenset[str]:
        """What would lead to them wherever it stands."""
        return frozenset({self.reference, *self.addresses, *self.services})

    @property
    def named(self) -> list[Named]:
        """By what they are recognised when a file brings them again."""
        return [
            (Kind.REFERENCE, self.reference),
            *((kind_of(one), one) for one in sorted(self.addresses)),
        ]


def person(connection: Connection, reference: str) -> Person:
    """Raises NotFound for a reference nobody has."""
    c = t.customer.c
    found = connection.execute(
        select(c.id, c.phone, c.email, c.status).where(c.reference == reference)
    ).one_or_none()
    if found is None or found.status == ERASED:
        raise NotFound(f"there is no customer {reference}; references look like C000123")
    all_of_them = {one for one in (found.phone, found.email, *_further(connection, found.id)) if one}
    shared = {one for one in all_of_them if _is_anothers(connection, found.id, one)}
    services = connection.scalars(select(t.service.c.reference).where(t.service.c.customer_id == found.id))
    return Person(
        found.id,
        reference,
        frozenset(all_of_them - shared),
        frozenset(shared),
        frozenset(one for one in services if one),
    )


def theirs(it: Person) -> ColumnElement[bool]:
    """The condition on `contact`: what they brought, and what came from an address that is theirs alone."""
    k = t.contact.c
    nobody_else = or_(k.customer_id.is_(None), k.customer_id == it.id)
    return or_(k.customer_id == it.id, and_(k.address.in_(sorted(it.addresses)), nobody_else))


def _further(connection: Connection, customer_id: int) -> Iterable[str]:
    """Contact points of other channels, those of former times, and where they wrote from."""
    for table in (t.contact_point, t.audience, t.contact):
        where = table.c.customer_id == customer_id
        yield from connection.scalars(select(table.c.address).where(where).distinct())


def _is_anothers(connection: Connection, customer_id: int, address: str) -> bool:
    c, p = t.customer.c, t.contact_point.c
    kept = select(c.id).where(or_(c.phone == address, c.email == address), c.id != customer_id)
    other = select(p.customer_id).where(p.address == address, p.customer_id != customer_id)
    return connection.execute(kept.union_all(other).limit(1)).first() is not None
