"""The seeded base as rows for the tables, in the order of the columns below. Times are written in UTC, as text."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, repeat
from typing import Any

import numpy as np
from sqlalchemy import Table

from benchmarks.seeding import DAY_ZERO, KINDS, LANGUAGES, NEVER, NOW, WISHES, Seeded
from tellfirst.domain.audience import Location, Role
from tellfirst.domain.occasion import Channel
from tellfirst.store import tables as t

CHUNK = 100_000
ZONE = "Asia/Kolkata"
SERVICE_STATES = np.array(["active", "suspended", "ended"], dtype=object)
MADE_UP_PLACE = (17.385, 78.4867)
FIRST_NUMBER = 6_000_000_000
"""Indian mobile numbers have ten digits and begin with 6 to 9."""

Chunk = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class TableRows:
    """All rows of one table, in chunks, each row in the order of `columns`."""

    table: Table
    columns: tuple[str, ...]
    chunks: Iterator[Chunk]


def all_rows(seeded: Seeded) -> Iterator[TableRows]:
    """Table by table, those that others refer to first."""
    network = seeded.network
    yield TableRows(t.element, ("id", "kind", "name", "area", "lat", "lon"), _chunks(network.elements))
    edges = ((one.child, one.group, one.need, one.parent) for one in network.edges)
    yield TableRows(t.edge, ("child", "grp", "need", "parent"), _chunks(edges))
    yield TableRows(t.customer, CUSTOMER_COLUMNS, _customers(seeded))
    yield TableRows(t.service, SERVICE_COLUMNS, _services(seeded))
    yield TableRows(t.presence, ("customer_id", "element_id", "role", "seen_at"), _presence(seeded))
    yield TableRows(t.opt_out, ("channel", "address", "at", "source"), _chunks(_opt_outs(seeded)))


def phone(owner: int) -> str | None:
    return None if owner < 0 else f"+91{FIRST_NUMBER + owner * 97}"


def email(owner: int) -> str | None:
    return None if owner < 0 else f"padma{owner + 1}@example.in"


CUSTOMER_COLUMNS = (
    "id", "reference", "status", "language", "zone", "priority", "phone", "email", "wish", "phone_shared",
    "email_shared", "phone_checked", "household", "district", "area_code", "lat", "lon", "location", "located_at",
)  # fmt: skip
SERVICE_COLUMNS = (
    "id", "reference", "customer_id", "kind", "element_id", "status", "valid_from", "valid_to"
)  # fmt: skip


def _customers(seeded: Seeded) -> Iterator[Chunk]:
    languages, wishes = np.array(LANGUAGES, dtype=object), np.array(WISHES, dtype=object)
    states = np.array(["churned", "active"], dtype=object)
    phone_shared, email_shared = _shared(seeded.phone_owner), _shared(seeded.email_owner)
    for at in _slices(seeded.customer_count):
        ids = range(at.start + 1, at.stop + 1)
        owners, tower = seeded.phone_owner[at].tolist(), seeded.tower[at].tolist()
        yield list(
            zip(
                ids,
                [f"C{one:08d}" for one in ids],
                states[seeded.active[at].astype(int)].tolist(),
                languages[seeded.language[at]].tolist(),
                repeat(ZONE),
                seeded.life_support[at].astype(int).tolist(),
                map(phone, owners),
                map(email, seeded.email_owner[at].tolist()),
                wishes[seeded.wish[at]].tolist(),
                phone_shared[at].tolist(),
                email_shared[at].tolist(),
                repeat(False),
                repeat(None),
                [f"district {one // 60}" for one in tower],
                [f"{500_000 + one // 20:06d}" for one in tower],
                *_places(seeded, at),
            )
        )


def _places(seeded: Seeded, at: slice) -> Iterator[list[Any]]:
    """Latitude, longitude, how well they are known, since when."""
    made_up = seeded.made_up_place[at]
    # Within about 500 m of the tower, by the customer's own number.
    scatter = (np.arange(at.start, at.stop) * 2_654_435_761 % 10_000 - 5_000) / 1_000_000
    lat = np.where(made_up, MADE_UP_PLACE[0], seeded.network.lat[seeded.tower[at]] + scatter).round(6)
    lon = np.where(made_up, MADE_UP_PLACE[1], seeded.network.lon[seeded.tower[at]] - scatter).round(6)
    words = np.array([Location.EXACT.value, Location.DEFAULT.value], dtype=object)[made_up.astype(int)]
    for column in (lat.astype(object), lon.astype(object), words, np.full(len(lat), written(DAY_ZERO))):
        values = column.astype(object)
        values[~seeded.located[at]] = None
        yield values.tolist()


def _services(seeded: Seeded) -> Iterator[Chunk]:
    kinds = np.array([kind.value for kind in KINDS], dtype=object)
    calendar = np.array([written(DAY_ZERO + timedelta(days=day)) for day in range(2_000)], dtype=object)
    calendar[NEVER] = None
    for at in _slices(len(seeded.service_customer)):
        ids = range(at.start + 1, at.stop + 1)
        yield list(
            zip(
                ids,
                [f"S{one:09d}" for one in ids],
                (seeded.service_customer[at] + 1).tolist(),
                kinds[seeded.service_kind[at]].tolist(),
                seeded.element_ids[seeded.service_element[at]].tolist(),
                SERVICE_STATES[seeded.service_state[at]].tolist(),
                calendar[seeded.from_day[at]].tolist(),
                calendar[seeded.to_day[at]].tolist(),
                strict=True,
            )
        )


def _presence(seeded: Seeded) -> Iterator[Chunk]:
    moments = np.array([written(NOW - timedelta(minutes=5)), written(NOW - timedelta(days=30))], dtype=object)
    rows = zip(
        (seeded.seen_customer + 1).tolist(),
        seeded.element_ids[seeded.seen_element].tolist(),
        repeat(Role.RECENT.value),
        moments[seeded.seen_stale.astype(int)].tolist(),
    )
    return _chunks(rows)


def _opt_outs(seeded: Seeded) -> Iterator[tuple[Any, ...]]:
    at = written(DAY_ZERO)
    for owner in seeded.silent_phones.tolist():
        yield (Channel.SMS.value, phone(owner), at, "seed")
    for owner in seeded.silent_emails.tolist():
        yield (Channel.EMAIL.value, email(owner), at, "seed")


def _shared(owner: np.ndarray) -> np.ndarray:
    """For each customer, whether another has the same contact point."""
    uses = np.bincount(owner[owner >= 0], minlength=len(owner))
    shared: np.ndarray = (owner >= 0) & (uses[owner] > 1)
    return shared


def written(moment: datetime) -> str:
    """As SQLAlchemy writes a time to SQLite; PostgreSQL reads the same in a session whose zone is UTC."""
    return f"{moment:%Y-%m-%d %H:%M:%S.%f}"


def _slices(many: int) -> Iterator[slice]:
    return (slice(start, min(start + CHUNK, many)) for start in range(0, many, CHUNK))


def _chunks(rows: Any) -> Iterator[Chunk]:
    rows = iter(rows)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk
