"""`tellfirst incident open`."""

import getpass
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from sqlalchemy import Connection

from tellfirst.bootstrap import world
from tellfirst.cli.areas import typed_areas
from tellfirst.cli.spans import moment
from tellfirst.detect.opening import open_by_hand
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.geojson import clean_name
from tellfirst.domain.impact import Impact
from tellfirst.printing import out, show_json
from tellfirst.store import incidents
from tellfirst.store.engine import writing
from tellfirst.waking import nudge

if TYPE_CHECKING:
    from tellfirst.audience.areas import Area


def open_(
    *elements: Annotated[str, Parameter(help="What failed, like site:HYD0004.")],
    playbook: Annotated[str, Parameter(help="Name of a playbook, like mobile_site_down.")],
    impact: Annotated[
        Literal["down", "degraded", "at_risk"], Parameter(help="How badly it hits what is named.")
    ] = "down",
    since: Annotated[str, Parameter(help="ISO time with a zone; now when left out.")] = "+0m",
    area: Annotated[list[Path] | None, Parameter(help="A GeoJSON file that draws where it hits.")] = None,
    near: Annotated[list[str] | None, Parameter(help="LAT,LON,METRES: a circle where it hits.")] = None,
    area_code: Annotated[list[str] | None, Parameter(help="A code, or 5000* for all that begin so.")] = None,
    place: Annotated[str, Parameter(help="What customers call where it is; stands in every text.")] = "",
    repair: Annotated[bool, Parameter(help="Mend outlines that cross themselves.")] = False,
    json: Annotated[bool, Parameter(help="Print for programs.")] = False,
) -> None:
    """Open an incident by hand, by elements, by areas, or by both; whom it hurts is told at once."""
    here = world()
    now = here.clock.now()
    if playbook not in here.playbooks:
        raise RuleBroken(f"there is no playbook {playbook}; there are {', '.join(sorted(here.playbooks))}")
    areas = typed_areas(area or (), near or (), area_code or (), repair=repair)
    if not elements and not areas:
        raise RuleBroken(
            "name at least one element that failed, like site:HYD0004, or an area with --area, --near or "
            "--area-code"
        )
    begun, where = moment(since, now), _place(place, bool(elements), areas, bool(near or area_code))
    with writing(here.engine) as connection:
        reference = open_by_hand(
            connection,
            elements,
            here.playbooks[playbook],
            Impact[impact.upper()],
            begun,
            now,
            getpass.getuser(),
            where,
        )
        _add_areas(connection, reference, areas, Impact[impact.upper()], begun, now)
    nudge(here, [reference])
    show_json({"reference": reference}) if json else out.print(f"{reference} is open")


def _place(typed: str, by_elements: bool, areas: Sequence["Area"], nameless: bool) -> str:
    """What the texts call it: as typed, else the area of the elements, else the name of a drawn area."""
    if typed.strip():
        return clean_name(typed)
    if by_elements:
        return ""
    if nameless:
        raise RuleBroken(
            "say with --place what customers call where it is, like 'Kukatpally': it stands in every text; "
            "nothing was opened"
        )
    return areas[0].name


def _add_areas(
    connection: Connection,
    reference: str,
    areas: Sequence["Area"],
    impact: Impact,
    since_at: datetime,
    now: datetime,
) -> None:
    """In the transaction that opened the incident, so that it is never weighed without them."""
    if not areas:
        return
    # Here and not above: numpy and shapely would cost every other command a quarter of a second.
    from tellfirst.audience.places import add_area

    it = incidents.by_reference(connection, reference)
    for one in areas:
        cause = add_area(connection, it.id, one, impact, since_at)
        incidents.note(
            connection,
            it.id,
            now,
            "footprint",
            "area_added",
            actor=getpass.getuser(),
            element=cause,
            name=one.name,
        )
