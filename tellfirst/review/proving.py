"""What a customer has and where they were, each with the rule by which an incident reaches it or does not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from tellfirst.domain.audience import Role
from tellfirst.domain.explanation import HITTING, Finding, Reason, Standing, spelt
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.playbook import Playbook
from tellfirst.review.fates import Books, Fate
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident

WAS = {Standing.BACK: "was", Standing.WRONGLY_TOLD: "was taken to be"}
MOST_VISITS = 20
"""Cells of one customer that are looked at, the latest first."""
MOST_ABOVE = 8
"""Elements named of those that something hangs on."""


@dataclass(frozen=True, slots=True)
class Step:
    """An element on the way from a customer to a cause; `note` says what is left of its redundancy, or that it
    is the cause."""

    element: str
    name: str
    impact: str
    note: str


@dataclass(frozen=True, slots=True)
class Period:
    """What an element lived through; `until` None: still."""

    since: datetime
    until: datetime | None
    impact: str
    cause: str
    incidents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing of the customer: a service, a cell, a place."""

    thing: str
    element: str
    finding: Finding
    path: tuple[Step, ...] = ()
    lived: tuple[Period, ...] = ()


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One customer and one incident. `revision` is the matching to be explained, at `moment`; without one the
    question is why none ever reached them."""

    connection: Connection
    it: Incident
    person: Row[Any]
    books: Books
    standing: Standing
    revision: int | None
    moment: datetime

    @property
    def book(self) -> Playbook | None:
        return self.it.playbook

    @property
    def tell_from(self) -> Impact:
        return self.book.tell_from if self.book else Impact.DEGRADED

    @property
    def was(self) -> str:
        """How the impact of then is spoken of."""
        return WAS.get(self.standing, "is")

    def rows(self) -> list[Row[Any]]:
        """The customer's services, running ones first."""
        s = t.service.c
        chosen = select(t.service).where(s.customer_id == self.person.id)
        return sorted(self.connection.execute(chosen), key=lambda row: (not self.runs(row), row.kind, row.id))

    def runs(self, service: Row[Any]) -> bool:
        """The rule of the matching: active, and valid at some moment between the beginning and `moment`."""
        begun = service.valid_from is None or service.valid_from <= self.moment
        lasts = service.valid_to is None or service.valid_to > self.it.started_at
        return service.status == "active" and begun and lasts

    def has(self, kind: ServiceKind) -> bool:
        return any(self.runs(row) for row in self.rows() if row.kind == kind)

    def names(self, ids: Iterable[str]) -> dict[str, str]:
        """`site:7 (Market)`, or the id alone where the name says no more, or nobody knows one."""
        e, area, wanted = t.element.c, t.incident_area.c, sorted(set(ids))
        elements = select(e.id, e.name).where(e.id.in_(wanted))
        areas = select(area.element_id, area.name).where(area.incident_id == self.it.id)
        known = {row[0]: row[1] for one in (elements, areas) for row in self.connection.execute(one)}
        return {one: f"{one} ({name})" if (name := known.get(one, one)) not in one else one for one in wanted}


def services(asked: Inquiry) -> list[Evidence]:
    """Each service with what became of the element it hangs on."""
    found = []
    for row in asked.rows():
        thing = f"their {row.kind} service" + (f" {row.reference}" if row.reference else "")
        fate = asked.books.fate(row.element_id, asked.revision)
        names = _names(asked, fate)
        finding = _of_service(asked, row, thing, fate, names)
        found.append(evidence(asked, thing, fate, finding, names))
    return found


def visits(asked: Inquiry) -> list[Evidence]:
    """Their home cells, and the cells they were seen in that the incident hits."""
    p = t.presence.c
    chosen = select(t.presence).where(p.customer_id == asked.person.id)
    latest = chosen.order_by(p.role, p.seen_at.desc(), p.element_id).limit(MOST_VISITS)
    found = []
    for row in asked.connection.execute(latest):
        fate = asked.books.fate(row.element_id, asked.revision)
        names = _names(asked, fate)
        home = row.role == Role.HOME
        if not fate.path and not home:
            continue
        thing = f"their home cell {names[row.element_id]}" if home else f"the cell {names[row.element_id]}"
        finding = _of_visit(asked, row, thing, fate, names)
        found.append(evidence(asked, thing, fate, finding, names))
    return found


def evidence(
    asked: Inquiry, thing: str, fate: Fate, finding: Finding, names: dict[str, str] | None = None
) -> Evidence:
    """`finding` with the path to the cause and the history, in names."""
    shown = names or _names(asked, fate)
    path = tuple(_step(asked, fate, place, shown) for place in range(len(fate.path)))
    lived = tuple(
        Period(
            one.since, one.until, word(one.impact), shown.get(one.cause, one.cause), _whose(asked, one.cause)
        )
        for one in fate.lived
    )
    return Evidence(thing, fate.element, finding, path, lived)


def wrongly(asked: Inquiry, row: Row[Any]) -> Finding:
    """Why what they were told was not so: the cause was withdrawn, or the records were wrong."""
    e = t.impact_element.c
    of_hit = and_(e.incident_id == asked.it.id, e.revision == row.revision, e.number == row.hit)
    hit = asked.connection.execute(select(e.element_id, e.cause_element).where(of_hit)).one_or_none()
    element, cause = hit or ("what they had", "a cause")
    named = asked.names([element, cause])
    because = f" because of {named[cause]}" if cause != element else ""
    values = {"element": named[element], "because": because, "revision": row.revision}
    for one in asked.books.own:
        if one.element == cause and one.withdrawn:
            return Finding.of(Reason.REACHED_WRONGLY, **values, at=clock(one.withdrawn))
    return Finding.of(Reason.NO_LONGER_REACHED, **values)


def nothing_reaches(asked: Inquiry, found: Iterable[Evidence]) -> bool:
    """Whether nothing of theirs is hit at the latest revision, though they still count as affected."""
    if asked.revision == asked.it.audience_revision:
        return False
    return not any(
        asked.books.fate(one.element, asked.it.audience_revision).impact >= asked.tell_from for one in found
    )


def word(impact: Impact) -> str:
    return impact.word.replace("_", " ")


def clock(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _of_service(asked: Inquiry, row: Row[Any], thing: str, fate: Fate, names: dict[str, str]) -> Finding:
    if not fate.path:
        return _not_hit(asked, thing, fate, names)
    values = {
        "thing": thing,
        "service": thing,
        "element": names[fate.element],
        "impact": word(fate.impact),
        "was": asked.was,
    }
    if fate.impact < asked.tell_from:
        return Finding.of(Reason.ONLY_AT_RISK, **values, tell_from=word(asked.tell_from))
    if not asked.runs(row):
        return _not_running(asked, row, values)
    return reaches(asked, fate, Finding.of(Reason.SERVICE_HIT, **values), values)


def _not_running(asked: Inquiry, row: Row[Any], values: dict[str, str]) -> Finding:
    if row.status == "suspended":
        return Finding.of(Reason.SERVICE_SUSPENDED, **values)
    if row.status != "active":
        ended = f" since {clock(row.valid_to)}" if row.valid_to else ""
        return Finding.of(Reason.SERVICE_ENDED, **values, status=row.status, ended=ended)
    if row.valid_from is not None and row.valid_from > asked.moment:
        return Finding.of(Reason.SERVICE_NOT_YET_VALID, **values, valid_from=clock(row.valid_from))
    return Finding.of(Reason.SERVICE_NO_LONGER_VALID, **values, valid_to=clock(row.valid_to))


def _of_visit(asked: Inquiry, row: Row[Any], thing: str, fate: Fate, names: dict[str, str]) -> Finding:
    if not fate.path:
        return _not_hit(asked, thing, fate, names)
    values = {"thing": thing, "element": names[fate.element], "impact": word(fate.impact), "was": asked.was}
    if fate.impact < asked.tell_from:
        return Finding.of(Reason.ONLY_AT_RISK, **values, tell_from=word(asked.tell_from))
    if not asked.has(ServiceKind.MOBILE):
        return Finding.of(Reason.NO_MOBILE_SERVICE, **values)
    if row.role == Role.HOME:
        return reaches(asked, fate, Finding.of(Reason.HOME_CELL_HIT, **values), values)
    assert asked.book is not None, "without a playbook nothing is matched"
    values |= {"seen": clock(row.seen_at), "before": spelt(asked.moment - row.seen_at)}
    values |= {"limit": spelt(asked.book.seen_within)}
    if row.seen_at < asked.it.started_at - asked.book.seen_within:
        return Finding.of(Reason.SEEN_TOO_LONG_AGO, **values)
    return reaches(asked, fate, Finding.of(Reason.SEEN_IN_HIT_CELL, **values), values)


def reaches(asked: Inquiry, fate: Fate, hitting: Finding, values: dict[str, str]) -> Finding:
    """`hitting`, unless no matching has seen it so: then the records say something else now than they did."""
    assert hitting.reason in HITTING
    missed = asked.standing is Standing.NOT_AFFECTED and asked.person.status == "active"
    if not missed:
        return hitting
    if fate.hit_until:
        return Finding.of(Reason.CAUSE_OVER, **values, until=clock(fate.hit_until))
    seen = {"revision": asked.it.audience_revision, "at": clock(asked.moment)}
    return Finding.of(Reason.RECORDS_CHANGED, **values, **seen)


def _not_hit(asked: Inquiry, thing: str, fate: Fate, names: dict[str, str]) -> Finding:
    for one in asked.books.own:
        if one.withdrawn and one.element in (fate.element, *fate.above):
            values = {"thing": thing, "cause": names[one.element], "at": clock(one.withdrawn)}
            return Finding.of(Reason.CAUSE_WITHDRAWN, **values)
    named = [names[one] for one in fate.above[:MOST_ABOVE]]
    more = len(fate.above) - len(named)
    above = f", below {', '.join(named)}" + (f" and {more} more" if more else "") if named else ""
    return Finding.of(Reason.NOTHING_ABOVE, thing=thing, element=names[fate.element], above=above)


def _step(asked: Inquiry, fate: Fate, place: int, names: dict[str, str]) -> Step:
    link = fate.path[place]
    note = ""
    if link.redundancy:
        kept = link.redundancy
        hit = ", ".join(names[one] for one in fate.lost[link.element])
        note = f"{kept.group}: {kept.left} of {kept.size} work, {kept.need} needed; hit are {hit}"
    if place == len(fate.path) - 1:
        note = "; ".join(filter(None, (_of_cause(asked, link.element), note)))
    return Step(link.element, names[link.element], word(link.impact), note)


def _of_cause(asked: Inquiry, element: str) -> str:
    causes = asked.books.causes_of(element)
    one = next((cause for cause in causes if not cause.withdrawn), causes[0] if causes else None)
    if one is None:
        return "the cause"
    said = "the cause" if one.incident == asked.it.reference else f"the cause, of {one.incident}"
    said += f", since {clock(one.since)}"
    if one.withdrawn:
        return f"{said}, withdrawn {clock(one.withdrawn)}"
    if one.until:
        said += f", reported back {clock(one.until)}"
        said += f", verified {clock(one.verified)}" if one.verified else ", being verified"
    return said


def _whose(asked: Inquiry, element: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.incident for one in asked.books.causes_of(element) if not one.withdrawn))


def _names(asked: Inquiry, fate: Fate) -> dict[str, str]:
    return asked.names(fate.ids | {one.cause for one in fate.lived})
