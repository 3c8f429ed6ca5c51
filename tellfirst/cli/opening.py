"""`tellfirst incident open`."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from tellfirst.acting.opening import Opening, areas_of, look, open_incident
from tellfirst.bootstrap import world
from tellfirst.cli.spans import moment
from tellfirst.cli.typist import typist
from tellfirst.domain.impact import Impact
from tellfirst.printing import out, show_json
from tellfirst.waking import nudge


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
    only_look: Annotated[
        bool,
        Parameter(name="--look", help="Only show whom it would hurt and what they would read.", negative=""),
    ] = False,
    json: Annotated[bool, Parameter(help="Print for programs.")] = False,
) -> None:
    """Open an incident by hand, by elements, by areas, or by both; whom it hurts is told at once."""
    here = world()
    drawn = []
    if area:
        # Here and not above: shapely would cost every other command a quarter of a second.
        from tellfirst.audience.areas import read_area

        drawn = [one for path in area for one in read_area(path, repair=repair)]
    asked = Opening(
        playbook,
        elements,
        (*drawn, *areas_of(near or (), area_code or ())),
        Impact[impact.upper()],
        moment(since, here.clock.now()),
        place,
        nameless=bool(near or area_code),
    )
    if only_look:
        from tellfirst.cli.preview import show_preview

        found, _ = look(here, typist(), asked)
        show_json(found.to_json()) if json else show_preview(found, None)
        return
    reference = open_incident(here, typist(), asked)
    nudge(here, [reference])
    show_json({"reference": reference}) if json else out.print(f"{reference} is open")
