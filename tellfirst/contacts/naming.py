"""Places that a contact names: elements, areas, districts and postcodes that we know."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Column, Connection, Engine, Select, select

from tellfirst.domain.understanding import plain_words
from tellfirst.store import tables as t
from tellfirst.store.prepared import Prepared, as_given_each, one_of_given

LONGEST = 4
"""Words of the longest name that is looked for."""
SHORTEST = 4
"""Letters of the shortest name: three letters are a word of some language."""
CODE_DIGITS = 4
CANDIDATES = 30
"""Names a text may hold that customers are looked through for."""


@dataclass(frozen=True, slots=True)
class Named:
    """A place: the area it is in, what it is called, and the element where one is named."""

    area: str
    name: str
    element: str | None = None


Gazetteer = Mapping[str, Named]
_known: WeakKeyDictionary[Engine, tuple[int, Gazetteer]] = WeakKeyDictionary()


def place_in(connection: Connection, text: str) -> Named | None:
    """The place that `text` names, the longest name first; None where it names none we know."""
    words = plain_words(text).split()
    names = gazetteer(connection)
    found = (names[one] for one in _runs(words) if one in names)
    return next(found, None) or _of_customers(connection, text)


def gazetteer(connection: Connection) -> Gazetteer:
    """Every name in the network, read once per version and process.

    An area comes before a hub or a site of the same name: it says less.
    """
    version = _VERSION.run(connection).scalar() or 0
    known = _known.get(connection.engine)
    if version and known is not None and known[0] == version:
        return known[1]
    names = _read(connection)
    if version:
        _known[connection.engine] = (version, names)
    return names


_VERSION = Prepared(lambda _dialect: select(t.topology.c.version))


def _read(connection: Connection) -> Gazetteer:
    e = t.element.c
    rows = connection.execute(select(e.id, e.kind, e.name, e.area).order_by(e.kind != "area", e.id)).all()
    names: dict[str, Named] = {}
    shown = {row.area: row.name for row in rows if row.kind == "area"}
    for row in rows:
        area = Named(row.area, shown.get(row.area, row.area))
        element = None if row.kind == "area" else row.id
        _put(names, row.name, Named(row.area, row.name, element))
        _put(names, row.id, Named(row.area, row.name, element))
        _put(names, row.area, area)
    return names


def _put(names: dict[str, Named], written: str, named: Named) -> None:
    plain = plain_words(written)
    if len(plain) >= SHORTEST:
        names.setdefault(plain, named)


def _runs(words: list[str]) -> Iterator[str]:
    for length in range(min(LONGEST, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            yield " ".join(words[start : start + length])


def _of_customers(connection: Connection, text: str) -> Named | None:
    """A postcode or a district in which customers live, as it is written there."""
    written = [word.strip(".,;:!?()") for word in text[:400].split()]
    codes = [word for word in written if sum(sign.isdigit() for sign in word) >= CODE_DIGITS][:CANDIDATES]
    named = [word for word in _runs(written) if word[:1].isupper() and len(word) >= SHORTEST][:CANDIDATES]
    found = _lived_in(connection, _CODES, codes) or _lived_in(connection, _DISTRICTS, named)
    return Named(found, found) if found else None


def _lived_in(connection: Connection, where: Prepared, names: list[str]) -> str | None:
    return where.run(connection, given=as_given_each(names)).scalar() if names else None


def _one_of(column: Column[Any], dialect: str) -> Select[tuple[str]]:
    return select(column).where(one_of_given(dialect, column)).limit(1)


_CODES = Prepared(partial(_one_of, t.customer.c.area_code))
_DISTRICTS = Prepared(partial(_one_of, t.customer.c.district))
