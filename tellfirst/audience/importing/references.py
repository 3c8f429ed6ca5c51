"""What a row refers to must be there, and edges of one group must agree: looked up for all rows at once."""

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select

from tellfirst.audience.importing.composites import Composites
from tellfirst.audience.importing.rules import Rule
from tellfirst.audience.importing.staging import Stage
from tellfirst.audience.importing.terms import ImportKind
from tellfirst.store import tables as t


def reject_unknown(stage: Stage, composites: Composites | None) -> None:
    """Reject staged rows that refer to what is not in the store."""
    rows = stage.rows.c
    if stage.layout.kind in (ImportKind.SERVICES, ImportKind.PRESENCE, ImportKind.CONTACT_POINTS):
        stage.reject("customer", Rule.UNKNOWN_CUSTOMER, _no_customer(rows.customer), rows.customer)
    if composites is not None:
        unknown = and_(_no_element(rows.element_id), not_(composites.known()))
        stage.reject("element", Rule.UNKNOWN_ELEMENT, unknown, rows.element)
    if stage.layout.kind is ImportKind.PRESENCE:
        stage.reject("element", Rule.UNKNOWN_ELEMENT, _no_element(rows.element), rows.element)
    if stage.layout.kind is ImportKind.EDGES:
        _reject_edges(stage)


def _reject_edges(stage: Stage) -> None:
    """A group stands or falls as a whole: half of its parents would be another rule of redundancy."""
    rows = stage.rows.c
    group = (rows.child, rows.group)
    strange = or_(_no_element(rows.child), _no_element(rows.parent))
    mates = and_(stage.among(select(*group).where(strange), group), not_(strange))
    stage.reject("group", Rule.GROUP_INCOMPLETE, mates, rows.group)
    for column in ("child", "parent"):
        stage.reject(column, Rule.UNKNOWN_ELEMENT, _no_element(rows[column]), rows[column])
    at_odds = select(*group).group_by(*group).having(func.min(rows.need) != func.max(rows.need))
    stage.reject("need", Rule.NEED_DISAGREES, stage.among(at_odds, group), rows.group)
    too_many = select(*group).group_by(*group).having(func.max(rows.need) > func.count())
    stage.reject("need", Rule.NEED_TOO_LARGE, stage.among(too_many, group), rows.group)


def _no_customer(reference: ColumnElement[str]) -> ColumnElement[bool]:
    return not_(exists().where(t.customer.c.reference == reference))


def _no_element(element: ColumnElement[str]) -> ColumnElement[bool]:
    return not_(exists().where(t.element.c.id == element))
