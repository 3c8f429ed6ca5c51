"""One history per customer across every channel, in the order it happened.

Told, promised, contacted, answered, asked, compensated, and what they wished; `happened.py` reads each from its table.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, select

from tellfirst.contacts import happened
from tellfirst.contacts.happened import Entry
from tellfirst.domain.errors import NotFound
from tellfirst.store import tables as t

Row = dict[str, Any]
PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class History:
    """A customer by reference. `entries` are those of one page, oldest first; page 1 is the newest."""

    reference: str
    language: str
    wish: str | None
    priority: bool
    no_surveys: bool
    services: list[Row]
    entries: list[Entry]
    page: int = 1
    pages: int = 1
    count: int = 0

    def to_json(self) -> Row:
        return asdict(self)


def history(
    connection: Connection,
    reference: str,
    *,
    page: int | None = None,
    compensated: Iterable[Entry] = (),
    per_page: int = PER_PAGE,
) -> History:
    """All of it, or one page. `compensated` is what the customer is due, which the policy packs reckon.

    A page there is not is the nearest there is. Raises NotFound for a reference nobody has.
    """
    c, r = t.customer.c, t.survey_refusal.c
    person = connection.execute(
        select(t.customer, r.at.label("refused_at"))
        .outerjoin(t.survey_refusal, r.customer_id == c.id)
        .where(c.reference == reference)
    ).one_or_none()
    if person is None:
        raise NotFound(f"there is no customer {reference}; references look like C000123")
    entries = [*happened.to(connection, person.id), *compensated]
    entries.sort(key=lambda entry: entry.at)
    pages = max(1, -(-len(entries) // per_page)) if page is not None else 1
    shown = min(max(page or 1, 1), pages)
    newest = len(entries) - (shown - 1) * per_page
    return History(
        reference=person.reference,
        language=person.language,
        wish=person.wish,
        priority=person.priority > 0,
        no_surveys=person.refused_at is not None,
        services=_services(connection, person.id),
        entries=entries if page is None else entries[max(newest - per_page, 0) : newest],
        page=shown,
        pages=pages,
        count=len(entries),
    )


def _services(connection: Connection, customer_id: int) -> list[Row]:
    s, e = t.service.c, t.element.c
    rows = connection.execute(
        select(s.kind, s.status, e.name, e.area)
        .join(t.element, e.id == s.element_id)
        .where(s.customer_id == customer_id)
        .order_by(s.id)
    )
    return [{"service": r.kind, "status": r.status, "hangs on": r.name, "area": r.area} for r in rows]
