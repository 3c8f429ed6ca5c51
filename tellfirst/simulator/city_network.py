"""The network of the seeded city: two cores, a hub per area, four sites behind each hub."""

from dataclasses import dataclass
from random import Random
from typing import Any

Row = dict[str, Any]
"""One row of a table, by column."""

CITY = "Hyderabad"
CORES = ("core:HYD-A", "core:HYD-B")
SITES_PER_AREA = 4
SCATTER_DEGREES = 0.012
"""How far a site stands from the middle of its area at most, about 1.3 km."""


@dataclass(frozen=True, slots=True)
class Area:
    """`label` is what monitors call it, `name` what customers do."""

    label: str
    name: str
    lat: float
    lon: float


AREAS = (
    Area("Hyderabad-Kukatpally", "Kukatpally", 17.4948, 78.3996),
    Area("Hyderabad-Miyapur", "Miyapur", 17.4968, 78.3614),
    Area("Secunderabad", "Secunderabad", 17.4399, 78.4983),
    Area("Hyderabad-Gachibowli", "Gachibowli", 17.4401, 78.3489),
    Area("Hyderabad-Madhapur", "Madhapur", 17.4483, 78.3915),
    Area("Hyderabad-Ameerpet", "Ameerpet", 17.4375, 78.4483),
    Area("Hyderabad-Begumpet", "Begumpet", 17.4447, 78.4664),
    Area("Hyderabad-Uppal", "Uppal", 17.4058, 78.5591),
    Area("Hyderabad-LBNagar", "LB Nagar", 17.3457, 78.5522),
    Area("Hyderabad-Dilsukhnagar", "Dilsukhnagar", 17.3688, 78.5247),
    Area("Hyderabad-Mehdipatnam", "Mehdipatnam", 17.3958, 78.4312),
    Area("Hyderabad-Charminar", "Charminar", 17.3616, 78.4747),
    Area("Hyderabad-Kondapur", "Kondapur", 17.4622, 78.3568),
    Area("Hyderabad-Banjarahills", "Banjara Hills", 17.4126, 78.4482),
    Area("Hyderabad-Jubileehills", "Jubilee Hills", 17.4326, 78.4071),
)


@dataclass(frozen=True, slots=True)
class Site:
    """A cell site, by its element and the area it serves."""

    element_id: str
    area: Area


def sites() -> list[Site]:
    """HYD0000 and on: four per area, in the order of the areas."""
    return [
        Site(f"site:HYD{area_number * SITES_PER_AREA + place:04d}", area)
        for area_number, area in enumerate(AREAS)
        for place in range(SITES_PER_AREA)
    ]


def elements(rng: Random) -> list[Row]:
    """Cores, areas, hubs and sites; an area is an element so that an incident can bear its name."""
    rows = [_element(core, "core", core.split(":")[1], CITY) for core in CORES]
    for area in AREAS:
        rows.append(_element(f"area:{area.label}", "area", area.name, area.label, area.lat, area.lon))
        rows.append(_element(_hub(area), "hub", f"{area.name} hub", area.label, area.lat, area.lon))
    for site in sites():
        lat = round(site.area.lat + rng.uniform(-SCATTER_DEGREES, SCATTER_DEGREES), 5)
        lon = round(site.area.lon + rng.uniform(-SCATTER_DEGREES, SCATTER_DEGREES), 5)
        rows.append(
            _element(site.element_id, "site", site.element_id.split(":")[1], site.area.label, lat, lon)
        )
    return rows


def edges() -> list[Row]:
    """A hub lives on either core, a site on its hub alone."""
    uplinks = [_edge(_hub(area), "core", core) for area in AREAS for core in CORES]
    return uplinks + [_edge(site.element_id, "backhaul", _hub(site.area)) for site in sites()]


def _hub(area: Area) -> str:
    return f"hub:{area.label}"


def _edge(child: str, group: str, parent: str) -> Row:
    return {"child": child, "grp": group, "parent": parent, "need": 1}


def _element(
    element_id: str, kind: str, name: str, area: str, lat: float | None = None, lon: float | None = None
) -> Row:
    return {"id": element_id, "kind": kind, "name": name, "area": area, "lat": lat, "lon": lon}
