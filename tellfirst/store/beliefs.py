"""Which causes verification must leave alone: their source has not confirmed that they are gone."""

from sqlalchemy import ColumnElement, and_, exists, select

from tellfirst.domain.confirmation import BELIEVED
from tellfirst.store.tables import confirmation, incident_element


def doubted() -> ColumnElement[bool]:
    """Of a row of `incident_element`: a source was to be asked about it, and has given no believable answer."""
    c, e = confirmation.c, incident_element.c
    return exists(
        select(c.element_id)
        .where(
            and_(
                c.incident_id == e.incident_id,
                c.element_id == e.element_id,
                c.answer.not_in(sorted(BELIEVED)),
            )
        )
        .correlate(incident_element)
    )
