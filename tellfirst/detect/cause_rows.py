"""The rows of causes and of their incident, as `causes.py` reads and changes them: statements that are written once."""

from datetime import datetime

from sqlalchemy import Insert, Select, Update, func, insert, select, update

from tellfirst.domain.incident import FOLLOWED, Stage
from tellfirst.store.prepared import Prepared, asked, moment, number, one_of_given, parameters, prepared
from tellfirst.store.tables import incident, incident_element


def _known(dialect: str) -> Select[tuple[str, datetime | None, datetime | None]]:
    c = incident_element.c
    those = (asked(c.incident_id), one_of_given(dialect, c.element_id))
    return select(c.element_id, c.until_at, c.withdrawn_at).where(*those)


def _cleared(dialect: str) -> Update:
    c = incident_element.c
    those = (asked(c.incident_id), one_of_given(dialect, c.element_id))
    return update(incident_element).where(*those).values(until_at=moment("now"))


KNOWN, CLEARED = Prepared(_known), Prepared(_cleared)
"""Those of the given elements that are causes; and that they are reported gone."""


@prepared
def added() -> Insert:
    """Causes that are new."""
    given = parameters(incident_element, "incident_id", "element_id", "impact", "since_at")
    return insert(incident_element).values(given)


@prepared
def left() -> Select[tuple[int]]:
    """How many causes nobody has reported gone."""
    c = incident_element.c
    return select(func.count()).where(asked(c.incident_id), c.until_at.is_(None), c.withdrawn_at.is_(None))


def _this() -> Update:
    return update(incident).where(incident.c.id == number("incident_id"))


@prepared
def due() -> Update:
    """The incident is due."""
    return _this().values(version=incident.c.version + 1, next_due_at=moment("now"))


@prepared
def due_and_free() -> Update:
    """It is due, and nothing holds it."""
    return _this().values(version=incident.c.version + 1, next_due_at=moment("now"), held=None)


@prepared
def restored() -> Update:
    """Nothing of what was told is broken any more, by what is reported."""
    told = incident.c.stage.in_((Stage.TOLD, Stage.FOLLOWING_UP))
    return _this().where(told).values(stage=Stage.RESTORED)


@prepared
def to_be_matched() -> Update:
    """Its audience is out of date."""
    return _this().where(incident.c.stage.in_(FOLLOWED)).values(footprint_changed=True)


@prepared
def not_restored() -> Update:
    """It is no longer on its way to being over."""
    return _this().where(incident.c.stage == Stage.RESTORED).values(stage=Stage.FOLLOWING_UP)
