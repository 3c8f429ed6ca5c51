"""Open an incident by hand: what failed, where it hits, or both; and the look at whom it would hurt."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from tellfirst.acting.deed import deed
from tellfirst.acting.looking import prices, speaker
from tellfirst.bootstrap import World
from tellfirst.detect.opening import open_by_hand
from tellfirst.domain.audit import Actor, Audited
from tellfirst.domain.errors import Refused, RuleBroken
from tellfirst.domain.geojson import clean_name
from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.place import AreaCodes, Point, Radius
from tellfirst.store import incidents
from tellfirst.store.engine import writing

if TYPE_CHECKING:
    from tellfirst.audience.areas import Area
    from tellfirst.review.previewing import Preview
    from tellfirst.review.room.wording import Wording


NUMBER = "[its number]"
"""Stands in a look where the reference will be."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What is to be opened: by elements, by areas, or by both.

    `place` is what customers call where it is, as somebody typed it; needed where nothing else has a name.
    """

    playbook: str
    elements: tuple[str, ...]
    areas: tuple["Area", ...]
    impact: Impact
    since_at: datetime
    place: str = ""
    nameless: bool = False
    """Whether there is a circle or a list of codes: they have no name that customers know."""


def open_incident(here: World, actor: Actor, asked: Opening) -> str:
    """Its reference; it is due at once, and whom it hurts is told.

    Raises RuleBroken, and nothing is opened, for an unknown playbook or element, for neither element nor area, for a
    place that has no name, and for a start to come.
    """
    with deed(here, actor, Audited.OPENED, area_count=len(asked.areas)) as doing:
        doing.details |= {"elements": list(asked.elements[:20]), "impact": asked.impact.word}
        doing.incident = _open(here, doing.connection, actor.name, asked)
        return doing.incident


def look(here: World, actor: Actor, asked: Opening) -> tuple["Preview", "Wording"]:
    """Whom it would hurt and what they would read first, in counts; it is opened and rolled back. Raises as
    `open_incident` does."""
    from tellfirst.review.previewing import as_matched, preview
    from tellfirst.review.room.wording import wording

    now = here.clock.now()
    with writing(here.engine) as connection, connection.begin_nested() as trial:
        by = speaker(here, connection)
        reference = _open(here, connection, actor.name, asked)
        with as_matched(connection, reference, now, here.policy) as it:
            said = wording(
                connection, reference, Occasion.FIRST_WORD, here.voice(), here.templates, prices(here)
            )
            found = preview(connection, it, now, by)
        trial.rollback()
    return _without_number(reference, replace(found, name=it.place), said)


def _without_number(reference: str, found: "Preview", said: "Wording") -> tuple["Preview", "Wording"]:
    """There is no such incident, and the next one need not have its number."""
    samples = (replace(one, text=one.text.replace(reference, NUMBER)) for one in found.estimate.samples)
    found = replace(found, incident="", estimate=replace(found.estimate, samples=tuple(samples)))
    texts = (
        replace(
            one, subject=one.subject.replace(reference, NUMBER), words=one.words.replace(reference, NUMBER)
        )
        for one in said.texts
    )
    return found, replace(said, texts=tuple(texts))


def areas_of(circles: Sequence[str], codes: Sequence[str]) -> list["Area"]:
    """Circles as `17.4948,78.3996,500`, and area codes, which together are one area. Raises RuleBroken and Refused."""
    if not (circles or codes):
        return []
    # Here and not above: shapely would cost every other command a quarter of a second.
    from tellfirst.audience.areas import Area

    areas = []
    for circle in circles:
        place = _circle(circle)
        lon, lat = place.centre
        areas.append(Area.of(f"{place.metres:g} m around {lat:g}, {lon:g}", place))
    if codes:
        areas.append(Area.of(f"codes {', '.join(codes)}", AreaCodes(tuple(codes))))
    return areas


def _open(here: World, connection: Connection, actor: str, asked: Opening) -> str:
    now = here.clock.now()
    if asked.playbook not in here.playbooks:
        raise RuleBroken(
            f"there is no playbook {asked.playbook[:60]}; there are {', '.join(sorted(here.playbooks))}"
        )
    if not asked.elements and not asked.areas:
        raise RuleBroken(
            "name at least one element that failed, like site:HYD0004, or an area (at a terminal with --area, --near "
            "or --area-code)"
        )
    reference = open_by_hand(
        *(connection, asked.elements, here.playbooks[asked.playbook], asked.impact),
        *(asked.since_at, now, actor, _place(asked)),
    )
    _add_areas(connection, reference, asked, actor, now)
    return reference


def _place(asked: Opening) -> str:
    """What the texts call it: as typed, else the area of the elements, else the name of a drawn area."""
    if asked.place.strip():
        return clean_name(asked.place)
    if asked.elements:
        return ""
    if asked.nameless or not asked.areas[0].name:
        raise RuleBroken(
            "say with --place what customers call where it is, like 'Kukatpally': it stands in every text; "
            "nothing was opened"
        )
    return asked.areas[0].name


def _add_areas(connection: Connection, reference: str, asked: Opening, actor: str, now: datetime) -> None:
    """In the transaction that opened the incident, so that it is never weighed without them."""
    if not asked.areas:
        return
    from tellfirst.audience.places import add_area

    it = incidents.by_reference(connection, reference)
    for one in asked.areas:
        called = one if one.name else replace(one, name=it.place)
        cause = add_area(connection, it.id, called, asked.impact, asked.since_at)
        incidents.note(
            *(connection, it.id, now, "footprint", "area_added"),
            actor=actor,
            element=cause,
            name=called.name,
        )


def _circle(typed: str) -> Radius:
    """`17.49,78.39,500`: latitude first, as maps show it, then metres."""
    try:
        lat, lon, metres = (float(part) for part in typed.split(","))
    except ValueError:
        raise RuleBroken(
            f"'{typed[:60]}' is no circle; write latitude, longitude and metres like 17.4948,78.3996,500"
        ) from None
    try:
        return Radius(Point(lon, lat), metres)
    except Refused as refused:
        raise RuleBroken(
            f"'{typed[:60]}' is no circle: write latitude, longitude and metres like 17.4948,78.3996,500 "
            f"({refused})"
        ) from None
